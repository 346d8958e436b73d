//! A message as the page shows it: what it needs of the contract's view.

use super::words::Texts;
use crate::{
    components::icon::Icon,
    format,
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId},
    message::{ContentType, MessageStatus, Priority, Recipient, TimelineEntry, WaitsFor},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: MessageId,
    pub account: AccountId,
    pub whatsapp_id: String,
    pub to: Recipient,
    pub kind: ContentType,
    /// The text, caption, question, name … of it.
    pub words: String,
    pub status: MessageStatus,
    pub queued_at: Timestamp,
    pub priority: Priority,
    pub send_at: Option<Timestamp>,
    pub waits_until: Option<Timestamp>,
    pub waits_for: Option<WaitsFor>,
    pub timeline: Vec<TimelineEntry>,
    /// In a group: how many members have it, and how many opened it.
    pub members: Option<Members>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members {
    pub have_it: usize,
    pub opened_it: usize,
}

pub fn read(value: &JsValue) -> Option<Item> {
    let message = Object(value);
    Some(Item {
        id: message.parse("id")?,
        account: message.parse("account_id")?,
        whatsapp_id: message.text("whatsapp_message_id")?,
        to: recipient(&message.get("to"))?,
        kind: message.code("type", ContentType::from_code)?,
        words: words(&message),
        status: message.code("status", MessageStatus::from_code)?,
        queued_at: message.time("queued_at")?,
        priority: message.code("priority", Priority::from_code)?,
        send_at: message.time("send_at"),
        waits_until: message.time("waits_until"),
        waits_for: message.code("waits_for", WaitsFor::from_code),
        timeline: wire::array(&message.get("timeline"), entry).unwrap_or_default(),
        members: members(&message.get("receipts")),
    })
}

fn members(receipts: &JsValue) -> Option<Members> {
    let opened = wire::array(receipts, |receipt| {
        Some(Object(receipt).time("read_at").is_some())
    })?;
    Some(Members {
        have_it: opened.len(),
        opened_it: opened.iter().filter(|opened| **opened).count(),
    })
}

fn recipient(value: &JsValue) -> Option<Recipient> {
    let to = Object(value);
    Some(Recipient {
        phone_number: to.text("phone_number"),
        lid: to.text("lid"),
        jid: to.text("jid")?,
    })
}

fn entry(value: &JsValue) -> Option<TimelineEntry> {
    let entry = Object(value);
    Some(TimelineEntry {
        status: entry.code("status", MessageStatus::from_code)?,
        at: entry.time("at")?,
        detail: entry.text("detail"),
    })
}

/// Whatever of it a person would recognise it by.
fn words(message: &Object<'_>) -> String {
    let media = message.get("media");
    let first_contact = js_sys::Reflect::get_u32(&message.get("contacts"), 0);
    let own = ["text", "caption", "question", "emoji", "name", "address"];
    let own = own.iter().find_map(|name| message.text(name));
    own.or_else(|| Object(&media).text("file_name"))
        .or_else(|| Object(&first_contact.ok()?).text("name"))
        .unwrap_or_default()
}

impl Item {
    /// To whom, as people write it.
    pub fn name(&self) -> String {
        match (&self.to.phone_number, &self.to.lid) {
            (Some(number), _) => format::phone(number),
            (None, Some(lid)) => lid.clone(),
            (None, None) => self.to.jid.clone(),
        }
    }

    /// What it is, where its words do not say so.
    pub fn summary(&self, texts: &Texts) -> String {
        match (self.kind, self.words.as_str()) {
            (ContentType::Text, words) => words.to_owned(),
            (kind, "") => (texts.kind)(kind).to_owned(),
            (kind, words) => format!("{}: {words}", (texts.kind)(kind)),
        }
    }

    /// Why it has not gone yet, in words; `local` writes a time.
    pub fn waits(&self, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> Option<String> {
        let until = self.waits_until.map(local);
        Some((texts.waits)(self.waits_for?, until.as_deref()))
    }

    pub fn is_to_group(&self) -> bool {
        self.to.jid.ends_with("@g.us")
    }

    /// Whether somebody has it, and it can be quoted.
    pub const fn can_answer(&self) -> bool {
        matches!(
            self.status,
            MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read
        ) && !matches!(
            self.kind,
            ContentType::Reaction | ContentType::Edit | ContentType::Delete
        )
    }
}

pub const fn tone(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued | MessageStatus::Sending => "waiting",
        MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read => "good",
        MessageStatus::Failed => "bad",
        MessageStatus::Cancelled => "idle",
    }
}

pub const fn icon(status: MessageStatus) -> Icon {
    match status {
        MessageStatus::Queued => Icon::Clock,
        MessageStatus::Sending => Icon::Send,
        MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read => Icon::Check,
        MessageStatus::Failed => Icon::Alert,
        MessageStatus::Cancelled => Icon::Close,
    }
}
