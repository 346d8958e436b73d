//! Examples of fields: together they tell of one account and one message, and
//! a field that many views have is shown the same everywhere.

use serde_json::{Map, Value, json};

/// Gives every field an example, and lists the items of a list by their name.
pub(super) fn complete(api: &mut Value) {
    let schemas = api["components"]["schemas"].as_object().cloned();
    let known = schemas.unwrap_or_default();
    if let Some(schemas) = api["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas {
            name_items(name, schema, &known);
            fill("", schema);
        }
    }
    let paths = api["paths"].as_object_mut().into_iter().flatten();
    for (_, item) in paths {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                fill(&name, &mut parameter["schema"]);
            }
        }
    }
}

/// utoipa spells the items of a generic list out in each list.
fn name_items(name: &str, schema: &mut Value, known: &Map<String, Value>) {
    let Some(item) = name
        .strip_prefix("List_")
        .filter(|it| known.contains_key(*it))
    else {
        return;
    };
    let reference = format!("#/components/schemas/{item}");
    schema["properties"]["items"]["items"] = json!({ "$ref": reference });
}

fn fill(field: &str, schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if object.contains_key("$ref") {
        return;
    }
    // OpenAPI 3.1 has JSON Schema's list instead.
    if let Some(example) = object.remove("example") {
        object.insert("examples".to_owned(), json!([example]));
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        hoist_description(several, object);
        let variants = object.get_mut(several).and_then(Value::as_array_mut);
        for variant in variants.into_iter().flatten() {
            fill(field, variant);
        }
    }
    if let Some(items) = object.get_mut("items") {
        fill(field, items);
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            if name == "type" && property.get("description").is_none() {
                property["description"] = "Which kind it is.".into();
            }
            // What an event has, beside its type.
            if name == "data" && property.get("description").is_none() {
                property["description"] = "What is to be said of it.".into();
            }
            fill(name, property);
        }
    }
    let says_enough = ["examples", "properties", "items", "oneOf", "anyOf", "allOf"]
        .iter()
        .any(|key| object.contains_key(*key));
    let is_null = object.get("type") == Some(&json!("null"));
    if says_enough || is_null {
        return;
    }
    let example = match object.get("enum") {
        Some(values) => Some(values[0].clone()),
        None if field == "options" && is(object, "string") => Some(json!("Monday")),
        None => of_field(&snake_case(field)).or_else(|| of_type(object)),
    };
    if let Some(example) = example {
        object.insert("examples".to_owned(), json!([example]));
    }
}

/// utoipa describes a field that may be `null` at its other variant, where
/// readers do not look for it.
fn hoist_description(several: &str, object: &mut Map<String, Value>) {
    if several != "oneOf" || object.contains_key("description") {
        return;
    }
    let Some([null, other]) = object
        .get_mut(several)
        .and_then(Value::as_array_mut)
        .map(Vec::as_mut_slice)
    else {
        return;
    };
    let reference = other.get("$ref").is_some();
    if *null == json!({ "type": "null" })
        && reference
        && let Some(description) = other
            .as_object_mut()
            .and_then(|it| it.remove("description"))
    {
        object.insert("description".to_owned(), description);
    }
}

