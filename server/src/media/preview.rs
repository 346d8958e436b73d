//! What is shown of a link in a text.

use super::{
    Error, Library, look,
    page::{self, Page},
    store,
};
use crate::{input, platform::fetch};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;
use whahook_contract::{
    ids::UserId,
    message::{ContentType, LinkPreview},
};
use whahook_whatsapp::port;

/// Whoever asks waits for it.
const WITHIN: Duration = Duration::from_secs(5);
/// What a page says of itself stands at its beginning.
const PAGE_MAX: usize = 512 * 1024;
const PICTURE_MAX: u64 = 2 << 20;
const TITLE_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 400;

impl Library {
    /// Find out what is shown of a link in a text. `None` is left where the page
    /// does not tell.
    ///
    /// # Errors
    /// `link_preview` is wrong, or the volume or the database failed.
    pub async fn prepare_preview(
        &self,
        user: UserId,
        text: &str,
        preview: &mut Option<LinkPreview>,
    ) -> Result<(), Error> {
        let Some(wanted) = preview else {
            return Ok(());
        };
        let url = match &wanted.url {
            Some(url) => in_text(text, url)?.to_owned(),
            None => first_link(text)
                .ok_or_else(|| {
                    Error::invalid(
                        "link_preview",
                        "`link_preview` needs a link in `text`, such as https://example.com.",
                    )
                })?
                .to_owned(),
        };
        line("link_preview.title", wanted.title.as_deref(), TITLE_MAX)?;
        line(
            "link_preview.description",
            wanted.description.as_deref(),
            DESCRIPTION_MAX,
        )?;
        if let Some(id) = wanted.thumbnail {
            let file = match self.find(user, id).await {
                Err(Error::NotFound(_)) => return Err(Error::not_yours("link_preview.thumbnail")),
                found => found?,
            };
            if file.fits(ContentType::Image).is_err() {
                return Err(Error::invalid(
                    "link_preview.thumbnail",
                    "`link_preview.thumbnail` must be a JPEG or PNG.",
                ));
            }
        }
        let address = with_scheme(&url);
        if wanted.title.is_none() || wanted.thumbnail.is_none() {
            match timeout(WITHIN, self.ask(user, &address, wanted)).await {
                Ok(Ok(())) => {}
                Ok(Err(Asked::Ours(error))) => return Err(error),
                Ok(Err(Asked::Page)) | Err(_) => {}
            }
        }
        wanted.url = Some(url);
        if wanted.title.is_none() {
            *preview = None;
        }
        Ok(())
    }

    /// Fills in what is absent, as far as the page tells it.
    async fn ask(
        &self,
        user: UserId,
        address: &str,
        wanted: &mut LinkPreview,
    ) -> Result<(), Asked> {
        let page = self.page(address).await?;
        wanted.title = wanted.title.take().or(page.title);
        wanted.description = wanted.description.take().or(page.description);
        if wanted.title.is_none() || wanted.thumbnail.is_some() {
            return Ok(());
        }
        let Some(picture) = page.picture else {
            return Ok(());
        };
        let body = self
            .fetcher
            .get(picture.as_str(), "image/*", WITHIN)
            .await?;
        let picture = body.bytes(PICTURE_MAX).await?;
        let Ok(Some(small)) = self.in_turn(move || look::small(&picture)).await else {
            return Ok(());
        };
        let mut incoming = self.begin(PICTURE_MAX).await.map_err(Asked::Ours)?;
        let kept = async {
            incoming.write(&small).await?;
            let whole = incoming.finish().await?;
            self.admit(user, whole, None, Some(ContentType::Image))
                .await
        };
        match kept.await {
            Ok(file) => wanted.thumbnail = Some(file.id),
            // The text goes without the picture.
            Err(Error::QuotaExceeded { .. }) => {}
            Err(error) => return Err(Asked::Ours(error)),
        }
        Ok(())
    }

    async fn page(&self, address: &str) -> Result<Page, Asked> {
        let body = self.fetcher.get(address, "text/html", WITHIN).await?;
        let content_type = body.header("content-type").unwrap_or_default().to_owned();
        if !content_type.is_empty() && !content_type.contains("html") {
            return Err(Asked::Page);
        }
        let url = body.url().clone();
        let bytes = body.beginning(PAGE_MAX).await?;
        let read = super::shelf::blocking(move || Ok(page::read(&bytes, &content_type, &url)));
        read.await.map_err(|_| Asked::Page)
    }

    /// What is shown of a link, as the link sends it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn outgoing_preview(&self, preview: &LinkPreview) -> Result<port::Preview, Error> {
        let thumbnail = match preview.thumbnail {
            Some(id) => store::find(&mut *self.db.read().await?, id)
                .await?
                .and_then(|file| file.thumbnail),
            None => None,
        };
        Ok(port::Preview {
            url: preview.url.clone().unwrap_or_default(),
            title: preview.title.clone(),
            description: preview.description.clone(),
            thumbnail,
        })
    }
}

/// Why a page told nothing more.
enum Asked {
    /// It does not tell, which is nobody's fault.
    Page,
    Ours(Error),
}

impl From<fetch::Error> for Asked {
    fn from(_: fetch::Error) -> Self {
        Self::Page
    }
}

fn line(field: &'static str, text: Option<&str>, max: usize) -> Result<(), Error> {
    match text.map(|text| input::line(field, text, max)) {
        Some(Err(invalid)) => Err(Error::invalid(
            field,
            format!("`{field}` {}.", invalid.problem),
        )),
        _ => Ok(()),
    }
}

fn in_text<'a>(text: &str, url: &'a str) -> Result<&'a str, Error> {
    if url.trim().is_empty() || !text.contains(url) {
        return Err(Error::invalid(
            "link_preview.url",
            "`link_preview.url` must stand in `text` as it is.",
        ));
    }
    match with_scheme(url).parse::<Url>() {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(url),
        _ => Err(Error::invalid(
            "link_preview.url",
            "`link_preview.url` must be a link, such as https://example.com.",
        )),
    }
}

/// The first link of a text, without what ends the sentence.
fn first_link(text: &str) -> Option<&str> {
    text.split_whitespace().find_map(|word| {
        let start = word.find("https://").or_else(|| word.find("http://"))?;
        let link =
            word[start..].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'']);
        let url: Url = link.parse().ok()?;
        url.has_host().then_some(link)
    })
}

/// People write `example.com` and mean `https://example.com`.
fn with_scheme(url: &str) -> String {
    if url.starts_with("http://") || url.starts_with("https://") {
        url.to_owned()
    } else {
        format!("https://{url}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_ends_before_the_sentence_does() {
        for (text, link) in [
            (
                "See https://example.com/a?b=c.",
                Some("https://example.com/a?b=c"),
            ),
            ("(http://example.com)", Some("http://example.com")),
            (
                "*https://a.example*, https://b.example",
                Some("https://a.example*"),
            ),
            ("https:// is how links begin", None),
            ("no link", None),
        ] {
            assert_eq!(first_link(text), link, "{text}");
        }
    }
}
