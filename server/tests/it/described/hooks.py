"""Lets schemathesis ask about things that exist, and checks the codes of errors.

Half of the ids become those of live things (LIVE: JSON, lists by the kind of thing),
and most messages go from a live account. Which ones follows from what was generated,
so a seed repeats it. What is deleted comes from a supply that is made for that, since
schemathesis remembers ids that it has seen, and would delete what others ask about.
"""

import json
import os
import uuid
import zlib

import schemathesis

LIVE = json.loads(os.environ["LIVE"])
SPARE = json.loads(os.environ["SPARE"])
KINDS = ("accounts", "keys", "bulk", "media", "messages", "webhooks")


def number(value):
    return zlib.crc32(repr(value).encode())


def pick(names, value):
    return names[number(value) // 8 % len(names)]


def kind_of(path):
    return next((kind for kind in KINDS if f"/{kind}/{{id}}" in path), None)


def ends_something(operation):
    """Ends what live things are needed for."""
    path = operation.path
    return operation.method.upper() == "DELETE" and (
        path.endswith("{id}") or path.endswith("/session")
    )


def words_in(value):
    """The first text that was generated, wherever it stands."""
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((words for part in parts if (words := words_in(part))), None)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation
    kind = kind_of(operation.path)
    generated = (case.path_parameters, case.query, case.body)
    if kind and case.path_parameters and "id" in case.path_parameters:
        id_of = case.path_parameters["id"]
        if ends_something(operation):
            spare = SPARE.get(kind) or [str(uuid.uuid4())]
            if number(generated) % 2 or id_of in LIVE.get(kind, ()):
                case.path_parameters["id"] = spare.pop()
        elif number(generated) % 2 and LIVE.get(kind):
            case.path_parameters["id"] = pick(LIVE[kind], generated)
    if case.query and "account_id" in case.query and number(generated) % 2:
        case.query["account_id"] = pick(LIVE["accounts"], generated)
    if isinstance(case.body, dict) and "account_id" in case.body:
        messages(case, number(generated))


def messages(case, chance):
    body = dict(case.body)
    if chance % 8:
        body["account_id"] = pick(LIVE["accounts"], chance)
    if chance % 3 and isinstance(body.get("to"), str):
        body["to"] = pick(LIVE["to"], chance)
    # Of all that may be in a message few are right together: some are texts and no more.
    if chance % 4 == 0 and case.operation.path == "/api/messages":
        said = words_in({key: body[key] for key in body if key not in ("account_id", "to")})
        body = {
            "account_id": body["account_id"],
            "to": pick(LIVE["to"], chance),
            "type": "text",
            "text": said or "x",
            "metadata": body.get("metadata") if isinstance(body.get("metadata"), dict) else None,
        }
    case.body = body


@schemathesis.check
def error_code_is_described(context, response, case):
    """The code of an error is among those that the operation says for the status."""
    kinds = response.headers.get("content-type", [""])
    if response.status_code < 400 or "json" not in kinds[0]:
        return
    error = response.json().get("error")
    answer = case.operation.definition.raw["responses"].get(str(response.status_code))
    if not isinstance(error, dict) or answer is None:
        return
    if "$ref" in answer:
        name = answer["$ref"].rsplit("/", 1)[-1]
        answer = case.operation.schema.raw_schema["components"]["responses"][name]
    known = answer["content"]["application/json"].get("examples", {})
    if error["code"] not in known:
        raise AssertionError(f"the code `{error['code']}` is not one of {sorted(known)}")
