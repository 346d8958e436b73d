-- Messages accepted for sending, their timeline, and what the limits count.

CREATE TABLE outbox (
    id                  TEXT     NOT NULL PRIMARY KEY,
    account_id          TEXT     NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id             TEXT     NOT NULL,
    whatsapp_message_id TEXT     NOT NULL UNIQUE,
    -- Place in the account's queue (the number of its first event): order is
    -- kept per chat by it.
    position            BIGINT   NOT NULL,
    -- First of its chat among those not sent yet. Only these are claimed, so a
    -- claim costs the same however many wait behind them.
    head                SMALLINT NOT NULL,
    chat                TEXT     NOT NULL,           -- JID it is sent to; the key of order
    phone_number        TEXT,
    lid                 TEXT,
    content             TEXT     NOT NULL,           -- JSON: contract::message::Content
    status              TEXT     NOT NULL,           -- contract::message::MessageStatus
    attempts            BIGINT   NOT NULL DEFAULT 0,
    not_before          BIGINT   NOT NULL,
    waits_until         BIGINT,
    waits_for           TEXT,                        -- contract::message::WaitsFor
    queued_at           BIGINT   NOT NULL,
    idempotency_key     TEXT,
    metadata            TEXT,
    UNIQUE (account_id, position),
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX outbox_active ON outbox (account_id, chat, position) WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_due ON outbox (account_id, not_before, position) WHERE status = 'queued' AND head = 1;
CREATE INDEX outbox_list ON outbox (account_id, id);
CREATE INDEX outbox_user_list ON outbox (user_id, id);

CREATE TABLE outbox_timeline (
    message_id TEXT   NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    n          BIGINT NOT NULL,
    status     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    detail     TEXT,
    PRIMARY KEY (message_id, n)
);

-- One row a message handed to WhatsApp: the rolling windows count these.
CREATE TABLE send_log (
    message_id TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    chat       TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX send_log_user ON send_log (user_id, at);
CREATE INDEX send_log_account ON send_log (account_id, at);
CREATE INDEX send_log_chat ON send_log (account_id, chat, at);
CREATE INDEX send_log_at ON send_log (at);
