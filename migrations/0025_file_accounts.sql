-- Whose file is whose: a key that is limited to accounts sees the files that messages of
-- those have, and what it added itself.

CREATE TABLE media_keys (
    media_id TEXT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    key_id   TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    PRIMARY KEY (media_id, key_id)
);
CREATE INDEX media_keys_key ON media_keys (key_id);
CREATE INDEX chat_messages_file ON chat_messages (media_id, account_id) WHERE media_id IS NOT NULL;
CREATE INDEX outbox_file ON outbox (media_id, account_id) WHERE media_id IS NOT NULL;
