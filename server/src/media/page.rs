//! What a page says of itself, for those who show a link to it.

use encoding_rs::{Encoding, UTF_8};
use scraper::{Html, Selector};
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

/// Reads a page, or the beginning of one. Its addresses are relative to `url`.
#[must_use]
pub fn read(bytes: &[u8], content_type: &str, url: &Url) -> Page {
    let (text, _, _) = encoding(bytes, content_type).decode(bytes);
    let html = Html::parse_document(&text);
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| {
            let by = format!(r#"meta[property="{name}"], meta[name="{name}"]"#);
            let selector = Selector::parse(&by).ok()?;
            html.select(&selector)
                .find_map(|meta| meta.value().attr("content"))
                .filter(|content| !content.trim().is_empty())
        })
    };
    let title = meta(&["og:title", "twitter:title"])
        .map(ToOwned::to_owned)
        .or_else(|| {
            let selector = Selector::parse("title").ok()?;
            Some(html.select(&selector).next()?.text().collect())
        });
    Page {
        title: title.and_then(|title| short(&title, TITLE_MAX)),
        description: meta(&["og:description", "twitter:description", "description"])
            .and_then(|text| short(text, DESCRIPTION_MAX)),
        picture: meta(&["og:image:secure_url", "og:image", "twitter:image"])
            .and_then(|address| url.join(address.trim()).ok()),
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
        let deep = [b"<title>Deep</title>".to_vec(), b"<div>".repeat(100_000)].concat();
        assert_eq!(read(&deep, "", &url()).title.unwrap(), "Deep");
    }
}
