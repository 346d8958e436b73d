//! Pictures of people and groups.

use super::names::known;
use crate::{
    client::people::contact_error,
    port::{Author, Body, Chat, Incoming, LinkError, Picture},
};
use std::io::Read;
use tokio::task::spawn_blocking;
use whatsapp_rust::{
    Client, Jid, anyhow,
    http::{HttpClient, HttpRequest},
    types::events::PictureUpdate,
    wacore_binary::JidExt,
};

/// WhatsApp's have a tenth of it.
const LARGEST: u64 = 5 << 20;
const OK: u16 = 200;

pub async fn changed(client: &Client, update: &PictureUpdate) -> Incoming {
    let whose = &update.jid;
    let chat = if whose.is_group() {
        Chat::Group(whose.to_non_ad().to_string())
    } else {
        Chat::Person(known(client, &[Some(whose)]).await)
    };
    Incoming {
        id: String::new(),
        chat,
        author: Author::default(),
        at: update.timestamp.into(),
        body: Body::Picture(update.picture_id.clone().filter(|_| !update.removed)),
        quote: None,
        mentions: Vec::new(),
    }
}

/// The picture of a person or a group, unless it is the known one.
pub async fn picture(
    client: &Client,
    whose: &Jid,
    known: Option<&str>,
) -> Result<Option<Picture>, LinkError> {
    let found = client.contacts().get_profile_picture(whose, false).await;
    let Some(found) = found.map_err(|error| contact_error(&error))? else {
        return Ok(None);
    };
    let id = found.id;
    if known == Some(id.as_str()) {
        return Ok(Some(Picture { id, bytes: None }));
    }
    let http = client.http_client.clone();
    let fetched = spawn_blocking(move || fetch(&*http, &found.url)).await;
    let failed = |error: String| LinkError::NotNow(error);
    let bytes = fetched
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))?;
    let bytes = Some(bytes);
    Ok(Some(Picture { id, bytes }))
}

fn fetch(http: &dyn HttpClient, url: &str) -> anyhow::Result<Vec<u8>> {
    let answer = http.execute_streaming(HttpRequest::get(url))?;
    if answer.status_code != OK {
        anyhow::bail!("HTTP {}", answer.status_code);
    }
    let mut bytes = Vec::new();
    answer.body.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        anyhow::bail!("the picture is larger than {LARGEST} bytes");
    }
    Ok(bytes)
}
