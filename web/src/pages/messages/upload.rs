//! Sends a form with its file, and tells how much of it is there: `fetch` does
//! not.

use crate::{
    api::Problem,
    wire::{Object, json},
};
use js_sys::{Date, Math};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, ProgressEvent, XmlHttpRequest};

/// What the server refused, and the details of it.
pub struct Refusal {
    pub problem: Problem,
    pub details: JsValue,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            details: JsValue::UNDEFINED,
        }
    }
}

/// An `idempotency_key`: what was sent without an answer may have arrived all the same.
pub fn new_key() -> String {
    // Browsers make a UUID on secure pages only; this is for one person's messages.
    let [now, chance] = [Date::now(), Math::random()].map(|it| json(&it.into()));
    format!("page-{now}-{chance}")
}

/// The answer's JSON. `sent` is the share of the body that went, in percent.
pub async fn post(
    path: &str,
    form: &FormData,
    sent: RwSignal<Option<u32>>,
) -> Result<JsValue, Refusal> {
    let request = begin(path, form, sent).map_err(|_| Problem::Unreachable)?;
    let over = js_sys::Promise::new(&mut |resolve, _| {
        request.set_onloadend(Some(&resolve));
    });
    // Resolves in any case; the status tells which.
    let _ = JsFuture::from(over).await;
    sent.try_set(None);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    let json = js_sys::JSON::parse(&text).map_err(|_| Problem::Unreachable)?;
    match request.status() {
        Ok(200..=299) => Ok(json),
        _ => {
            let error = Object(&json).get("error");
            Err(Refusal {
                problem: Problem::read(&error),
                details: Object(&error).get("details"),
            })
        }
    }
}

fn begin(
    path: &str,
    form: &FormData,
    sent: RwSignal<Option<u32>>,
) -> Result<XmlHttpRequest, JsValue> {
    let request = XmlHttpRequest::new()?;
    request.open("POST", path)?;
    let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 100
            sent.try_set(Some((event.loaded() / event.total() * 100.0) as u32));
        }
    });
    let handler = progress.into_js_value();
    request
        .upload()?
        .set_onprogress(Some(handler.unchecked_ref()));
    request.send_with_opt_form_data(Some(form))?;
    Ok(request)
}
