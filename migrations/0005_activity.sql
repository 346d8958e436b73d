-- What happened to accounts, for people to read, and what e-mail says of it.

-- What a session was, from when to when, and what became of the account. At
-- most one stretch of time of an account lasts.
CREATE TABLE activity (
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,      -- number of the event that began it
    kind       TEXT   NOT NULL,      -- contract::activity::ActivityKind
    at         BIGINT NOT NULL,
    ended_at   BIGINT,
    counts     TEXT,                 -- ready | down | unlinked; NULL: no stretch of time
    status     TEXT,
    reason     TEXT,
    detail     TEXT,
    label      TEXT,
    by_kind    TEXT,                 -- contract::activity::Origin
    by_name    TEXT,
    PRIMARY KEY (account_id, seq)
);
CREATE UNIQUE INDEX activity_lasting ON activity (account_id) WHERE counts IS NOT NULL AND ended_at IS NULL;
CREATE INDEX activity_time ON activity (account_id, at) WHERE counts IS NOT NULL;

INSERT INTO activity (account_id, seq, kind, at, counts, status, reason, detail)
SELECT id, last_seq, 'session', since,
       CASE WHEN status = 'ready' THEN 'ready' WHEN linked = 1 THEN 'down' ELSE 'unlinked' END,
       status, reason, detail
FROM accounts;

-- A loss that may be told by e-mail: once when it has lasted, once when it is
-- over. `handing` is set while a mail is on its way to the mail server: found
-- after a crash, that mail is not sent again.
CREATE TABLE incidents (
    id              TEXT   NOT NULL PRIMARY KEY,
    account_id      TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind            TEXT   NOT NULL,                   -- down | unlinked
    reason          TEXT,
    began_at        BIGINT NOT NULL,
    noticed_at      BIGINT NOT NULL,                   -- the grace time runs from here
    ended_at        BIGINT,
    told            TEXT   NOT NULL DEFAULT 'nothing', -- nothing | loss | all
    handing         TEXT,                              -- loss | return
    attempts        BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT NOT NULL DEFAULT 0,
    claimed_until   BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX incidents_lasting ON incidents (account_id) WHERE ended_at IS NULL;
CREATE INDEX incidents_untold ON incidents (next_attempt_at) WHERE told <> 'all';
CREATE INDEX incidents_account ON incidents (account_id);

ALTER TABLE users ADD COLUMN email_alerts SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN language TEXT; -- contract::settings::Language
