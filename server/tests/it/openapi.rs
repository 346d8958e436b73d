use crate::support::{Setup, send};
use reqwest::Method;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};
use whahook::http::openapi;
use whahook_contract::error::ErrorCode;

fn document() -> Value {
    serde_json::from_str(&openapi::text().unwrap()).unwrap()
}

/// `UPDATE_SNAPSHOTS=1` writes the file instead of comparing it.
#[test]
fn the_checked_in_description_is_the_one_the_code_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let text = openapi::text().unwrap();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == text,
        "server/openapi.json is out of date; write it with UPDATE_SNAPSHOTS=1, then read the diff"
    );
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.iter()
                .filter(|(name, _)| name.as_str() != "parameters")
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

/// The value itself, or what it refers to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} is nowhere")),
        None => value,
    }
}

#[test]
fn every_operation_says_what_it_answers_and_how_it_fails() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert!(operations.len() >= 15, "{}", operations.len());
    let mut ids = BTreeSet::new();
    for (name, operation) in operations {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{name}: another one is `{id}` too");
        assert!(operation["summary"].is_string(), "{name} has no summary");
        assert!(operation["tags"][0].is_string(), "{name} has no tag");
        assert!(operation["security"].is_array(), "{name}: who may?");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        for (status, response) in responses {
            let response = resolved(&document, response);
            let described = response["description"].as_str().unwrap_or_default();
            assert!(described.len() > 5, "{name} {status} says nothing");
            let headers = response["headers"].as_object().unwrap();
            assert!(headers.contains_key("x-request-id"), "{name} {status}");
        }
        if !name.contains(" /api/") {
            continue;
        }
        for status in ["429", "500", "503"] {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        for (status, response) in responses {
            let response = resolved(&document, response);
            let limit = &response["headers"]["ratelimit-remaining"];
            assert!(limit.is_object(), "{name} {status} lacks the limit");
            // Of a range of a file that is not there nothing is said.
            if !status.starts_with(['4', '5']) || status == "416" {
                continue;
            }
            let content = &response["content"]["application/json"];
            let schema = &content["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/ErrorBody", "{name} {status}");
            let codes = content["examples"].as_object();
            assert!(
                codes.is_some_and(|codes| !codes.is_empty()),
                "{name} {status} names no code in backticks that `ErrorCode` has"
            );
        }
        if name.contains("{id}") {
            assert!(responses.contains_key("404"), "{name} lacks 404");
        }
        if operation.get("requestBody").is_some() {
            assert!(responses.contains_key("422"), "{name} lacks 422");
        }
    }
}

/// Whether a schema shows what a value looks like; one that is named elsewhere
/// is looked at there.
fn has_example(schema: &Value) -> bool {
    let shows = ["$ref", "examples", "properties", "oneOf", "anyOf", "allOf"];
    shows.iter().any(|key| schema.get(key).is_some()) || has_items_with_example(schema)
}

fn has_items_with_example(schema: &Value) -> bool {
    schema.get("items").is_some_and(has_example)
}

fn look_through(place: &str, schema: &Value, lacking: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        if property["description"].as_str().is_none_or(str::is_empty)
            // An id says what it is where it is defined.
            && property.get("$ref").is_none()
        {
            lacking.push(format!("{place} has no description"));
        }
        if !has_example(property) {
            lacking.push(format!("{place} has no example"));
        }
        look_through(&place, property, lacking);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        for part in schema[several].as_array().into_iter().flatten() {
            look_through(place, part, lacking);
        }
    }
    if let Some(items) = schema.get("items") {
        look_through(place, items, lacking);
    }
}

