-- One message to many recipients.

CREATE TABLE bulks (
    id              TEXT     NOT NULL PRIMARY KEY,
    account_id      TEXT     NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id         TEXT     NOT NULL,
    content         TEXT     NOT NULL,        -- JSON: contract::message::Content with placeholders
    status          TEXT     NOT NULL,        -- contract::bulk::BulkStatus
    reason          TEXT,
    priority        TEXT     NOT NULL,        -- contract::message::Priority
    send_at         BIGINT,
    expires_at      BIGINT,
    idempotency_key TEXT,
    metadata        TEXT,
    media_id        TEXT,                     -- the file that all of them need
    total           BIGINT   NOT NULL,
    skipped         BIGINT   NOT NULL,
    -- So many of its rows are in the outbox. Those behind become messages as the
    -- ones before are sent, unless the bulk has ended.
    queued_rows     BIGINT   NOT NULL DEFAULT 0,
    created_at      BIGINT   NOT NULL,
    started_at      BIGINT,
    finished_at     BIGINT,
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX bulks_account ON bulks (account_id, id);
CREATE INDEX bulks_user ON bulks (user_id, id);
CREATE INDEX bulks_open ON bulks (id) WHERE status IN ('running', 'paused');
CREATE INDEX bulks_media ON bulks (media_id) WHERE media_id IS NOT NULL AND status IN ('running', 'paused');

CREATE TABLE bulk_rows (
    bulk_id    TEXT   NOT NULL REFERENCES bulks (id) ON DELETE CASCADE,
    n          BIGINT NOT NULL,               -- 1, 2, 3, … without gaps
    source     BIGINT NOT NULL,               -- which row of the list that came
    given      TEXT   NOT NULL,               -- the recipient as it was written
    chat       TEXT   NOT NULL,
    variables  TEXT   NOT NULL,               -- JSON: those that the content needs
    message_id TEXT,
    PRIMARY KEY (bulk_id, n)
);

ALTER TABLE outbox ADD COLUMN bulk_id TEXT;
CREATE INDEX outbox_bulk ON outbox (bulk_id, status) WHERE bulk_id IS NOT NULL;
CREATE INDEX outbox_bulk_list ON outbox (bulk_id, id) WHERE bulk_id IS NOT NULL;
