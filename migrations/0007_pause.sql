-- Since when a person keeps the account's queued messages back.
ALTER TABLE accounts ADD COLUMN queue_paused_at BIGINT;
