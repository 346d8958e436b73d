-- Who of a group has a message: it is delivered, or read, once all have it.

CREATE TABLE outbox_receipts (
    message_id   TEXT   NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    member       TEXT   NOT NULL,           -- the LID where it is known, else the number
    phone_number TEXT,
    lid          TEXT,
    delivered_at BIGINT NOT NULL,
    read_at      BIGINT,
    PRIMARY KEY (message_id, member)
);
-- How many others the group had when the message was handed over.
ALTER TABLE outbox ADD COLUMN members BIGINT;
