//! The events' JSON Schema, made from their definition in the contract: the same
//! that the API's description has.

use crate::http::openapi;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Grows when something is taken away or means something else.
const VERSION: u32 = 1;
const ENVELOPE: &str = "LedgerEvent";
const EVENT: &str = "Event";
const IN_DESCRIPTION: &str = "#/components/schemas/";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document(openapi::schemas()));
static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", *DOCUMENT));
static TYPES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let variants = DOCUMENT["$defs"][EVENT]["oneOf"].as_array();
    let names = variants.into_iter().flatten().map(|variant| {
        let name = variant["properties"]["type"]["enum"][0].as_str();
        name.expect("every variant of `Event` has a name")
    });
    names.collect()
});

/// Pretty-printed, with a final line break.
#[must_use]
pub fn text() -> &'static str {
    &TEXT
}

/// Every type of event, as they are defined.
#[must_use]
pub fn types() -> &'static [&'static str] {
    &TYPES
}

/// The first that is no type of event.
#[must_use]
pub fn unknown(types: &[String]) -> Option<&str> {
    let known = |name: &str| TYPES.contains(&name);
    types.iter().map(String::as_str).find(|name| !known(name))
}

fn document(mut schemas: Map<String, Value>) -> Value {
    let mut defs = Map::new();
    let mut wanted = vec![ENVELOPE.to_owned()];
    while let Some(name) = wanted.pop() {
        if let Some(mut schema) = schemas.remove(&name) {
            point_here(&mut schema, &mut wanted);
            defs.insert(name, schema);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:whahook:events",
        "title": "Events of WhaHook",
        "version": VERSION,
        "$ref": format!("#/$defs/{ENVELOPE}"),
        "$defs": defs,
    })
}

/// Makes references lead within this document; those that it finds are wanted.
fn point_here(schema: &mut Value, wanted: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(IN_DESCRIPTION)
            {
                wanted.push(name.to_owned());
                *reference = format!("#/$defs/{name}");
            }
            for value in object.values_mut() {
                point_here(value, wanted);
            }
        }
        Value::Array(items) => {
            for item in items {
                point_here(item, wanted);
            }
        }
        _ => {}
    }
}
