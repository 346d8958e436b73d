//! The same content to the same recipient again, within a time: refused.

mod store;

use super::{Error, model::Message};
use crate::platform::db::Conn;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use whahook_contract::message::{Content, Kind};

/// Refuse a message that says the same to the same recipient as one of the last
/// `window_s` seconds; 0: none is refused. The account's row is locked, so that
/// of two at once one is first.
///
/// # Errors
/// It is a duplicate, or the database failed.
pub async fn refuse(conn: &mut Conn, message: &Message, window_s: u32) -> Result<(), Error> {
    if window_s == 0 {
        return Ok(());
    }
    let since = message.queued_at - TimeDelta::seconds(window_s.into());
    let hash = hash(&message.content)?;
    match store::find(conn, message.account, &message.to, &hash, since).await? {
        Some(first) => Err(Error::Duplicate(first)),
        None => Ok(()),
    }
}

/// Note what an accepted message says.
///
/// # Errors
/// The database failed.
pub async fn note(conn: &mut Conn, message: &Message, window_s: u32) -> Result<(), Error> {
    if window_s > 0 {
        store::note(conn, message.id, &hash(&message.content)?).await?;
    }
    Ok(())
}

/// Of everything a message says. A file is what its bytes are, wherever they
/// came from.
fn hash(content: &Content) -> sqlx::Result<String> {
    let mut said = content.clone();
    if let Some(media) = said.kind.media_mut()
        && media.sha256.is_some()
    {
        media.id = None;
        media.url = None;
    }
    if let Kind::Poll(poll) = &mut said.kind {
        poll.secret = None;
    }
    let text = serde_json::to_vec(&said).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(hex::encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::message::Media;

    #[test]
    fn the_same_file_is_the_same_wherever_it_came_from() {
        let image = |url: &str, sha256: &str| {
            let mut content = Content::text(String::new());
            content.kind = Kind::Image {
                media: Media {
                    url: Some(url.to_owned()),
                    sha256: Some(sha256.to_owned()),
                    ..Media::default()
                },
                caption: None,
            };
            hash(&content).unwrap()
        };
        assert_eq!(image("https://a", "1"), image("https://b", "1"));
        assert_ne!(image("https://a", "1"), image("https://a", "2"));
        let text = |text: &str| hash(&Content::text(text.to_owned())).unwrap();
        assert_ne!(text("hello"), text("Hello"));
    }
}
