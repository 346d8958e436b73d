"""Receives webhooks: verifies who sent them, and answers (Python 3 alone).

    WEBHOOK_SECRET=whsec_… python receive_webhooks.py 8080

Register http://…:8080/ with `POST /api/webhooks {"url": …, "replies": true}`, which
shows the secret.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
# Events come at least once: keep what you answered them where your data is, and
# answer the same again.
answers = {}


def is_genuine(headers, body):
    """As https://www.standardwebhooks.com prescribes it."""
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    # An old request may be one that somebody recorded.
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{message_id}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    # While a secret is being replaced there are two signatures.
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), it.encode()) for it in signatures)


def handle(event):
    """What you do with it; what this returns goes back."""
    print(json.dumps(event), flush=True)
    message = event["data"]
    if event["type"] == "message:received" and message["direction"] == "in" and "text" in message:
        # To the chat: the body of `POST /api/messages` without `account_id` and `to`.
        return {"reply": {"text": f"You wrote: {message['text']}", "quote": True}}
    return {}


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_genuine(self.headers, body):
            return self.answer(401, {})
        message_id = self.headers["webhook-id"]
        if message_id not in answers:
            answers[message_id] = handle(json.loads(body))
        # Within 15 s; whatever is not 2xx is sent again.
        return self.answer(200, answers[message_id])

    def answer(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print("listening", flush=True)
server.serve_forever()
