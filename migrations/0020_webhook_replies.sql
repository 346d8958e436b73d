-- Whether what a webhook answers to a message is sent to the chat, and what became
-- of such a reply.

ALTER TABLE webhooks ADD COLUMN replies SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE webhook_deliveries ADD COLUMN attempt_reply TEXT; -- JSON: contract::webhook::ReplyView
