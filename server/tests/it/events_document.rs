//! docs/EVENTS.md, made from the definition of events.

use crate::support::Setup;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fmt::Write, path::Path};
use uuid::Uuid;
use whahook::events::schema;
use whahook_contract::{
    Timestamp,
    event::{Event, LedgerEvent, To},
    ids::{AccountId, MessageId, SessionId, UserId},
    message::MessageStatus,
    session::Reason,
};

const HEAD: &str = include_str!("events_head.md");

fn document() -> Value {
    serde_json::from_str(schema::text()).unwrap()
}

fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.trim().to_owned()
}

/// In one line of a table.
fn cell(schema: &Value) -> String {
    text(schema)
        .replace("\n- ", "; ")
        .replace('\n', " ")
        .replace('|', "\\|")
}

fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap()
}

/// What a value is, for people.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = name_of(reference);
        return format!("[{name}](#{})", name.to_lowercase());
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[several].as_array() {
            let kinds: Vec<String> = parts.iter().map(kind).collect();
            return kinds.join(" or ");
        }
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(items));
    }
    let of = |name: &str| match (name, schema["format"].as_str()) {
        ("string", Some("date-time")) => "time".to_owned(),
        ("string", Some("uuid")) => "id".to_owned(),
        (name, _) => name.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => of(name),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().map(|it| of(it.as_str().unwrap())).collect();
            names.join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn table(object: &Value) -> String {
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let mut table = "| field | what | |\n|---|---|---|\n".to_owned();
    for (name, property) in object["properties"].as_object().into_iter().flatten() {
        let absent = if required.contains(&json!(name)) || is_nullable(property) {
            ""
        } else {
            ", may be absent"
        };
        writeln!(
            table,
            "| `{name}` | {}{absent} | {} |",
            kind(property),
            cell(property)
        )
        .unwrap();
    }
    table
}

fn is_nullable(property: &Value) -> bool {
    kind(property).contains("null")
}

fn written() -> String {
    let document = document();
    let defs = document["$defs"].as_object().unwrap();
    let mut out = HEAD.replace("{version}", &document["version"].to_string());
    for variant in variants(defs) {
        let name = variant["properties"]["type"]["enum"][0].as_str().unwrap();
        writeln!(out, "\n### `{name}`\n\n{}\n", text(variant)).unwrap();
        let data = &variant["properties"]["data"];
        match data["properties"].as_object() {
            Some(fields) if !fields.is_empty() => out.push_str(&table(data)),
            _ if data.get("type").is_some() => out.push_str("Its `data` is empty.\n"),
            _ => writeln!(out, "Its `data` is a {}.", kind(data)).unwrap(),
        }
    }
    out.push_str("\n## What fields are made of\n");
    for (name, schema) in defs {
        if ["Event", "LedgerEvent"].contains(&name.as_str()) {
            continue;
        }
        writeln!(out, "\n### {name}\n\n{}", text(schema)).unwrap();
        if schema.get("properties").is_some() {
            write!(out, "\n{}", table(schema)).unwrap();
        } else if let Some(parts) = schema["allOf"].as_array() {
            let (whole, own): (Vec<_>, Vec<_>) =
                parts.iter().partition(|it| it["$ref"].is_string());
            let whole: Vec<String> = whole.into_iter().map(kind).collect();
            writeln!(out, "\nWhat a {} has, and:", whole.join(" and a ")).unwrap();
            for part in own {
                write!(out, "\n{}", table(part)).unwrap();
            }
        } else if schema.get("enum").is_none() {
            writeln!(out, "\nA {}.", kind(schema)).unwrap();
        }
    }
    out
}

fn variants(defs: &Map<String, Value>) -> &Vec<Value> {
    defs["Event"]["oneOf"].as_array().unwrap()
}

/// `UPDATE_SNAPSHOTS=1` writes the file instead of comparing it.
#[test]
fn the_document_of_events_is_the_one_the_definition_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join("docs/EVENTS.md");
    let written = written();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == written,
        "docs/EVENTS.md is out of date; write it with UPDATE_SNAPSHOTS=1, then read the diff"
    );
}

#[test]
fn every_event_and_field_of_it_says_what_it_is() {
    let document = document();
    let defs = document["$defs"].as_object().unwrap();
    let mut lacking = Vec::new();
    for variant in variants(defs) {
        let name = &variant["properties"]["type"]["enum"][0];
        if text(variant).is_empty() {
            lacking.push(name.to_string());
        }
        let data = &variant["properties"]["data"]["properties"];
        for (field, property) in data.as_object().into_iter().flatten() {
            let named_elsewhere = property.get("$ref").is_some();
            if text(property).is_empty() && !named_elsewhere {
                lacking.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:?}");
    assert_eq!(schema::types().len(), variants(defs).len());
    let unique: BTreeSet<_> = schema::types().iter().collect();
    assert_eq!(unique.len(), schema::types().len());
}

fn samples() -> Vec<Event> {
    let session = SessionId::new(UserId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
    let at = Timestamp::UNIX_EPOCH;
    vec![
        Event::Qr {
            qr: Some("2@a".to_owned()),
            session_id: session,
            expires_at: at,
        },
        Event::Warning {
            session_id: session,
            warning: None,
        },
        Event::Disconnected {
            session_id: session,
            reason: Some(Reason::PhoneUnlinked),
        },
        Event::MessageStatus {
            message_id: MessageId(Uuid::from_u128(3)),
            whatsapp_message_id: "3EB0".to_owned(),
            session_id: session,
            status: MessageStatus::Sent,
            at,
            detail: None,
            to: Some(To {
                phone_number: None,
                lid: None,
                jid: "1@lid".to_owned(),
            }),
        },
        Event::AccountCreated {
            label: "Store".to_owned(),
        },
        Event::AccountRemoved {},
    ]
}

/// The names in a schema are those that are on the wire.
#[test]
fn what_is_on_the_wire_is_what_the_schema_says() {
    let document = document();
    let defs = document["$defs"].as_object().unwrap();
    for event in samples() {
        let sample = LedgerEvent {
            seq: 1,
            account_id: AccountId(Uuid::from_u128(2)),
            at: Timestamp::UNIX_EPOCH,
            event: event.clone(),
        };
        let wire = serde_json::to_value(&sample).unwrap();
        let variant = variants(defs)
            .iter()
            .find(|it| it["properties"]["type"]["enum"][0] == event.name())
            .unwrap_or_else(|| panic!("{} is in no schema", event.name()));
        let data = &variant["properties"]["data"];
        let known = data["properties"].as_object().cloned().unwrap_or_default();
        let there = wire["data"].as_object().unwrap();
        for name in there.keys() {
            assert!(known.contains_key(name), "{}: {name}", event.name());
        }
        for name in data["required"].as_array().into_iter().flatten() {
            assert!(
                there.contains_key(name.as_str().unwrap()),
                "{}: {name}",
                event.name()
            );
        }
    }
}

#[tokio::test]
async fn the_schema_of_events_is_served_and_whole() {
    let app = Setup::sqlite().start().await;
    let answer = app.browser().get("/events.schema.json").await;
    assert_eq!(answer.header("content-type"), "application/schema+json");
    let served = answer.expect(200);
    assert_eq!(served, document());
    let mut references = BTreeSet::new();
    collect(&served, &mut references);
    assert!(references.len() > 5);
    for reference in references {
        assert!(served.pointer(&reference[1..]).is_some(), "{reference}");
    }
    app.stop().await;
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(
                object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            object.values().for_each(|it| collect(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        _ => {}
    }
}
