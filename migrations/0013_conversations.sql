-- What is exchanged with people and groups.

-- Somebody on the other side, by number, by LID, or by both.
CREATE TABLE contacts (
    id           TEXT   NOT NULL PRIMARY KEY,
    account_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    phone_number TEXT,            -- + and digits
    lid          TEXT,
    name         TEXT,            -- as they call themselves
    created_at   BIGINT NOT NULL,
    UNIQUE (account_id, phone_number),
    UNIQUE (account_id, lid)
);

-- Everything exchanged with one contact, or in one group.
CREATE TABLE conversations (
    id              TEXT     NOT NULL PRIMARY KEY,
    account_id      TEXT     NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id         TEXT     NOT NULL,
    contact_id      TEXT,
    group_jid       TEXT,
    name            TEXT,                         -- a group's subject
    unread          BIGINT   NOT NULL DEFAULT 0,
    archived        SMALLINT NOT NULL DEFAULT 0,
    note            TEXT,
    labels          TEXT     NOT NULL DEFAULT '[]', -- JSON array
    last_at         BIGINT   NOT NULL,
    last_message_id TEXT,
    created_at      BIGINT   NOT NULL,
    UNIQUE (account_id, contact_id),
    UNIQUE (account_id, group_jid)
);
CREATE INDEX conversations_account ON conversations (account_id, last_at, id);
CREATE INDEX conversations_user ON conversations (user_id, last_at, id);

-- What was said, by whomever. What is sent from here stands here once it has
-- left the queue; where it is on its way, only the outbox says.
CREATE TABLE chat_messages (
    id                  TEXT   NOT NULL PRIMARY KEY, -- of what is sent from here: the outbox's
    -- Grows with time; the search's own name for it.
    number              BIGINT NOT NULL,
    account_id          TEXT   NOT NULL,
    conversation_id     TEXT   NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    whatsapp_message_id TEXT   NOT NULL,
    sender              TEXT   NOT NULL,             -- contact; '' is the account's own person
    source              TEXT   NOT NULL,             -- contract::received::Source
    content             TEXT   NOT NULL,             -- JSON: contract::received::ChatContent
    text                TEXT,                        -- its words, to be found by
    quoted              TEXT,                        -- JSON: contract::received::QuotedMessage
    mentions            TEXT,                        -- JSON array
    attachment          TEXT,                        -- JSON: where WhatsApp has its file, and the key
    at                  BIGINT NOT NULL,
    received_at         BIGINT NOT NULL,
    edited_at           BIGINT,
    edit_id             TEXT,                        -- WhatsApp's id of the newest edit
    -- WhatsApp may deliver twice.
    UNIQUE (account_id, whatsapp_message_id, conversation_id, sender)
);
CREATE INDEX chat_messages_thread ON chat_messages (conversation_id, at, id);
CREATE UNIQUE INDEX chat_messages_number ON chat_messages (number);

-- What people think of messages, and what they chose in polls: the newest of each.
CREATE TABLE chat_reactions (
    conversation_id     TEXT   NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    target              TEXT   NOT NULL, -- WhatsApp's id of the message
    sender              TEXT   NOT NULL,
    whatsapp_message_id TEXT   NOT NULL, -- its own
    emoji               TEXT   NOT NULL, -- '' was taken back
    at                  BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, target, sender)
);
CREATE TABLE chat_votes (
    conversation_id     TEXT   NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    target              TEXT   NOT NULL,
    sender              TEXT   NOT NULL,
    whatsapp_message_id TEXT   NOT NULL,
    options             TEXT   NOT NULL, -- JSON array: hashes of the options
    at                  BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, target, sender)
);