#[test]
fn every_field_and_parameter_has_a_description_and_an_example() {
    let document = document();
    let mut lacking = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if schema["description"].as_str().is_none_or(str::is_empty) {
            lacking.push(format!("{name} has no description"));
        }
        look_through(name, schema, &mut lacking);
    }
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let place = format!("{name} {}", parameter["name"]);
            if !parameter["description"].is_string() {
                lacking.push(format!("{place} has no description"));
            }
            if !has_example(&parameter["schema"]) {
                lacking.push(format!("{place} has no example"));
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn every_code_that_the_server_answers_with_is_described() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    let mut folders = vec![source];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                codes_in(&std::fs::read_to_string(path).unwrap(), &mut found);
            }
        }
    }
    assert!(found.contains("no_qr") && found.len() > 20, "{found:?}");
    found.retain(|code| ErrorCode::from_code(code).is_none());
    assert!(found.is_empty(), "not in `ErrorCode`: {found:?}");
}

/// The first literal after a status of an error or after `unavailable(`.
fn codes_in(source: &str, found: &mut BTreeSet<String>) {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let of_things = source.split("NOT_FOUND: &'static str = \"").skip(1);
    found.extend(of_things.filter_map(|it| Some(it.split_once('"')?.0.to_owned())));
    for start in ["::new(", "::unavailable("] {
        for (at, _) in source.match_indices(start) {
            let rest = source[at + start.len()..].trim_start();
            let rest = match rest.strip_prefix("StatusCode::") {
                Some(rest) => rest.split_once(',').unwrap().1.trim_start(),
                None if start == "::unavailable(" => rest,
                None => continue,
            };
            let literal = rest.strip_prefix('"').and_then(|it| it.split_once('"'));
            found.extend(literal.map(|(code, _)| code.to_owned()));
        }
    }
}

/// A body of the examples of its fields.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema["examples"].get(0) {
        return example.clone();
    }
    if let Some(items) = schema.get("items") {
        return Value::Array(vec![example(document, items)]);
    }
    let mut object = serde_json::Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Value::Object(fields) = example(document, part) {
            object.extend(fields);
        }
    }
    if let Some(first) = ["oneOf", "anyOf"].iter().find_map(|it| {
        let parts = schema[*it].as_array()?;
        parts.iter().find(|part| part["type"] != "null")
    }) {
        match example(document, first) {
            Value::Object(fields) => object.extend(fields),
            other => return other,
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        object.insert(name.clone(), example(document, property));
    }
    Value::Object(object)
}

#[tokio::test]
async fn a_key_needs_the_scope_that_the_description_says() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let document = document();
    let mut asked = 0;
    for (name, operation) in operations(&document) {
        let ways = operation["security"].as_array().unwrap();
        let Some(scope) = ways.iter().find_map(|way| way["key"][0].as_str()) else {
            continue;
        };
        let (method, path) = name.split_once(' ').unwrap();
        // Has no end; its own tests ask it.
        if path == "/api/events/stream" {
            continue;
        }
        let id = "01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44";
        let path = path.replace("{id}", id).replace("{message_id}", id);
        let method: Method = method.to_uppercase().parse().unwrap();
        let body = operation["requestBody"]["content"].get("application/json");
        for (had, enough) in [
            ("read", scope == "read"),
            ("send", scope == "send"),
            ("admin", true),
        ] {
            let program = app.api_key(&ana, &[had]).await;
            let mut request = program.request(method.clone(), &path);
            if let Some(body) = body {
                request = request.json(&example(&document, &body["schema"]));
            }
            let answer = send(request).await;
            let refused = answer.status == 403 && answer.text.contains("scope_missing");
            assert_eq!(!refused, enough, "{name} with {had}: {}", answer.text);
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
    app.stop().await;
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_description_and_its_viewer_are_served_without_the_internet() {
    let app = Setup::sqlite().start().await;
    let browser = app.browser();
    assert_eq!(browser.get("/openapi.json").await.expect(200), document());
    let viewer = browser.get("/docs/").await;
    assert_eq!(viewer.status, 200);
    assert!(viewer.header("content-type").starts_with("text/html"));
    assert!(!viewer.text.contains("https://"), "{}", viewer.text);
    let start = browser.get("/docs/swagger-initializer.js").await;
    assert!(start.text.contains("/openapi.json"), "{}", start.text);
    for file in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        let answer = browser.get(&format!("/docs/{file}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.len() > 10_000, "{file}");
    }
}
