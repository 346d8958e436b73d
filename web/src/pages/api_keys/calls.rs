//! The API's keys, as the page asks for them and reads them.

use crate::{
    api::{self, Problem},
    data::KeysData,
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    ids::KeyId,
    key::{CreatedKey, KeyView, NewKey, Scope},
};

const KEYS: &str = "/api/keys";

pub async fn create(new: &NewKey) -> Result<CreatedKey, Problem> {
    let body = wire::object(&[("name", &new.name)]);
    let list = |items: Vec<String>| -> JsValue {
        let items = items.iter().map(JsValue::from);
        items.collect::<js_sys::Array>().into()
    };
    let scopes = new.scopes.iter().map(|scope| scope.code().to_owned());
    wire::set(&body, "scopes", &list(scopes.collect()));
    if let Some(ids) = &new.account_ids {
        let ids = ids.iter().map(ToString::to_string);
        wire::set(&body, "account_ids", &list(ids.collect()));
    }
    if let Some(at) = new.expires_at {
        #[allow(clippy::cast_precision_loss)] // exact up to 2⁵³
        let at = js_sys::Date::new(&(at.timestamp_millis() as f64).into());
        wire::set(&body, "expires_at", &at.to_iso_string().into());
    }
    let answer = api::send_json("POST", KEYS, &body).await?;
    let read = || {
        Some(CreatedKey {
            key: Object(&answer).text("key")?,
            view: key(&answer)?,
        })
    };
    read().ok_or(Problem::Unreachable)
}

pub async fn revoke(id: KeyId) -> Result<(), Problem> {
    api::send_json("DELETE", &format!("{KEYS}/{id}"), &JsValue::UNDEFINED).await?;
    Ok(())
}

pub fn page(value: &JsValue) -> Option<KeysData> {
    let data = Object(value);
    Some(KeysData {
        url: data.text("url")?,
        keys: wire::array(&data.get("keys"), key)?,
    })
}

fn key(value: &JsValue) -> Option<KeyView> {
    let key = Object(value);
    Some(KeyView {
        id: key.parse("id")?,
        name: key.text("name")?,
        prefix: key.text("prefix")?,
        scopes: wire::array(&key.get("scopes"), scope)?,
        account_ids: wire::array(&key.get("account_ids"), |id| id.as_string()?.parse().ok()),
        created_at: key.time("created_at")?,
        last_used_at: key.time("last_used_at"),
        expires_at: key.time("expires_at"),
    })
}

fn scope(value: &JsValue) -> Option<Scope> {
    Scope::from_code(&value.as_string()?)
}
