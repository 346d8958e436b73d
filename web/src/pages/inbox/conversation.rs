//! A conversation as the list has it.

use super::{
    bubble,
    message::{self, Message, Person},
    times,
    words::Texts,
};
use crate::{
    format::{self, escaped},
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ConversationId},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub id: ConversationId,
    pub account: AccountId,
    /// Several write in it: each message says who.
    pub in_group: bool,
    /// The status updates of everybody, which nobody answers here.
    pub of_statuses: bool,
    pub with: Person,
    /// WhatsApp's id of the picture, if one is known.
    pub picture: Option<String>,
    pub unread: i64,
    pub archived: bool,
    pub note: String,
    pub labels: Vec<String>,
    pub at: Option<Timestamp>,
    pub last: Option<Message>,
}

pub fn read(value: &JsValue) -> Option<Conversation> {
    let conversation = Object(value);
    let kind = conversation.text("kind")?;
    Some(Conversation {
        id: conversation.parse("id")?,
        account: conversation.parse("account_id")?,
        in_group: kind != "person",
        of_statuses: kind == "status",
        with: message::person(&conversation.get("with")),
        picture: conversation.text("picture_id"),
        unread: conversation.count("unread")?,
        archived: conversation.get("archived").is_truthy(),
        note: conversation.text("note").unwrap_or_default(),
        labels: wire::array(&conversation.get("labels"), JsValue::as_string)?,
        at: conversation.time("last_message_at"),
        last: message::read(&conversation.get("last_message")),
    })
}

impl Conversation {
    /// With whom it is. The subject of a group may not be known yet.
    pub fn name(&self, texts: &Texts) -> String {
        match &self.with.name {
            None if self.of_statuses => texts.statuses.to_owned(),
            None if self.in_group => texts.group.to_owned(),
            _ => self.with.shown(),
        }
    }

    pub fn avatar(&self) -> String {
        let letters = match (&self.with.name, self.with.jid.split('@').next()) {
            (Some(name), _) => format::initials(name),
            // The first digits are the country's.
            (None, Some(user)) => user
                .get(user.len().saturating_sub(2)..)
                .unwrap_or_default()
                .to_owned(),
            (None, None) => String::new(),
        };
        // Another picture has another address.
        let picture = self.picture.as_deref().map(|of| {
            format!(
                r#"<img src="/api/conversations/{}/picture?of={}" alt="" loading="lazy">"#,
                self.id,
                escaped(of)
            )
        });
        format!(
            r#"<span class="avatar hue-{}" aria-hidden="true">{}{}</span>"#,
            format::hue(self.id.0.as_u128()),
            escaped(&letters),
            picture.unwrap_or_default()
        )
    }

    /// What identifies it beside its name.
    pub fn more(&self, account: Option<&str>, texts: &Texts) -> String {
        let is_named = self.with.name.is_some();
        let number = self.with.number.as_deref().filter(|_| is_named);
        let kind = Some(texts.group).filter(|_| self.in_group && is_named);
        let parts = [kind.map(str::to_owned), number.map(format::phone)];
        let parts = parts.into_iter().chain([account.map(str::to_owned)]);
        parts.flatten().collect::<Vec<_>>().join(" · ")
    }

    pub fn labels(&self) -> String {
        let labels = self
            .labels
            .iter()
            .map(|label| format!(r#"<span class="label">{}</span>"#, escaped(label)));
        labels.collect()
    }

    /// Its row in the list.
    pub fn row(
        &self,
        href: &str,
        open: bool,
        account: Option<&str>,
        today: i64,
        texts: &Texts,
    ) -> String {
        let when = self
            .at
            .map(|at| times::brief(at, today, texts))
            .unwrap_or_default();
        let current = if open { r#" aria-current="true""# } else { "" };
        let unread = if self.unread > 0 { " unread" } else { "" };
        format!(
            r#"<a class="conversation{unread}" href="{href}" data-c="{}"{current}>{}<span class="name">{}</span><span class="when">{}</span><span class="last">{}</span>{}<span class="more">{}{}</span></a>"#,
            self.id,
            self.avatar(),
            escaped(&self.name(texts)),
            escaped(&when),
            self.line(texts),
            count(self.unread, texts),
            account
                .map(|label| format!("<span>{}</span>", escaped(label)))
                .unwrap_or_default(),
            self.labels(),
        )
    }

    /// What was last written, and by whom.
    fn line(&self, texts: &Texts) -> String {
        let Some(last) = &self.last else {
            return String::new();
        };
        let words = escaped(&last.summary(texts));
        match last.status.filter(|_| last.mine) {
            Some(status) => format!("{}{words}", bubble::tick(status, texts)),
            None if last.is_line() => words,
            None if last.mine => format!("{}: {words}", texts.you),
            None if self.in_group => format!("{}: {words}", escaped(&last.from.shown())),
            None => words,
        }
    }
}

fn count(unread: i64, texts: &Texts) -> String {
    match unread {
        ..=0 => String::new(),
        n => format!(
            r#"<span class="count" role="img" aria-label="{}">{n}</span>"#,
            (texts.unread_count)(n)
        ),
    }
}
