-- By which JID a message in a group named its author: receipts name them the same.
ALTER TABLE chat_messages ADD COLUMN participant TEXT;
