use crate::support::Setup;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};
use whahook::http::openapi;

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

#[test]
fn every_operation_says_what_it_answers_and_how_it_fails() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert!(operations.len() >= 15, "{}", operations.len());
    for (name, operation) in operations {
        assert!(operation["summary"].is_string(), "{name} has no summary");
        assert!(operation["tags"][0].is_string(), "{name} has no tag");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        if !name.contains(" /api/") {
            continue;
        }
        let failures: Vec<_> = responses
            .iter()
            .filter(|(status, _)| status.starts_with(['4', '5']))
            .collect();
        for status in ["403", "500", "503"] {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        for (status, response) in failures {
            let schema = &response["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/ErrorBody", "{name} {status}");
        }
        if name.contains("{id}") {
            assert!(responses.contains_key("404"), "{name} lacks 404");
        }
        if operation.get("requestBody").is_some() {
            assert!(responses.contains_key("422"), "{name} lacks 422");
        }
    }
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
