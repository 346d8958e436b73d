-- Keys that stop working by themselves.
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT; -- NULL: never
CREATE INDEX api_keys_expiry ON api_keys (expires_at);
