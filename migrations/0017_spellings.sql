-- Some countries' numbers are written in two ways, and WhatsApp knows one of them.
ALTER TABLE numbers ADD COLUMN known_as TEXT; -- + and digits, where it is another

-- To whom a message was accepted, where its number turned out to be known by
-- another spelling.
ALTER TABLE outbox ADD COLUMN accepted_to TEXT; -- JID
