//! Files that are somewhere on the web.

use super::{
    Error, Library,
    model::{self, File},
};
use crate::platform::fetch;
use percent_encoding::percent_decode_str;
use std::time::Duration;
use url::Url;
use whahook_contract::{ids::UserId, message::ContentType};

/// Whoever asks waits for it, and at most 30 s for everything.
const WITHIN: Duration = Duration::from_secs(25);

impl Library {
    pub(super) async fn fetch(
        &self,
        user: UserId,
        kind: ContentType,
        url: &str,
    ) -> Result<File, Error> {
        let limit = model::limit(kind).min(self.settings.max_bytes);
        let mut body = self
            .fetcher
            .get(url, "*/*", WITHIN)
            .await
            .map_err(|error| wrong(&error))?;
        if body.length().is_some_and(|length| length > limit) {
            return Err(wrong(&fetch::Error::TooLarge(limit)));
        }
        let mut incoming = self.receive_at_most(user, limit).await?;
        while let Some(chunk) = body.chunk().await.map_err(|error| wrong(&error))? {
            incoming.write(&chunk).await.map_err(|error| match error {
                Error::TooLarge { limit } => wrong(&fetch::Error::TooLarge(limit)),
                other => other,
            })?;
        }
        let name = url.parse().ok().and_then(|url| name_of(&url));
        let whole = incoming.finish().await?;
        let kept = self.admit(user, whole, name.as_deref(), Some(kind)).await;
        kept.map_err(|error| error.about("media.url"))
    }
}

fn wrong(error: &fetch::Error) -> Error {
    Error::invalid("media.url", format!("`media.url` {error}."))
}

/// What the address calls the file, if it looks like a file's name.
fn name_of(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    let name = percent_decode_str(last).decode_utf8().ok()?;
    name.contains('.').then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_name_its_file() {
        for (url, name) in [
            (
                "https://example.com/a/rechnung%20M%C3%A4rz.pdf?x=1",
                Some("rechnung März.pdf"),
            ),
            ("https://example.com/download", None),
            ("https://example.com/", None),
        ] {
            assert_eq!(name_of(&url.parse().unwrap()).as_deref(), name, "{url}");
        }
    }
}
