-- What comes in besides words.

-- How an account receives; NULL: as the server's settings say.
ALTER TABLE accounts ADD COLUMN media_download TEXT;      -- contract::receiving::MediaDownload
ALTER TABLE accounts ADD COLUMN media_kinds TEXT;         -- JSON array: contract::receiving::FileKind
ALTER TABLE accounts ADD COLUMN media_max_bytes BIGINT;
ALTER TABLE accounts ADD COLUMN statuses SMALLINT;
ALTER TABLE accounts ADD COLUMN history_days BIGINT;
ALTER TABLE accounts ADD COLUMN history_messages BIGINT;  -- of one chat
-- How far the history is that the phone sent when it was linked.
ALTER TABLE accounts ADD COLUMN history_state TEXT;       -- contract::receiving::HistoryState
ALTER TABLE accounts ADD COLUMN history_percent BIGINT;
ALTER TABLE accounts ADD COLUMN history_count BIGINT;
ALTER TABLE accounts ADD COLUMN history_at BIGINT;

-- The file of a message that came in.
ALTER TABLE chat_messages ADD COLUMN media_state TEXT;    -- contract::received::MediaState
ALTER TABLE chat_messages ADD COLUMN media_reason TEXT;   -- contract::received::MediaReason
ALTER TABLE chat_messages ADD COLUMN media_id TEXT;
ALTER TABLE chat_messages ADD COLUMN media_attempts BIGINT NOT NULL DEFAULT 0;
-- When it is fetched next, while it is to be.
ALTER TABLE chat_messages ADD COLUMN media_due BIGINT;
CREATE INDEX chat_messages_media ON chat_messages (account_id, media_due)
    WHERE media_due IS NOT NULL;

-- Pictures of people and groups: WhatsApp's id of the newest that is known, and
-- the file, once somebody wanted to see it.
ALTER TABLE contacts ADD COLUMN picture_id TEXT;
ALTER TABLE contacts ADD COLUMN picture_media_id TEXT;
ALTER TABLE contacts ADD COLUMN picture_at BIGINT;        -- when WhatsApp was last asked
ALTER TABLE conversations ADD COLUMN picture_id TEXT;
ALTER TABLE conversations ADD COLUMN picture_media_id TEXT;
ALTER TABLE conversations ADD COLUMN picture_at BIGINT;

-- Who is in a group, as of `members_at`; NULL: WhatsApp was not asked yet.
ALTER TABLE conversations ADD COLUMN members_at BIGINT;
CREATE INDEX conversations_unknown_groups ON conversations (account_id)
    WHERE group_jid IS NOT NULL AND members_at IS NULL;
CREATE TABLE group_members (
    conversation_id TEXT     NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    contact_id      TEXT     NOT NULL,            -- '' is the account's own person
    admin           SMALLINT NOT NULL,
    PRIMARY KEY (conversation_id, contact_id)
);
