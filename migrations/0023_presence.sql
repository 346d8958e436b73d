-- Whether the account is shown as online whenever it is connected.

ALTER TABLE accounts ADD COLUMN shown_online SMALLINT NOT NULL DEFAULT 0;
