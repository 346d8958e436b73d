//! One client's connection, from handshake to goodbye: one task.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::delivery::Delivery;
use super::frames::FrameSocket;
use super::noise::{self, Accepted, NoiseError};
use super::stream::{Ended, Input, Stream};
use crate::faults::failure;
use crate::stanza::login::{self, Caller};
use crate::stanza::pairing::Offer;
use crate::stanza::pairing_code::Entry;
use crate::stanza::registration::Registration;
use crate::stanza::{self, Next, Session, presence};
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::{Device, Link};

/// A client that has not shaken hands by then is gone.
const HANDSHAKE: Duration = Duration::from_secs(30);
const COMMANDS: usize = 32;

/// What others want a connection to do.
#[derive(Clone)]
pub enum Command {
    Send(Node),
    /// Send this, then close.
    End(Node),
    Close,
    Pair(Offer),
    EnterCode(Entry),
    /// The account to be linked has a passkey: the client must prove itself with it.
    AskPasskey(Arc<Account>),
    /// A trouble began or ended: look again.
    Recheck,
}

/// Serves a client, which reached the simulator at `host`, until it goes away.
pub async fn serve(network: Arc<Network>, socket: WebSocket, host: String) {
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let id = network.connected(commands.clone());
    let outcome = run(&network, id, (socket, host), commands, inbox).await;
    network.pairing.leave(id);
    network.disconnected(id);
    if let Err(ended) = outcome {
        tracing::debug!(connection.id = id, reason = %ended, "a connection ended");
    }
}

async fn run(
    network: &Arc<Network>,
    id: u64,
    (socket, host): (WebSocket, String),
    commands: mpsc::Sender<Command>,
    inbox: mpsc::Receiver<Command>,
) -> Result<(), Ended> {
    let (socket, accepted) = timeout(HANDSHAKE, async {
        let (mut socket, intro) = FrameSocket::open(socket).await?;
        network.stats.handshakes.began();
        let accepted = noise::accept(&mut socket, intro, &network.certificates).await?;
        Ok::<_, NoiseError>((socket, accepted))
    })
    .await
    .map_err(|_| Ended::HandshakeTimeout)??;
    let Accepted {
        transport,
        payload,
        client_static,
    } = accepted;
    let caller = Caller::of(&payload).ok_or(Ended::BadLogin)?;
    let mut stream = Stream {
        network: Arc::clone(network),
        socket,
        transport,
        inbox,
        number: caller.number().cloned(),
        host,
    };
    stream.wait_while_deaf().await?;
    if let Some(failure) = network.faults.refuse_login(caller.number()) {
        return stream.end(failure).await;
    }
    match caller {
        Caller::Stranger => {
            let registration = Registration::new(client_static, &payload, id, commands);
            register(stream, registration).await
        }
        Caller::Device { number, device } => {
            match login::admit(network, &number, device, &client_static) {
                Some((account, device)) => {
                    network.stats.logins.up();
                    let link = Link {
                        connection: id,
                        commands,
                    };
                    if let Some(replaced) = device.attach(link) {
                        let _ = replaced
                            .commands
                            .try_send(Command::End(conflict("replaced")));
                    }
                    network.stats.clients.up();
                    let outcome = attend(stream, Arc::clone(&account), &device).await;
                    network.stats.clients.down();
                    device.detach(id);
                    if device.link().is_none() {
                        presence::set(network, &account, device.address.device, false);
                    }
                    outcome
                }
                // Unknown or unlinked.
                None => stream.end(failure(401)).await,
            }
        }
    }
}

/// The two ways a stream ends for good: another place took over, or the person unlinked it.
pub fn conflict(kind: &'static str) -> Node {
    let conflict = NodeBuilder::new("conflict").attr("type", kind).build();
    let builder = NodeBuilder::new("stream:error");
    let builder = if kind == "device_removed" {
        builder.attr("code", "401")
    } else {
        builder
    };
    builder.children([conflict]).build()
}

async fn register(mut stream: Stream, mut registration: Registration) -> Result<(), Ended> {
    let network = Arc::clone(&stream.network);
    let invitation = registration.invite(&network);
    stream.send(&invitation).await?;
    loop {
        match stream.next(None).await? {
            Input::Stanza(node) => {
                let (replies, close) = registration.handle(&network, &node);
                network.store.durable().await?;
                for reply in &replies {
                    stream.send(reply).await?;
                }
                if close {
                    stream.socket.close().await;
                    return Ok(());
                }
            }
            Input::Command(Command::Pair(offer)) => {
                let success = registration.offer(&network, offer);
                stream.send(&success).await?;
            }
            Input::Command(Command::EnterCode(entry)) => {
                let hello = registration.enter_code(&network, entry);
                stream.send(&hello).await?;
            }
            Input::Command(Command::AskPasskey(account)) => {
                let request = registration.ask_passkey(&network, &account);
                stream.send(&request).await?;
            }
            Input::Command(Command::Send(node)) => stream.send(&node).await?,
            Input::Command(Command::End(node)) => return stream.end(node).await,
            Input::Command(Command::Close) => {
                stream.socket.close().await;
                return Ok(());
            }
            Input::Command(Command::Recheck) | Input::Wake => stream.wait_while_deaf().await?,
        }
    }
}

async fn attend(
    mut stream: Stream,
    account: Arc<Account>,
    device: &Arc<Device>,
) -> Result<(), Ended> {
    let network = Arc::clone(&stream.network);
    stream.send(&login::success(&account, device)).await?;
    let mut delivery = Delivery::new();
    loop {
        let listening = delivery.is_live().then_some(device);
        let due = delivery.resume_at();
        let input = tokio::select! {
            input = stream.next(listening) => input?,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                delivery.resume(&mut stream, device).await?;
                continue;
            }
        };
        match input {
            Input::Stanza(node) => {
                let mut session = Session {
                    network: &network,
                    account: &account,
                    device,
                    host: &stream.host,
                    replies: Vec::new(),
                    next: Next::Continue,
                };
                stanza::handle(&mut session, &node);
                let Session { replies, next, .. } = session;
                // An acknowledgement must not leave before what it promises is kept.
                network.store.durable().await?;
                for reply in &replies {
                    stream.send(reply).await?;
                }
                match next {
                    Next::Continue => {}
                    Next::Activate => delivery.activate(&mut stream, device).await?,
                    Next::Resume => delivery.resume(&mut stream, device).await?,
                    Next::Close => return stream.end(conflict("device_removed")).await,
                }
            }
            Input::Wake => delivery.flush(&mut stream, device).await?,
            Input::Command(Command::Send(node)) => stream.send(&node).await?,
            Input::Command(Command::End(node)) => return stream.end(node).await,
            Input::Command(Command::Close) => {
                stream.socket.close().await;
                return Ok(());
            }
            Input::Command(Command::Recheck) => {
                stream.wait_while_deaf().await?;
                device.wake.notify_one();
            }
            Input::Command(Command::Pair(_) | Command::EnterCode(_) | Command::AskPasskey(_)) => {}
        }
    }
}
