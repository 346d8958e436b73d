// Sends a WhatsApp message through Redis (npm install redis):
//   REDIS_URL=redis://127.0.0.1:6379 node send_by_redis.mjs ACCOUNT_ID +593991203344 "Hello"
import { randomUUID } from "node:crypto";
import { createClient } from "redis";

const [account_id, to, text] = process.argv.slice(2);
const redis = createClient({ url: process.env.REDIS_URL });
await redis.connect();
// The body of POST /api/messages. The same key again sends nothing: take one from
// your own data (an order's number), so that a job may run twice.
const message = { account_id, to, type: "text", text, idempotency_key: randomUUID() };
console.log(await redis.xAdd("whahook:outbound", "*", { message: JSON.stringify(message) }));
await redis.close();
