-- When the linked phone was last seen: WhatsApp unlinks its devices after 14 days.
ALTER TABLE accounts ADD COLUMN phone_seen_at BIGINT;
-- What will go wrong unless somebody acts: contract::session::WarningCode.
ALTER TABLE accounts ADD COLUMN warning TEXT;
ALTER TABLE accounts ADD COLUMN warning_since BIGINT;
ALTER TABLE accounts ADD COLUMN warning_until BIGINT;
CREATE INDEX accounts_number ON accounts (user_id, phone_number) WHERE linked = 1;

-- Attempts that failed for the message's own sake. Those that a crash or a lost
-- link cut off say nothing about the message.
ALTER TABLE outbox ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
