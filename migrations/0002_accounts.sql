-- Accounts with the one state of their session, and the ledger of their events.

CREATE TABLE accounts (
    id               TEXT     NOT NULL PRIMARY KEY,
    user_id          TEXT     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label            TEXT     NOT NULL,
    status           TEXT     NOT NULL,           -- contract::session::Status
    reason           TEXT,                        -- contract::session::Reason
    detail           TEXT,
    since            BIGINT   NOT NULL,
    next_attempt_at  BIGINT,
    -- The phone has accepted this device: a start of the server brings it back.
    linked           SMALLINT NOT NULL DEFAULT 0,
    phone_number     TEXT,                        -- + and digits
    lid              TEXT,
    push_name        TEXT,
    created_at       BIGINT   NOT NULL,
    last_activity_at BIGINT,
    last_seq         BIGINT   NOT NULL DEFAULT 0  -- number of the newest event
);
CREATE INDEX accounts_user ON accounts (user_id, id);
CREATE INDEX accounts_linked ON accounts (last_activity_at) WHERE linked = 1;

CREATE TABLE events (
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    type       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    data       TEXT   NOT NULL,
    PRIMARY KEY (account_id, seq)
);
