//! How operations fail, and which headers answers have: it follows from what an
//! operation takes and who may ask, so no handler repeats it.
//!
//! A handler that fails in a way of its own writes it down with the codes in
//! backticks: `(status = 409, body = ErrorBody, description = "`no_qr`: …")`.

use serde_json::{Map, Value, json};
use whahook_contract::error::ErrorCode;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// Adds what the handlers leave out.
pub(super) fn complete(api: &mut Value) {
    let mut shared = Map::new();
    let Some(paths) = api["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(name, _)| METHODS.contains(&name.as_str())) {
            let common = match path.starts_with("/api/") {
                true => failures(method, operation),
                false => Vec::new(),
            };
            say_who_may(operation);
            name_within_tag(operation);
            let Some(responses) = operation["responses"].as_object_mut() else {
                continue;
            };
            for (status, codes) in common {
                match responses.get_mut(status) {
                    Some(own) => say_also(own, &codes),
                    None => {
                        let name = name(&codes);
                        let reference = format!("#/components/responses/{name}");
                        responses.insert(status.to_owned(), json!({ "$ref": reference }));
                        shared
                            .entry(name)
                            .or_insert_with(|| error(status, &about(&codes)));
                    }
                }
            }
            for (status, response) in responses {
                finish(path, status, response);
            }
        }
    }
    for (name, response) in &mut shared {
        let status = response["x-status"].take();
        if let Some(response) = response.as_object_mut() {
            response.remove("x-status");
        }
        debug_assert!(status.is_string(), "{name}");
        finish("/api/", status.as_str().unwrap_or_default(), response);
    }
    api["components"]["responses"] = Value::Object(shared);
    api["components"]["headers"] = headers();
}

/// What goes wrong because of how every route is built.
fn failures(method: &str, operation: &Value) -> Vec<(&'static str, Vec<ErrorCode>)> {
    use ErrorCode as Code;
    let changes = method != "get";
    let mut found = Vec::new();
    let parameters = || operation["parameters"].as_array().into_iter().flatten();
    if operation["requestBody"].is_object() {
        found.push(("400", vec![Code::MalformedJson, Code::BodyIncomplete]));
        found.push(("413", vec![Code::PayloadTooLarge]));
        found.push(("415", vec![Code::UnsupportedMediaType]));
        found.push(("422", vec![Code::InvalidInput]));
    } else if parameters().any(|parameter| parameter["in"] == "query") {
        found.push(("422", vec![Code::InvalidInput]));
    }
    let not_found = parameters().find_map(|parameter| {
        let schema = parameter["schema"]["$ref"].as_str()?;
        let thing = schema.rsplit('/').next()?.strip_suffix("Id")?;
        (parameter["in"] == "path")
            .then(|| ErrorCode::from_code(&format!("{}_not_found", thing.to_lowercase())))?
    });
    found.extend(not_found.map(|code| ("404", vec![code])));

    let ways = operation["security"].as_array();
    let way = |name: &str| ways.and_then(|ways| ways.iter().find_map(|way| way.get(name)));
    let is_open = ways.is_some_and(|ways| ways.iter().any(|way| *way == json!({})));
    if !is_open {
        found.push((
            "401",
            vec![Code::NotSignedIn, Code::InvalidKey, Code::KeyExpired],
        ));
    }
    let mut forbidden = Vec::new();
    match way("key") {
        Some(_) => forbidden.push(Code::ScopeMissing),
        None if is_open => {}
        None => forbidden.push(Code::CookieRequired),
    }
    if changes {
        forbidden.push(Code::OriginNotAllowed);
    }
    if !forbidden.is_empty() {
        found.push(("403", forbidden));
    }
    found.push(("429", vec![Code::TooManyRequests]));
    found.push(("500", vec![Code::Internal]));
    let mut unavailable = vec![Code::DatabaseUnavailable, Code::Timeout];
    if changes {
        unavailable.push(Code::Stopping);
    }
    found.push(("503", unavailable));
    found
}

/// The scope, in words too: viewers show scopes of OAuth only.
fn say_who_may(operation: &mut Value) {
    let Some(ways) = operation["security"].as_array() else {
        return;
    };
    let scope = ways.iter().find_map(|way| way["key"][0].as_str());
    let words = match scope {
        Some(scope) => format!("A key needs the scope `{scope}`."),
        None if ways.iter().any(|way| *way == json!({})) => return,
        None => "Only for people who are signed in: a key is refused.".to_owned(),
    };
    let description = match operation["description"].as_str() {
        Some(before) => format!("{before}\n\n{words}"),
        None => words,
    };
    operation["description"] = description.into();
}

