-- To whom a message was accepted, where more is known by now: its number's other
-- spelling, its LID or the number of its LID.
ALTER TABLE outbox DROP COLUMN accepted_to;
ALTER TABLE outbox ADD COLUMN accepted_as TEXT; -- JID, number and LID, apart by spaces
