"""Sends a WhatsApp message through Redis (pip install redis):

    REDIS_URL=redis://127.0.0.1:6379 python send_by_redis.py ACCOUNT_ID +593991203344 "Hello"
"""

import json
import os
import sys
import uuid

import redis

account_id, to, text = sys.argv[1:]
# The body of POST /api/messages. The same key again sends nothing: take one from
# your own data (an order's number), so that a job may run twice.
message = {
    "account_id": account_id,
    "to": to,
    "type": "text",
    "text": text,
    "idempotency_key": str(uuid.uuid4()),
}
queue = redis.Redis.from_url(os.environ["REDIS_URL"])
print(queue.xadd("whahook:outbound", {"message": json.dumps(message)}).decode())
