//! Why a message has not arrived: every step it took, and what comes next.

use super::{
    item::{self, Item},
    words::Texts,
};
use crate::{components::icon::Icon, format};
use std::fmt::Write as _;
use whahook_contract::{
    Timestamp,
    message::{MessageStatus, TimelineEntry},
};

/// The device of a receipt that is the phone itself.
const PHONE: &str = "phone";

/// As markup; `local` writes a time.
pub fn markup(message: &Item, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> String {
    let mut html = String::new();
    let mut arrived = false;
    for entry in &message.timeline {
        let step = match entry.status {
            // Each device tells of itself; to people that is one step.
            MessageStatus::Delivered if arrived => continue,
            MessageStatus::Delivered => {
                arrived = true;
                delivered(message, texts)
            }
            _ => of_entry(entry, texts),
        };
        step.write(&mut html, local);
    }
    for (icon, words) in next(message, texts, local) {
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<li class="waiting">{}<div><p>{}</p></div></li>"#,
            icon.markup(),
            format::escaped(&words),
        );
    }
    html
}

struct Step<'a> {
    status: MessageStatus,
    head: String,
    detail: &'a str,
    /// As the server says it, which is no language of the page's.
    is_raw: bool,
    times: Vec<Timestamp>,
}

impl Step<'_> {
    fn write(&self, html: &mut String, local: &dyn Fn(Timestamp) -> String) {
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<li class="{}">{}<div><p><b>{}</b></p>"#,
            item::tone(self.status),
            item::icon(self.status).markup(),
            format::escaped(&self.head),
        );
        if !self.detail.is_empty() {
            let raw = if self.is_raw {
                r#" class="hint" lang="en""#
            } else {
                ""
            };
            let _ = write!(html, "<p{raw}>{}</p>", format::escaped(self.detail));
        }
        html.push_str(r#"<p class="since">"#);
        for (n, at) in self.times.iter().enumerate() {
            let _ = write!(
                html,
                r#"{}<time datetime="{}">{}</time>"#,
                if n == 0 { "" } else { " · " },
                format::iso(*at),
                format::escaped(&local(*at)),
            );
        }
        html.push_str("</p></div></li>");
    }
}

fn of_entry<'a>(entry: &'a TimelineEntry, texts: &Texts) -> Step<'a> {
    let detail = entry.detail.as_deref().unwrap_or_default();
    let known = (texts.detail)(detail);
    Step {
        status: entry.status,
        head: (texts.step)(entry.status).to_owned(),
        detail: known.unwrap_or(detail),
        is_raw: known.is_none(),
        times: vec![entry.at],
    }
}

fn delivered(message: &Item, texts: &Texts) -> Step<'static> {
    let all = message.timeline.iter();
    let all = all.filter(|entry| entry.status == MessageStatus::Delivered);
    let on_phone = all.clone().any(|it| it.detail.as_deref() == Some(PHONE));
    let times: Vec<_> = all.map(|entry| entry.at).collect();
    Step {
        status: MessageStatus::Delivered,
        head: if message.is_to_group() {
            texts.arrived_in_group.to_owned()
        } else {
            (texts.arrived)(on_phone, times.len())
        },
        detail: "",
        is_raw: false,
        times,
    }
}

/// What it waits for now.
fn next(message: &Item, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> Vec<(Icon, String)> {
    let mut next = Vec::new();
    if let Some(members) = message.members.filter(|members| members.have_it > 0)
        && message.status != MessageStatus::Read
    {
        next.push((
            Icon::Phone,
            (texts.members)(members.have_it, members.opened_it),
        ));
    }
    let waits = message.waits(texts, local);
    let waits = waits.or_else(|| (texts.next)(message.status).map(str::to_owned));
    next.extend(waits.map(|waits| (Icon::Clock, waits)));
    next
}

#[cfg(feature = "ssr")]
#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
