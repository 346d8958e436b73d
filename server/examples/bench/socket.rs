//! As much of Socket.IO as a page needs to hear of its sessions.

use super::subject::{Mouth, Told, What};
use anyhow::{Context as _, Result, bail};
use futures::{SinkExt, StreamExt};
use parking_lot::RwLock;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Instant};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

const PING: &str = "2";
const PONG: &str = "3";

/// Which session belongs to which account.
pub type Sessions = Arc<RwLock<HashMap<String, usize>>>;

/// A connection that was let in.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn open(url: &str, key: &str) -> Result<Self> {
        let url = url.replacen("http", "ws", 1);
        let uri = format!("{url}/socket.io/?EIO=4&transport=websocket").parse()?;
        let (socket, _) = ClientBuilder::from_uri(uri).connect().await?;
        let mut socket = Self(socket);
        socket.expect("0").await?;
        let hello = format!("40{}", json!({ "token": key }));
        socket.0.send(Message::text(hello)).await?;
        socket.expect("40").await?;
        Ok(socket)
    }

    async fn expect(&mut self, packet: &str) -> Result<()> {
        let (_, message) = self.hear().await?.context("the socket was closed")?;
        match message.as_text() {
            Some(text) if text.starts_with(packet) => Ok(()),
            other => bail!("{packet} expected, not {other:?}"),
        }
    }

    /// The next packet, and when it came. `None`: the server went away.
    pub async fn hear(&mut self) -> Result<Option<(Instant, Message)>> {
        while let Some(message) = self.0.next().await {
            let (message, at) = (message?, Instant::now());
            match message.as_text() {
                Some(PING) => self.0.send(Message::text(PONG)).await?,
                Some(_) => return Ok(Some((at, message))),
                None => {}
            }
        }
        Ok(None)
    }
}

/// Listens with an API key until the server goes away.
pub async fn listen(
    url: &str,
    key: &str,
    sessions: Sessions,
    mouth: Mouth,
) -> Result<JoinHandle<()>> {
    let socket = Socket::open(url, key).await?;
    Ok(tokio::spawn(async move {
        // It ends with the server, which is killed in the middle.
        let _ = hear(socket, &sessions, &mouth).await;
    }))
}

async fn hear(mut socket: Socket, sessions: &Sessions, mouth: &Mouth) -> Result<()> {
    while let Some((at, message)) = socket.hear().await? {
        let text = message.as_text().unwrap_or_default();
        let what = if text.starts_with(r#"42["whatsapp:qr""#) {
            What::Qr(String::new())
        } else if text.starts_with(r#"42["whatsapp:ready""#) {
            What::Ready
        } else {
            continue;
        };
        let (_, payload): (String, Value) = serde_json::from_str(&text[2..])?;
        let id = payload["sessionId"].as_str().context("no sessionId")?;
        let (_, account) = id.rsplit_once("_wa_").context("an odd sessionId")?;
        let Some(session) = sessions.read().get(account).copied() else {
            bail!("a stranger's event");
        };
        let what = match what {
            What::Qr(_) => What::Qr(payload["qr"].as_str().unwrap_or_default().to_owned()),
            What::Ready => What::Ready,
        };
        if mouth.send(Told { session, at, what }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
