//! The request that a form makes: what is empty is not in it.

use crate::{
    pages::messages::calls,
    wire::{self, json},
};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, FormData, HtmlFormElement};
use whahook_contract::message::ContentType;

pub fn of(form: &HtmlFormElement, kind: ContentType) -> Option<FormData> {
    let given = FormData::new_with_form(form).ok()?;
    let body = FormData::new().ok()?;
    let text = |name: &str| given.get(name).as_string().filter(|it| !it.is_empty());
    // Appending fails for nothing that is a text.
    let put = |name: &str, value: &str| {
        let _ = body.append_with_str(name, value);
    };
    for name in ["account_id", "to", "type", "text", "caption", "priority"] {
        if let Some(value) = text(name) {
            put(name, &value);
        }
    }
    for name in ["send_at", "expires_at"] {
        if let Some(value) = text(name) {
            put(name, &calls::instant(&value));
        }
    }
    for name in ["latitude", "longitude"] {
        if let Some(value) = text(name) {
            put(name, &value.replace(',', "."));
        }
    }
    for name in ["name", "question"] {
        if let Some(value) = text(name) {
            put(name, &json(&value.into()));
        }
    }
    if let Some(id) = text("reply_to") {
        put("reply_to", &json(&wire::object(&[("id", &id)])));
    }
    let words = text("text").or_else(|| text("caption")).unwrap_or_default();
    let named = mentioned(&words);
    if !named.is_empty() {
        let named: Array = named.into_iter().map(JsValue::from).collect();
        put("mentions", &json(&named));
    }
    match kind {
        ContentType::Contact => {
            let card = wire::object(&[
                ("name", &text("contact_name").unwrap_or_default()),
                ("phone_number", &text("contact_number").unwrap_or_default()),
            ]);
            put("contacts", &json(&Array::of1(&card)));
        }
        ContentType::Poll => {
            let lines = text("options").unwrap_or_default();
            let options = lines.lines().map(str::trim).filter(|line| !line.is_empty());
            let options: Array = options.map(JsValue::from).collect();
            put("options", &json(&options));
            let multiple = text("multiple").is_some();
            put("multiple", if multiple { "true" } else { "false" });
        }
        _ => {
            if let Some(file) = file(&given) {
                let _ = body.append_with_blob_and_filename("file", &file, &file.name());
            } else if let Some(url) = text("url") {
                put("media", &json(&wire::object(&[("url", &url)])));
            }
        }
    }
    Some(body)
}

/// The file of a form, if one was chosen.
pub fn file(given: &FormData) -> Option<File> {
    let file = given.get("file").dyn_into::<File>().ok();
    file.filter(|file| !file.name().is_empty())
}

/// The digits of whom a text names, as in `@6287733760363`.
pub fn mentioned(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "()[],;:!?".contains(c));
    let named = words.filter_map(|word| {
        let digits = word.strip_prefix('@')?.trim_end_matches('.');
        let right = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        right.then(|| digits.to_owned())
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_text_names_is_found_in_it_and_nothing_else() {
        for (text, named) in [
            (
                "Hi @593991203344, and @6287733760363.",
                &["593991203344", "6287733760363"][..],
            ),
            ("(@593991203344)", &["593991203344"]),
            ("ana@59399120334.com @ana @123 593991203344", &[]),
        ] {
            assert_eq!(mentioned(text), named, "{text}");
        }
    }
}