fn is(object: &Map<String, Value>, wanted: &str) -> bool {
    match object.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

fn of_type(object: &Map<String, Value>) -> Option<Value> {
    match object.get("format").and_then(Value::as_str) {
        Some("date-time") => Some(json!("2026-11-23T18:40:00.000Z")),
        Some("date") => Some(json!("2026-11-23")),
        Some("uuid") => Some(json!("01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44")),
        _ if is(object, "boolean") => Some(json!(true)),
        _ => None,
    }
}

/// Events have their fields in camelCase; they mean the same.
fn snake_case(field: &str) -> String {
    let mut snake = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn of_field(field: &str) -> Option<Value> {
    Some(match field {
        "accepted" => json!(3),
        "account_ids" => json!("01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44"),
        "address" => json!("Av. Amazonas 100, Quito"),
        "after" => json!(1_042),
        "assertion" => json!({ "id": "AbCd", "type": "public-key", "response": {} }),
        "cancelled" | "failed" | "queued" | "sending" | "skipped" => json!(0),
        "caption" => json!("Your invoice"),
        "chat" => json!("+6287733760363"),
        "code" => json!("K7P2M9QX"),
        "cursor" | "next_cursor" => json!("01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44"),
        "data" => json!({}),
        "days" => json!(30),
        "delivered" | "read" | "sent" => json!(1),
        "description" => json!("What it costs and how long it takes"),
        "detail" => json!("the phone removed this device"),
        "details" => json!({ "field": "to" }),
        "down_s" => json!(312),
        "email" => json!("ana@example.com"),
        "emoji" => json!("👍"),
        "events" => json!("message:status"),
        "event" => json!({ "seq": 42, "type": "message:status", "data": {} }),
        "file" => json!("the bytes of the file"),
        "file_name" => json!("invoice.pdf"),
        "from" => json!("+6287733760363"),
        "header_names" => json!("authorization"),
        "height" => json!(1080),
        "id" => json!(42),
        "idempotency_key" => json!("order-1042"),
        "jid" => json!("6287733760363@s.whatsapp.net"),
        "key" => json!("whk_4u0Zk2Jr8mWq6Xv1Bn5Yc9Td3Fh7Ls0Pg2Ra4Ke6Ui8"),
        "label" => json!("Store in Quito"),
        "labels" => json!("vip"),
        "lasted_s" => json!(3_600),
        "last-event-id" | "last_event_id" => json!("5b7d9e3c2a44:1042"),
        "latitude" => json!(-0.1807),
        "lid" => json!("98765432101234@lid"),
        "limit" => json!(50),
        "longitude" => json!(-78.4678),
        "message" => json!("There is no such account."),
        "metadata" => json!({ "order": 1042 }),
        "mime_type" => json!("application/pdf"),
        "name" => json!("Ana"),
        "options" => json!({ "challenge": "q83vEjRWeJA", "rpId": "whatsapp.com" }),
        "organization" => json!("Ana's Store"),
        "password" => json!("correct horse battery"),
        "phone_number" => json!("+6287733760363"),
        "picture_id" => json!("1763923200"),
        "prefix" => json!("whk_4u0Zk2"),
        "problem" => json!("does not answer"),
        "push_name" => json!("Ana's Store"),
        "q" => json!("order 1042"),
        "qr" => json!("2@Xv1Bn5Yc,9Td3Fh7L=,s0Pg2Ra4=,Ke6Ui8W=,1"),
        "question" => json!("Which day suits you?"),
        "ready_ratio" => json!(0.9987),
        "ready_s" => json!(86_088),
        "reason" => json!("expired"),
        "recipients" => json!("to,name\n+6287733760363,Ana\n"),
        "newest_seq" | "seq" => json!(1_042),
        "oldest_seq" => json!(1),
        "seconds" => json!(12),
        "sessions" => json!(3),
        "sha256" => json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        "size" => json!(48213),
        "status" => json!("ok"),
        "text" => json!("Your order 1042 is on its way."),
        "title" => json!("Our prices"),
        "to" => json!("+6287733760363"),
        "total" => json!(3),
        "unlinked_s" => json!(0),
        "types" => json!("message:status,whatsapp:status"),
        "unread" => json!(2),
        "uptime_seconds" => json!(86_400),
        "url" => json!("https://example.com/prices"),
        "used" => json!(10),
        "utc_offset_minutes" => json!(-300),
        "value" => json!("Holidays"),
        "variables" => json!({ "name": "Ana", "order": 1042 }),
        "vcard" => json!("BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL:+6287733760363\nEND:VCARD"),
        "version" => json!("0.1.0"),
        "waiting" => json!(0),
        "whatsapp_message_id" => json!("3EB0C431C26A1916E07A"),
        "width" => json!(1920),
        _ => return None,
    })
}
