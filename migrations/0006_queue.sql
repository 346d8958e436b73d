-- Messages that go at a time, before a time, or before others.

ALTER TABLE outbox ADD COLUMN priority SMALLINT NOT NULL DEFAULT 1; -- 0 low, 1 normal, 2 high
ALTER TABLE outbox ADD COLUMN send_at BIGINT;
ALTER TABLE outbox ADD COLUMN expires_at BIGINT;

-- `head` from here on: -1 asleep until `send_at` and in no line; 0 in its chat's
-- line; 1 first of it. A line goes by priority, then by position.
DROP INDEX outbox_active;
CREATE INDEX outbox_line ON outbox (account_id, chat, head, priority DESC, position)
    WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_under_way ON outbox (account_id, position) WHERE status = 'sending';
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (account_id, priority, not_before, position)
    WHERE status = 'queued' AND head = 1;
CREATE INDEX outbox_asleep ON outbox (account_id, send_at, position) WHERE status = 'queued' AND head = -1;
CREATE INDEX outbox_wakes ON outbox (send_at, account_id) WHERE status = 'queued' AND head = -1;
CREATE INDEX outbox_expires ON outbox (expires_at) WHERE status = 'queued' AND expires_at IS NOT NULL;
