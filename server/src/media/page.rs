//! What a page says of itself, for those who show a link to it.

use encoding_rs::{Encoding, UTF_8};
use html5ever::tokenizer::{
    BufferQueue, EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
    states::RawKind::{Rawtext, Rcdata, ScriptData},
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::{Duration, Instant},
};
use url::Url;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub title: Option<String>,
    pub description: Option<String>,
    pub picture: Option<Url>,
}

const TITLE_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 400;
/// A page in another encoding says so within its first bytes.
const DECLARED_WITHIN: usize = 1_024;
/// A page is read for milliseconds, unless it was made to be slow.
const READ_WITHIN: Duration = Duration::from_millis(500);
const CHUNK: usize = 8 * 1_024;

/// Reads a page, or the beginning of one. Its addresses are relative to `url`.
#[must_use]
pub fn read(bytes: &[u8], content_type: &str, url: &Url) -> Page {
    let (text, _, _) = encoding(bytes, content_type).decode(bytes);
    let head = head(&text);
    let said = |names: &[&str]| {
        let said = head.said.borrow();
        names.iter().find_map(|name| said.get(*name).cloned())
    };
    let own_title = || Some(head.title.borrow().clone());
    Page {
        title: said(&["og:title", "twitter:title"])
            .or_else(own_title)
            .and_then(|title| short(&title, TITLE_MAX)),
        description: said(&["og:description", "twitter:description", "description"])
            .and_then(|text| short(&text, DESCRIPTION_MAX)),
        picture: said(&["og:image:secure_url", "og:image", "twitter:image"])
            .and_then(|address| url.join(address.trim()).ok()),
    }
}

/// Tag by tag: a tree of what somebody else wrote may be as deep as they like.
fn head(text: &str) -> Head {
    let until = Instant::now() + READ_WITHIN;
    let reader = Tokenizer::new(Head::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut rest = text;
    while !rest.is_empty() && !reader.sink.is_over.get() && Instant::now() < until {
        let (chunk, behind) = rest.split_at(rest.floor_char_boundary(CHUNK));
        input.push_back(chunk.into());
        let _ = reader.feed(&input);
        rest = behind;
    }
    reader.sink
}

/// What the head of a page said so far.
#[derive(Default)]
struct Head {
    title: RefCell<String>,
    in_title: Cell<bool>,
    /// By name; what is said first counts.
    said: RefCell<HashMap<String, String>>,
    is_over: Cell<bool>,
}

impl Head {
    fn meta(&self, tag: &Tag) {
        let value = |name: &str| {
            let named = |it: &&html5ever::Attribute| &*it.name.local == name;
            let found = tag.attrs.iter().find(named)?;
            Some(found.value.to_string())
        };
        let (Some(name), Some(content)) = (
            value("property").or_else(|| value("name")),
            value("content"),
        ) else {
            return;
        };
        if !content.trim().is_empty() {
            self.said.borrow_mut().entry(name).or_insert(content);
        }
    }
}

impl TokenSink for Head {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) if self.in_title.get() => {
                self.title.borrow_mut().push_str(&text);
            }
            Token::TagToken(tag) => match (tag.kind, &*tag.name) {
                (StartTag, "meta") => self.meta(&tag),
                (StartTag, "title") => {
                    self.in_title.set(self.title.borrow().is_empty());
                    return TokenSinkResult::RawData(Rcdata);
                }
                (EndTag, "title") => self.in_title.set(false),
                (StartTag, "script") => return TokenSinkResult::RawData(ScriptData),
                (StartTag, "style" | "noscript") => return TokenSinkResult::RawData(Rawtext),
                (StartTag, "body") | (EndTag, "head") => self.is_over.set(true),
                _ => {}
            },
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn encoding(bytes: &[u8], content_type: &str) -> &'static Encoding {
    let start = &bytes[..bytes.len().min(DECLARED_WITHIN)];
    let declared = String::from_utf8_lossy(start);
    charset(content_type)
        .or_else(|| charset(&declared))
        .unwrap_or(UTF_8)
}

fn charset(text: &str) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let (_, after) = text.split_once("charset=")?;
    let label = after
        .trim_start_matches(['"', '\''])
        .split(['"', '\'', ';', '>', '/', ' '])
        .next()?;
    Encoding::for_label(label.as_bytes())
}

/// On one line, cut at a character.
fn short(text: &str, max: usize) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(max).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://example.com/a/b".parse().unwrap()
    }

    #[test]
    fn a_page_is_told_by_its_open_graph_tags_and_else_by_its_own() {
        let page = read(
            br#"<!doctype html><html><head><title>Own</title>
            <meta name="description" content="Own words">
            <meta property="og:title" content="Fish &amp; Chips">
            <meta property="og:description" content="  Two
            lines ">
            <meta property="og:image" content="/c.png"></head></html>"#,
            "text/html",
            &url(),
        );
        assert_eq!(page.title.as_deref(), Some("Fish & Chips"));
        assert_eq!(page.description.as_deref(), Some("Two lines"));
        assert_eq!(page.picture.unwrap().as_str(), "https://example.com/c.png");

        let page = read(
            b"<title> Own\n title</title><meta name=description content='Own words'>",
            "text/html",
            &url(),
        );
        assert_eq!(page.title.as_deref(), Some("Own title"));
        assert_eq!(page.description.as_deref(), Some("Own words"));
        assert_eq!(page.picture, None);
        assert_eq!(read(b"", "text/html", &url()), Page::default());
    }

    #[test]
    fn a_page_is_read_in_the_encoding_it_declares() {
        let latin = b"<meta charset=iso-8859-1><title>Caf\xe9</title>";
        assert_eq!(read(latin, "text/html", &url()).title.unwrap(), "Café");
        let latin = b"<title>Caf\xe9</title>";
        let title = read(latin, "text/html; charset=\"windows-1252\"", &url()).title;
        assert_eq!(title.unwrap(), "Café");
        let utf8 = "<title>Café</title>".as_bytes();
        assert_eq!(read(utf8, "text/html", &url()).title.unwrap(), "Café");
    }

    #[test]
    fn a_page_cut_off_or_nested_without_end_is_read_all_the_same() {
        let cut = b"<head><meta property='og:title' content='Here'><meta property='og:des";
        assert_eq!(read(cut, "", &url()).title.unwrap(), "Here");
        for slow in [
            b"<div>".repeat(100_000),
            [b"<a ".to_vec(), b"b c d ".repeat(80_000)].concat(),
        ] {
            let page = [b"<title>Deep</title>".to_vec(), slow].concat();
            assert_eq!(read(&page, "", &url()).title.unwrap(), "Deep");
        }
        let script = b"<script>'<meta property=og:title content=No>'</script><title>Yes</title>";
        assert_eq!(read(script, "", &url()).title.unwrap(), "Yes");
    }
}