/// Handlers of different features have the same name; ids are for all of them.
fn name_within_tag(operation: &mut Value) {
    let tag = operation["tags"][0].as_str().unwrap_or_default();
    let handler = operation["operationId"].as_str().unwrap_or_default();
    let name = format!("{}_{handler}", tag.replace('-', "_"));
    operation["operationId"] = name.into();
}

fn about(codes: &[ErrorCode]) -> String {
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("`{code}`: {}", code.about()))
        .collect();
    lines.join("\n\n")
}

/// Adds codes to an answer that a handler describes itself.
fn say_also(own: &mut Value, codes: &[ErrorCode]) {
    let description = own["description"].as_str().unwrap_or_default();
    let known = named_in(description);
    let more: Vec<ErrorCode> = codes
        .iter()
        .filter(|code| !known.contains(code))
        .copied()
        .collect();
    if !more.is_empty() {
        own["description"] = format!("{description}\n\n{}", about(&more)).into();
    }
}

fn error(status: &str, description: &str) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": { "$ref": ERROR } } },
        "x-status": status,
    })
}

const ERROR: &str = "#/components/schemas/ErrorBody";

/// `NotSignedInOrInvalidKey`: what the answer is called where it is shared.
fn name(codes: &[ErrorCode]) -> String {
    let names: Vec<String> = codes.iter().map(|code| format!("{code:?}")).collect();
    names.join("Or")
}

/// The codes in backticks.
fn named_in(description: &str) -> Vec<ErrorCode> {
    let quoted = description.split('`').skip(1).step_by(2);
    quoted.filter_map(ErrorCode::from_code).collect()
}

/// Headers, and of an error the codes as examples.
fn finish(path: &str, status: &str, response: &mut Value) {
    if response.get("$ref").is_some() {
        return;
    }
    if response["content"]["application/json"]["schema"]["$ref"] == ERROR {
        let description = response["description"].as_str().unwrap_or_default();
        let examples: Map<String, Value> = named_in(description)
            .into_iter()
            .map(|code| (code.code().to_owned(), json!({ "value": example(code) })))
            .collect();
        response["content"]["application/json"]["examples"] = Value::Object(examples);
    }
    let mut wanted = vec!["x-request-id"];
    if path.starts_with("/api/") {
        wanted.extend(["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]);
    }
    match status {
        "401" => wanted.push("www-authenticate"),
        "429" | "503" if path.starts_with("/api/") => wanted.push("retry-after"),
        _ => {}
    }
    for header in wanted {
        response["headers"][header] = json!({ "$ref": format!("#/components/headers/{header}") });
    }
}

fn example(code: ErrorCode) -> Value {
    let details = match code {
        ErrorCode::InvalidInput => json!({ "field": "label" }),
        ErrorCode::ScopeMissing => json!({ "scope": "send" }),
        ErrorCode::NoQr | ErrorCode::NoPairCode => {
            json!({ "status": "ready", "reason": null })
        }
        ErrorCode::SessionLimitReached => json!({ "limit": 10, "used": 10, "scope": "user" }),
        ErrorCode::NotQueued => json!({ "status": "sent" }),
        ErrorCode::NotFailed => json!({ "status": "delivered" }),
        _ => Value::Null,
    };
    let mut error = json!({ "code": code, "message": code.about() });
    if !details.is_null() {
        error["details"] = details;
    }
    json!({ "error": error })
}

fn headers() -> Value {
    let count = |description: &str, example: u32| {
        json!({
            "description": description,
            "schema": { "type": "integer", "minimum": 0, "examples": [example] },
        })
    };
    json!({
        "x-request-id": {
            "description": "The request's id in the server's log: its own, or the one that was \
                            sent with the request.",
            "required": true,
            "schema": { "type": "string", "examples": ["01934f3e-7a10-7cc0-9c5e-2f6a4c1b7d11"] },
        },
        "ratelimit-limit": count("How many requests are allowed at once.", 60_000),
        "ratelimit-remaining": count("How many of them are left now.", 59_999),
        "ratelimit-reset": count("In how many seconds all of them are there again.", 1),
        "retry-after": {
            "description": "In how many seconds to try again.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0, "examples": [2] },
        },
        "www-authenticate": {
            "description": "How to say who asks.",
            "required": true,
            "schema": { "type": "string", "examples": ["Bearer realm=\"whahook\""] },
        },
    })
}
