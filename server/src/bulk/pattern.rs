//! A content whose texts have placeholders.

use super::template::Template;
use std::{borrow::Cow, collections::BTreeMap};
use whahook_contract::message::{Content, Kind};

/// A content to be filled for each recipient.
#[derive(Debug, Clone)]
pub struct Pattern {
    content: Content,
    /// In the order of [`texts`].
    templates: Vec<Template>,
}

/// A field of the content is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub field: Cow<'static, str>,
    pub message: String,
}

impl Pattern {
    /// # Errors
    /// It belongs to one chat alone, or a placeholder is broken.
    pub fn new(mut content: Content) -> Result<Self, Wrong> {
        if matches!(
            content.kind,
            Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. }
        ) {
            let kind = content.kind.content_type();
            return Err(Wrong {
                field: "type".into(),
                message: format!("`{kind}` is about a message of one chat: it cannot go to many."),
            });
        }
        if content.reply_to.is_some() {
            return Err(Wrong {
                field: "reply_to".into(),
                message: "`reply_to` is a message of one chat: it cannot go to many.".into(),
            });
        }
        let templates = texts(&mut content)
            .into_iter()
            .map(|(field, text)| {
                Template::parse(text).map_err(|problem| Wrong {
                    message: format!("`{field}`: {problem}."),
                    field,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { content, templates })
    }

    /// As it was given.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// The variables that stand in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().flat_map(Template::names)
    }

    /// The content for one recipient.
    ///
    /// # Errors
    /// The names of the variables that are missing.
    pub fn fill<'a>(
        &'a self,
        values: &'a BTreeMap<String, String>,
    ) -> Result<Content, Vec<&'a str>> {
        let mut content = self.content.clone();
        let mut missing = Vec::new();
        for ((_, text), template) in texts(&mut content).into_iter().zip(&self.templates) {
            match template.fill(values) {
                Ok(filled) => *text = filled,
                Err(names) => missing.extend(names),
            }
        }
        if missing.is_empty() {
            Ok(content)
        } else {
            Err(missing)
        }
    }
}

/// Every text of a content that may have placeholders, with its field. The
/// address of a file or of a link's preview may not: it is fetched once for all.
fn texts(content: &mut Content) -> Vec<(Cow<'static, str>, &mut String)> {
    let mut texts: Vec<(Cow<'static, str>, &mut String)> = Vec::new();
    for (n, mention) in content.mentions.iter_mut().enumerate() {
        texts.push((format!("mentions[{n}]").into(), mention));
    }
    match &mut content.kind {
        Kind::Text { text, link_preview } => {
            texts.push(("text".into(), text));
            if let Some(preview) = link_preview {
                push(&mut texts, "link_preview.title", &mut preview.title);
                let description = &mut preview.description;
                push(&mut texts, "link_preview.description", description);
            }
        }
        Kind::Image { media, caption }
        | Kind::Video { media, caption }
        | Kind::Gif { media, caption }
        | Kind::Document { media, caption } => {
            push(&mut texts, "caption", caption);
            push(&mut texts, "media.file_name", &mut media.file_name);
        }
        Kind::Audio { media } | Kind::Voice { media } | Kind::Sticker { media } => {
            push(&mut texts, "media.file_name", &mut media.file_name);
        }
        Kind::Location(location) => {
            push(&mut texts, "name", &mut location.name);
            push(&mut texts, "address", &mut location.address);
        }
        Kind::Contact { contacts } => {
            for (n, contact) in contacts.iter_mut().enumerate() {
                let field = |name: &str| Cow::from(format!("contacts[{n}].{name}"));
                texts.push((field("name"), &mut contact.name));
                push(&mut texts, field("phone_number"), &mut contact.phone_number);
                push(&mut texts, field("organization"), &mut contact.organization);
                push(&mut texts, field("vcard"), &mut contact.vcard);
            }
        }
        Kind::Poll(poll) => {
            texts.push(("question".into(), &mut poll.question));
            for (n, option) in poll.options.iter_mut().enumerate() {
                texts.push((format!("options[{n}]").into(), option));
            }
        }
        Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. } => {}
    }
    texts
}

fn push<'a>(
    texts: &mut Vec<(Cow<'static, str>, &'a mut String)>,
    field: impl Into<Cow<'static, str>>,
    text: &'a mut Option<String>,
) {
    texts.extend(text.as_mut().map(|text| (field.into(), text)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(json: serde_json::Value) -> Content {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn every_text_of_a_content_is_filled() {
        let ana = BTreeMap::from([("n".to_owned(), "Ana".to_owned())]);
        for (given, filled) in [
            (
                json!({"type": "text", "text": "{{n}}", "mentions": ["{{n}}"]}),
                json!({"type": "text", "text": "Ana", "mentions": ["Ana"]}),
            ),
            (
                json!({"type": "document", "media": {"id": "00000000-0000-0000-0000-000000000001",
                    "file_name": "{{n}}.pdf"}, "caption": "For {{n}}"}),
                json!({"type": "document", "media": {"id": "00000000-0000-0000-0000-000000000001",
                    "file_name": "Ana.pdf"}, "caption": "For Ana"}),
            ),
            (
                json!({"type": "poll", "question": "{{n}}?", "options": ["{{n}}", "b"]}),
                json!({"type": "poll", "question": "Ana?", "options": ["Ana", "b"]}),
            ),
            (
                json!({"type": "contact", "contacts": [{"name": "{{n}}", "phone_number": "1"}]}),
                json!({"type": "contact", "contacts": [{"name": "Ana", "phone_number": "1"}]}),
            ),
            (
                json!({"type": "location", "latitude": 1.0, "longitude": 2.0, "name": "{{n}}"}),
                json!({"type": "location", "latitude": 1.0, "longitude": 2.0, "name": "Ana"}),
            ),
        ] {
            let pattern = Pattern::new(content(given)).unwrap();
            assert_eq!(pattern.fill(&ana), Ok(content(filled)));
            assert!(pattern.fill(&BTreeMap::new()).unwrap_err().contains(&"n"));
        }
    }

    #[test]
    fn what_belongs_to_one_chat_is_refused_with_its_field() {
        for (given, field) in [
            (json!({"type": "delete", "message": {"id": "A"}}), "type"),
            (
                json!({"type": "text", "text": "a", "reply_to": {"id": "A"}}),
                "reply_to",
            ),
            (json!({"type": "text", "text": "{{"}), "text"),
        ] {
            assert_eq!(Pattern::new(content(given)).unwrap_err().field, field);
        }
    }
}
