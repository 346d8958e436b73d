-- To whom messages go, and how much an account may send.

-- What WhatsApp said of phone numbers. One person's accounts share it; another
-- person's do not, since a LID is there to hide its number.
CREATE TABLE numbers (
    user_id      TEXT     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    phone_number TEXT     NOT NULL, -- + and digits
    registered   SMALLINT NOT NULL,
    lid          TEXT,
    checked_at   BIGINT   NOT NULL,
    PRIMARY KEY (user_id, phone_number)
);
CREATE INDEX numbers_lid ON numbers (user_id, lid) WHERE lid IS NOT NULL;

INSERT INTO numbers (user_id, phone_number, registered, lid, checked_at)
SELECT user_id, phone_number, 1, MAX(lid), MAX(queued_at)
FROM outbox
WHERE phone_number IS NOT NULL AND lid IS NOT NULL AND status IN ('sent', 'delivered', 'read')
GROUP BY user_id, phone_number;

-- Chats in which somebody wrote to the account: no strangers to it.
CREATE TABLE acquaintances (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    chat       TEXT NOT NULL, -- JID
    PRIMARY KEY (account_id, chat)
);

-- From when to when WhatsApp lets the account write to strangers no more.
ALTER TABLE accounts ADD COLUMN reach_out_since BIGINT;
ALTER TABLE accounts ADD COLUMN reach_out_until BIGINT;
CREATE INDEX accounts_reach_out ON accounts (reach_out_until) WHERE reach_out_until IS NOT NULL;

-- How the account sends; NULL: the server's default.
ALTER TABLE accounts ADD COLUMN limits_enabled SMALLINT;
ALTER TABLE accounts ADD COLUMN limit_session_per_minute BIGINT;
ALTER TABLE accounts ADD COLUMN limit_destination_per_hour BIGINT;
ALTER TABLE accounts ADD COLUMN limit_destination_per_day BIGINT;
ALTER TABLE accounts ADD COLUMN human_pacing SMALLINT;
ALTER TABLE accounts ADD COLUMN duplicate_window_s BIGINT;

-- SHA-256 of what a message says, where its account has a window for duplicates.
ALTER TABLE outbox ADD COLUMN content_hash TEXT;
CREATE INDEX outbox_content ON outbox (account_id, content_hash, queued_at) WHERE content_hash IS NOT NULL;
CREATE INDEX outbox_chat ON outbox (account_id, chat, id);
