//! The encrypted stream of stanzas of one connection, with the troubles ordered for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};
use wacore_binary::Node;

use super::connection::Command;
use super::frames::{FrameError, FrameSocket};
use super::noise::{NoiseError, Transport};
use crate::number::PhoneNumber;
use crate::state::Network;
use crate::state::device::Device;
use crate::state::persist::StoreError;

/// A client that takes longer to read is dead.
const WRITE: Duration = Duration::from_secs(30);

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error(transparent)]
    Noise(#[from] NoiseError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the client does not read")]
    Stuck,
    #[error("the client was slow to shake hands")]
    HandshakeTimeout,
    #[error("the client's login makes no sense")]
    BadLogin,
}

/// What a connection has to deal with next.
pub enum Input {
    Stanza(Node),
    Command(Command),
    Wake,
}

pub struct Stream {
    pub network: Arc<Network>,
    pub socket: FrameSocket,
    pub transport: Transport,
    pub inbox: mpsc::Receiver<Command>,
    /// Whose connection it is; none before a client is linked.
    pub number: Option<PhoneNumber>,
    /// Where the client found the simulator.
    pub host: String,
}

impl Stream {
    /// The next thing to do; a device's queue counts only when it is given.
    pub async fn next(&mut self, device: Option<&Arc<Device>>) -> Result<Input, Ended> {
        loop {
            let wake = async {
                match device {
                    Some(device) => device.wake.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                command = self.inbox.recv() => {
                    // The network holds a sender as long as the connection lives.
                    return Ok(Input::Command(command.unwrap_or(Command::Close)));
                }
                frame = self.socket.next() => {
                    let node = self.transport.open(frame?)?;
                    self.network.stats.stanzas_in.up();
                    if self.is_deaf() {
                        continue;
                    }
                    tracing::trace!(stanza = ?node, "in");
                    self.pause().await;
                    return Ok(Input::Stanza(node));
                }
                () = wake => {
                    self.pause().await;
                    return Ok(Input::Wake);
                }
            }
        }
    }

    pub async fn send(&mut self, node: &Node) -> Result<(), Ended> {
        self.wait_while_deaf().await?;
        tracing::trace!(stanza = ?node, "out");
        let sealed = self.transport.seal(node)?;
        timeout(WRITE, self.socket.send(&sealed))
            .await
            .map_err(|_| Ended::Stuck)??;
        self.network.stats.stanzas_out.up();
        Ok(())
    }

    pub async fn end(mut self, last: Node) -> Result<(), Ended> {
        let sent = self.send(&last).await;
        self.socket.close().await;
        sent
    }

    async fn pause(&mut self) {
        let latency = self.network.faults.latency(self.number.as_ref());
        if !latency.is_zero() {
            sleep(latency).await;
        }
    }

    fn is_deaf(&self) -> bool {
        self.network
            .faults
            .deaf_until(self.number.as_ref())
            .is_some()
    }

    /// While the server is deaf, what comes in is lost; only a command to end is obeyed.
    pub async fn wait_while_deaf(&mut self) -> Result<(), Ended> {
        while let Some(until) = self.network.faults.deaf_until(self.number.as_ref()) {
            tokio::select! {
                () = sleep_until(until) => {}
                frame = self.socket.next() => {
                    // Decrypted all the same: the cipher counts frames.
                    self.transport.open(frame?)?;
                    self.network.stats.stanzas_in.up();
                }
                command = self.inbox.recv() => {
                    if let None | Some(Command::Close | Command::End(_)) = command {
                        return Err(FrameError::Closed.into());
                    }
                }
            }
        }
        Ok(())
    }
}
