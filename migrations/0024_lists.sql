-- What is looked for among many.

-- The list of what failed or was cancelled, which is little. What waits is found by
-- its line.
CREATE INDEX outbox_ended ON outbox (account_id, id) WHERE status IN ('failed', 'cancelled');
CREATE INDEX outbox_user_ended ON outbox (user_id, id) WHERE status IN ('failed', 'cancelled');

-- A bulk says the same to all: without the chat each of them was compared with all.
CREATE INDEX outbox_said ON outbox (account_id, content_hash, chat, queued_at) WHERE content_hash IS NOT NULL;
DROP INDEX outbox_content;

-- How much a person's files have together.
CREATE INDEX media_sizes ON media (user_id, size);
