// Receives webhooks: verifies who sent them, and answers (Node.js alone):
//   WEBHOOK_SECRET=whsec_… node receive_webhooks.mjs 8080
// Register http://…:8080/ with `POST /api/webhooks {"url": …, "replies": true}`, which
// shows the secret.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
// Events come at least once: keep what you answered them where your data is, and
// answer the same again.
const answers = new Map();

/** As https://www.standardwebhooks.com prescribes it. */
function isGenuine(headers, body) {
  const { "webhook-id": id = "", "webhook-timestamp": sentAt = "" } = headers;
  // An old request may be one that somebody recorded.
  if (!(Math.abs(Date.now() / 1000 - Number(sentAt)) <= 300)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${sentAt}.`).update(body).digest();
  // While a secret is being replaced there are two signatures.
  return (headers["webhook-signature"] ?? "").split(" ").some((signature) => {
    const [version, text = ""] = signature.split(",");
    const given = Buffer.from(text, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** What you do with it; what this returns goes back. */
function handle(event) {
  console.log(JSON.stringify(event));
  const { type, data: message } = event;
  if (type !== "message:received" || message.direction !== "in" || !message.text) return {};
  // To the chat: the body of `POST /api/messages` without `account_id` and `to`.
  return { reply: { text: `You wrote: ${message.text}`, quote: true } };
}

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers["webhook-id"];
  if (!answers.has(id)) answers.set(id, handle(JSON.parse(body)));
  // Within 15 s; whatever is not 2xx is sent again.
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(answers.get(id)));
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
