//! As much of Socket.IO as a page needs to hear of its sessions.

use super::subject::{Mouth, Told, What};
use anyhow::{Context as _, Result, bail};
use futures::{SinkExt, StreamExt};
use parking_lot::RwLock;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Instant};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PING: &str = "2";
const PONG: &str = "3";

/// Which session belongs to which account.
pub type Sessions = Arc<RwLock<HashMap<String, usize>>>;

/// Listens with an API key until the server goes away.
pub async fn listen(
    url: &str,
    key: &str,
    sessions: Sessions,
    mouth: Mouth,
) -> Result<JoinHandle<()>> {
    let url = url.replacen("http", "ws", 1);
    let uri = format!("{url}/socket.io/?EIO=4&transport=websocket").parse()?;
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await?;
    expect(&mut socket, "0").await?;
    let hello = format!("40{}", json!({ "token": key }));
    socket.send(Message::text(hello)).await?;
    expect(&mut socket, "40").await?;
    Ok(tokio::spawn(async move {
        // It ends with the server, which is killed in the middle.
        let _ = hear(socket, &sessions, &mouth).await;
    }))
}

async fn expect(socket: &mut Socket, packet: &str) -> Result<()> {
    loop {
        let message = socket.next().await.context("the socket was closed")??;
        match message.as_text().unwrap_or_default() {
            PING => socket.send(Message::text(PONG)).await?,
            text if text.starts_with(packet) => return Ok(()),
            text => bail!("{packet} expected, not {text}"),
        }
    }
}

async fn hear(mut socket: Socket, sessions: &Sessions, mouth: &Mouth) -> Result<()> {
    while let Some(message) = socket.next().await {
        let message = message?;
        let at = Instant::now();
        let Some(text) = message.as_text() else {
            continue;
        };
        if text == PING {
            socket.send(Message::text(PONG)).await?;
            continue;
        }
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
