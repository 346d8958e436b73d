//! How an account receives, as the page asks for it and reads it.

use crate::{
    api::{self, Problem},
    data::ReceivingData,
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    ids::AccountId,
    receiving::{AppliedReceiving, FileKind, MediaDownload, ReceivingView},
};

pub fn page(value: &JsValue) -> Option<ReceivingData> {
    let data = Object(value);
    Some(ReceivingData {
        account_id: data.parse("account_id")?,
        receiving: receiving(&data.get("receiving"))?,
    })
}

/// What is left out stays as it is, and `null` goes back to the server's.
pub async fn change(account: AccountId, changes: &JsValue) -> Result<(), Problem> {
    let path = format!("/api/accounts/{account}/receiving");
    api::send_json("PATCH", &path, changes).await.map(drop)
}

fn receiving(value: &JsValue) -> Option<ReceivingView> {
    let receiving = Object(value);
    Some(ReceivingView {
        media_download: receiving.code("media_download", MediaDownload::from_code),
        media_kinds: kinds(&receiving),
        media_max_bytes: number(&receiving, "media_max_bytes"),
        statuses: receiving.get("statuses").as_bool(),
        history_days: number(&receiving, "history_days"),
        history_messages: number(&receiving, "history_messages"),
        history: wire::history(&receiving.get("history")),
        defaults: applied(&receiving.get("defaults"))?,
        applies: applied(&receiving.get("applies"))?,
    })
}

fn applied(value: &JsValue) -> Option<AppliedReceiving> {
    let receiving = Object(value);
    Some(AppliedReceiving {
        media_download: receiving.code("media_download", MediaDownload::from_code)?,
        media_kinds: kinds(&receiving)?,
        media_max_bytes: number(&receiving, "media_max_bytes")?,
        statuses: receiving.get("statuses").as_bool()?,
        history_days: number(&receiving, "history_days")?,
        history_messages: number(&receiving, "history_messages")?,
    })
}

fn kinds(receiving: &Object<'_>) -> Option<Vec<FileKind>> {
    wire::array(&receiving.get("media_kinds"), |kind| {
        FileKind::from_code(&kind.as_string()?)
    })
}

fn number<T: TryFrom<i64>>(receiving: &Object<'_>, name: &str) -> Option<T> {
    receiving.count(name)?.try_into().ok()
}
