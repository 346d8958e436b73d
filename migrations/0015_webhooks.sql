-- Addresses that events are sent to, and each event on its way.

CREATE TABLE webhooks (
    id              TEXT     NOT NULL PRIMARY KEY,
    user_id         TEXT     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url             TEXT     NOT NULL,
    label           TEXT,
    events          TEXT,                        -- JSON array; NULL: all
    account_ids     TEXT,                        -- JSON array; NULL: all of the owner's
    header_names    TEXT     NOT NULL,           -- JSON array
    headers         TEXT,                        -- sealed: JSON object
    secret          TEXT     NOT NULL,           -- sealed
    previous_secret TEXT,                        -- sealed
    previous_until  BIGINT,
    enabled         SMALLINT NOT NULL,
    dead_at         BIGINT,                      -- the server turned it off
    problem         TEXT,
    failing_since   BIGINT,
    failures        BIGINT   NOT NULL DEFAULT 0, -- attempts in a row that failed
    not_before      BIGINT   NOT NULL DEFAULT 0,
    last_success_at BIGINT,
    created_at      BIGINT   NOT NULL,
    last_n          BIGINT   NOT NULL DEFAULT 0, -- number of the newest delivery
    -- The e-mail about its end.
    mail_due        SMALLINT NOT NULL DEFAULT 0,
    mail_attempts   BIGINT   NOT NULL DEFAULT 0,
    mail_at         BIGINT   NOT NULL DEFAULT 0
);
CREATE INDEX webhooks_user ON webhooks (user_id, id);
CREATE INDEX webhooks_mail ON webhooks (mail_at) WHERE mail_due = 1;

-- How far each account's ledger has been turned into deliveries.
CREATE TABLE webhook_positions (
    webhook_id TEXT   NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, account_id)
);
CREATE INDEX webhook_positions_account ON webhook_positions (account_id);

-- What is sent stands in the ledger; here is how that goes. Order is kept within
-- a lane: a chat, or an account for what belongs to none.
CREATE TABLE webhook_deliveries (
    id              TEXT     NOT NULL PRIMARY KEY,
    webhook_id      TEXT     NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    account_id      TEXT     REFERENCES accounts (id) ON DELETE CASCADE, -- NULL: a test
    seq             BIGINT,
    type            TEXT     NOT NULL,
    lane            TEXT     NOT NULL,
    n               BIGINT   NOT NULL,
    head            SMALLINT NOT NULL,           -- first of those that wait in its lane
    status          TEXT     NOT NULL,           -- contract::webhook::DeliveryStatus
    attempts        BIGINT   NOT NULL DEFAULT 0,
    next_attempt_at BIGINT   NOT NULL,
    claimed_until   BIGINT   NOT NULL DEFAULT 0,
    give_up_at      BIGINT,
    created_at      BIGINT   NOT NULL,
    settled_at      BIGINT,
    attempt_at      BIGINT,
    attempt_ms      BIGINT,
    attempt_status  BIGINT,
    attempt_body    TEXT,
    attempt_error   TEXT
);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_lane ON webhook_deliveries (webhook_id, lane, n) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, n)
    WHERE status = 'waiting' AND head = 1;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (account_id, seq) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, id) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
