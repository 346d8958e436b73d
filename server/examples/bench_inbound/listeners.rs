//! Pages and programs that listen, and when each heard of a message.

use crate::bench::{server::Server, socket::Socket};
use anyhow::{Context as _, Result};
use futures::{StreamExt, TryStreamExt, stream};
use std::time::Instant;
use tokio::{sync::mpsc::UnboundedSender, task::JoinSet};

const OPENED_AT_ONCE: usize = 16;
const RECEIVED: &str = r#"42["message:received""#;

/// A message, by its number, that somebody heard of.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub n: usize,
    pub at: Instant,
}

/// The number of the message whose text begins with the word, somewhere in JSON.
pub fn number(json: &str, what: &str) -> Option<usize> {
    let (_, rest) = json.split_once(&format!(r#""text":"{what} "#))?;
    rest.split('"').next()?.parse().ok()
}

/// Sockets that are closed when this is dropped.
pub struct Listeners(JoinSet<()>);

impl Listeners {
    /// Opens so many, shared out among the people who have the sessions.
    pub async fn open(
        server: &Server,
        people: usize,
        sockets: usize,
        what: &'static str,
        heard: &UnboundedSender<Heard>,
    ) -> Result<Self> {
        let opened =
            stream::iter(0..sockets).map(|n| Socket::open(server.url(), server.key(n % people)));
        let opened: Vec<Socket> = opened
            .buffer_unordered(OPENED_AT_ONCE)
            .try_collect()
            .await
            .context("opening sockets")?;
        let mut listeners = JoinSet::new();
        for mut socket in opened {
            let heard = heard.clone();
            listeners.spawn(async move {
                while let Ok(Some((at, message))) = socket.hear().await {
                    let text = message.as_text().unwrap_or_default();
                    if text.starts_with(RECEIVED)
                        && let Some(n) = number(text, what)
                        && heard.send(Heard { n, at }).is_err()
                    {
                        return;
                    }
                }
            });
        }
        Ok(Self(listeners))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_the_number_in_its_text() {
        let packet = r#"42["message:received",{"type":"text","text":"Steady 17","seq":4}]"#;
        assert_eq!(number(packet, "Steady"), Some(17));
        assert_eq!(number(packet, "Hello"), None);
    }
}
