//! Looks for words in names and messages.

use super::{
    calls,
    conversation::Conversation,
    message::Message,
    state::Inbox,
    times,
    words::{self, Texts},
};
use crate::{api::Problem, format::escaped};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// Between two letters that somebody types.
pub const TYPING: Duration = Duration::from_millis(250);
/// What is shown of a message before the words that were found in it.
const BEFORE: usize = 24;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub conversations: Vec<Conversation>,
    pub messages: Vec<Message>,
    /// The conversations of the messages.
    pub of: Vec<Conversation>,
    /// Where more messages begin.
    pub more: Option<String>,
}

impl Inbox {
    pub fn look_for_words(self) {
        let filter = self.filter.get_untracked();
        if filter.text.trim().is_empty() {
            return self.found.set(None);
        }
        spawn_local(async move {
            let named = calls::named(&filter).await;
            let written = calls::search(&filter, None).await;
            if self.filter.with_untracked(|now| *now != filter) {
                return;
            }
            if let (_, Err(Problem::Unreachable)) | (Err(Problem::Unreachable), _) =
                (&named, &written)
            {
                let why = words::of(&Problem::Unreachable);
                return self.live.notice.set(Some(why));
            }
            // Words that nothing can be found by are found nowhere.
            let (conversations, _) = named.unwrap_or_default();
            let (messages, more) = written.unwrap_or_default();
            self.found.set(Some(Found {
                of: conversations.clone(),
                conversations,
                messages,
                more,
            }));
            self.name_hits().await;
        });
    }

    /// Whose messages these are.
    async fn name_hits(self) {
        let of = self.found.with_untracked(|found| {
            let found = found.as_ref()?;
            let ids = found.messages.iter().filter_map(|it| it.conversation);
            let unknown = |id: &_| found.of.iter().all(|it| it.id != *id);
            let mut ids: Vec<_> = ids.filter(unknown).collect();
            ids.sort_unstable();
            ids.dedup();
            Some(ids)
        });
        for id in of.unwrap_or_default() {
            let known = self.items.with_untracked(|items| {
                let known = items.iter().find(|it| it.id == id);
                known.cloned()
            });
            let known = match known {
                Some(known) => Ok(known),
                None => calls::conversation(id).await,
            };
            if let Ok(known) = known {
                self.found.update(|found| {
                    if let Some(found) = found {
                        found.of.push(known);
                    }
                });
            }
        }
    }

    /// The next page of messages that have the words.
    pub fn find_more(self) {
        let filter = self.filter.get_untracked();
        let more = self
            .found
            .with_untracked(|found| found.as_ref()?.more.clone());
        let Some(cursor) = more else { return };
        spawn_local(async move {
            let Ok((page, next)) = calls::search(&filter, Some(&cursor)).await else {
                return;
            };
            if self.filter.with_untracked(|now| *now != filter) {
                return;
            }
            self.found.update(|found| {
                if let Some(found) = found
                    .as_mut()
                    .filter(|it| it.more.as_ref() == Some(&cursor))
                {
                    found.messages.extend(page);
                    found.more = next;
                }
            });
            self.name_hits().await;
        });
    }
}

/// A message that was found, as a row of the list.
pub fn hit(
    message: &Message,
    of: Option<&Conversation>,
    href: &str,
    words: &str,
    today: i64,
    texts: &Texts,
) -> String {
    let name = of.map_or_else(|| message.from.shown(), |of| of.name(texts));
    let conversation = message
        .conversation
        .map(|id| id.to_string())
        .unwrap_or_default();
    let by = match of {
        Some(of) if of.in_group || message.mine => format!("{}: ", escaped(&message.writer(texts))),
        _ => String::new(),
    };
    format!(
        r#"<a class="conversation hit" href="{href}" data-c="{conversation}" data-m="{}">{}<span class="name">{}</span><span class="when">{}</span><span class="last">{by}{}</span></a>"#,
        escaped(&message.id),
        of.map(Conversation::avatar).unwrap_or_default(),
        escaped(&name),
        escaped(&times::brief(message.at, today, texts)),
        snippet(&message.summary(texts), words),
    )
}

/// The part of a text where the first of the words is, which is marked.
fn snippet(text: &str, words: &str) -> String {
    let first = words.split_whitespace().next().unwrap_or_default();
    let first: Vec<char> = first.chars().flat_map(char::to_lowercase).collect();
    let letters: Vec<char> = text.chars().collect();
    let is_here = |at: usize| {
        let here = letters[at..].iter().flat_map(|it| it.to_lowercase());
        !first.is_empty() && here.take(first.len()).eq(first.iter().copied())
    };
    let written = |letters: &[char]| escaped(&letters.iter().collect::<String>());
    let Some(at) = (0..letters.len()).find(|at| is_here(*at)) else {
        return escaped(text);
    };
    let from = at.saturating_sub(BEFORE);
    let end = (at + first.len()).min(letters.len());
    format!(
        "{}{}<mark>{}</mark>{}",
        if from > 0 { "…" } else { "" },
        written(&letters[from..at]),
        written(&letters[at..end]),
        written(&letters[end..]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked_and_in_sight() {
        for (text, words, html) in [
            ("Order 1042", "order", "<mark>Order</mark> 1042"),
            ("a <b> ORDER", "order x", "a &lt;b> <mark>ORDER</mark>"),
            ("nothing", "order", "nothing"),
            ("", "order", ""),
            ("Ñandú", "ñandú", "<mark>Ñandú</mark>"),
        ] {
            assert_eq!(snippet(text, words), html);
        }
        let far = format!("{} order", "x".repeat(100));
        assert!(snippet(&far, "order").starts_with("…xxx"));
        assert!(snippet(&far, "order").ends_with(" <mark>order</mark>"));
    }
}
