-- People, their sign-ins and API keys.
-- One schema for SQLite and PostgreSQL: ids are TEXT, instants BIGINT
-- milliseconds since 1970 UTC, flags SMALLINT, structures TEXT holding JSON.

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE, -- lower case
    name          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,        -- argon2id, PHC string
    role          TEXT   NOT NULL,        -- admin | member
    created_at    BIGINT NOT NULL
);

-- A browser that is signed in. The cookie holds the token, the row its SHA-256.
CREATE TABLE sign_ins (
    token_hash   TEXT   NOT NULL PRIMARY KEY,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

CREATE TABLE api_keys (
    id           TEXT   NOT NULL PRIMARY KEY,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT   NOT NULL,
    prefix       TEXT   NOT NULL,
    key_hash     TEXT   NOT NULL UNIQUE, -- SHA-256 of a key with 256 random bits
    scopes       TEXT   NOT NULL,        -- JSON array of read | send | admin
    account_ids  TEXT,                   -- JSON array; NULL: all of the owner's
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX api_keys_user ON api_keys (user_id);
