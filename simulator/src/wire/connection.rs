//! One client's connection, from handshake to goodbye: one task.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::frames::{FrameError, FrameSocket};
use super::noise::{self, Accepted, NoiseError, Transport};
use crate::faults::failure;
use crate::number::PhoneNumber;
use crate::stanza::login::{self, Caller};
use crate::stanza::pairing::{Offer, Registration};
use crate::stanza::pairing_code::Entry;
use crate::stanza::{self, Next, Session};
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::{Device, Link};
use crate::state::persist::StoreError;

/// A client that has not shaken hands by then is gone.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// A client that takes longer to read is dead.
const WRITE: Duration = Duration::from_secs(30);
/// Queued stanzas written in one go.
const BATCH: usize = 64;
/// What a reconnecting client gets before it asks for the rest.
const PRIMER: usize = 5;
/// A client that never asks gets the rest anyway.
const PRIMER_PAUSE: Duration = Duration::from_secs(1);
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
    /// A trouble began or ended: look again.
    Recheck,
}

#[derive(Debug, thiserror::Error)]
enum Ended {
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

/// Serves a client until it goes away.
pub async fn serve(network: Arc<Network>, socket: WebSocket) {
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let id = network.connected(commands.clone());
    let outcome = run(&network, id, socket, commands, inbox).await;
    network.pairing.leave(id);
    network.disconnected(id);
    if let Err(ended) = outcome {
        tracing::debug!(connection.id = id, reason = %ended, "a connection ended");
    }
}

async fn run(
    network: &Arc<Network>,
    id: u64,
    socket: WebSocket,
    commands: mpsc::Sender<Command>,
    inbox: mpsc::Receiver<Command>,
) -> Result<(), Ended> {
    let (socket, accepted) = timeout(HANDSHAKE, async {
        let (mut socket, intro) = FrameSocket::open(socket).await?;
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
    let mut wire = Wire {
        network: Arc::clone(network),
        socket,
        transport,
        inbox,
        number: caller.number().cloned(),
    };
    wire.wait_while_deaf().await?;
    if let Some(failure) = network.faults.refuse_login(caller.number()) {
        return wire.end(failure).await;
    }
    match caller {
        Caller::Stranger => {
            let registration = Registration::new(client_static, &payload, id, commands);
            register(wire, registration).await
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
                    let outcome = attend(wire, account, &device).await;
                    device.detach(id);
                    outcome
                }
                // Unknown or unlinked.
                None => wire.end(failure(401)).await,
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

async fn register(mut wire: Wire, mut registration: Registration) -> Result<(), Ended> {
    let network = Arc::clone(&wire.network);
    let invitation = registration.invite(&network);
    wire.send(&invitation).await?;
    loop {
        match wire.next(None).await? {
            Input::Stanza(node) => {
                let (replies, close) = registration.handle(&network, &node);
                network.store.durable().await?;
                for reply in &replies {
                    wire.send(reply).await?;
                }
                if close {
                    wire.socket.close().await;
                    return Ok(());
                }
            }
            Input::Command(Command::Pair(offer)) => {
                let success = registration.offer(&network, offer);
                wire.send(&success).await?;
            }
            Input::Command(Command::EnterCode(entry)) => {
                let hello = registration.enter_code(&network, entry);
                wire.send(&hello).await?;
            }
            Input::Command(Command::Send(node)) => wire.send(&node).await?,
            Input::Command(Command::End(node)) => return wire.end(node).await,
            Input::Command(Command::Close) => {
                wire.socket.close().await;
                return Ok(());
            }
            Input::Command(Command::Recheck) | Input::Wake => wire.wait_while_deaf().await?,
        }
    }
}

/// How far the device's queue has been sent.
struct Progress {
    phase: Phase,
    sent_up_to: u64,
}

enum Phase {
    /// Before the device said that it is active.
    Passive,
    /// The primer is out; the rest waits until the device asks or the time is up.
    Primed {
        backlog: Backlog,
        until: Instant,
    },
    Live,
}

#[derive(Clone, Copy)]
struct Backlog {
    last_seq: u64,
    count: usize,
    numbered: usize,
}

async fn attend(mut wire: Wire, account: Arc<Account>, device: &Arc<Device>) -> Result<(), Ended> {
    let network = Arc::clone(&wire.network);
    wire.send(&login::success(&account, device)).await?;
    let mut progress = Progress {
        phase: Phase::Passive,
        sent_up_to: 0,
    };
    loop {
        let input = match &progress.phase {
            Phase::Passive => wire.next(None).await?,
            Phase::Primed { until, .. } => tokio::select! {
                input = wire.next(None) => input?,
                () = sleep_until(*until) => {
                    resume(&mut wire, device, &mut progress).await?;
                    continue;
                }
            },
            Phase::Live => wire.next(Some(device)).await?,
        };
        match input {
            Input::Stanza(node) => {
                let mut session = Session {
                    network: &network,
                    account: &account,
                    device,
                    replies: Vec::new(),
                    next: Next::Continue,
                };
                stanza::handle(&mut session, &node);
                let Session { replies, next, .. } = session;
                // An acknowledgement must not leave before what it promises is kept.
                network.store.durable().await?;
                for reply in &replies {
                    wire.send(reply).await?;
                }
                match next {
                    Next::Continue => {}
                    Next::Activate => activate(&mut wire, device, &mut progress).await?,
                    Next::Resume => resume(&mut wire, device, &mut progress).await?,
                    Next::Close => return wire.end(conflict("device_removed")).await,
                }
            }
            Input::Wake => flush(&mut wire, device, &mut progress).await?,
            Input::Command(Command::Send(node)) => wire.send(&node).await?,
            Input::Command(Command::End(node)) => return wire.end(node).await,
            Input::Command(Command::Close) => {
                wire.socket.close().await;
                return Ok(());
            }
            Input::Command(Command::Recheck) => {
                wire.wait_while_deaf().await?;
                device.wake.notify_one();
            }
            Input::Command(Command::Pair(_) | Command::EnterCode(_)) => {}
        }
    }
}

/// The device is ready: announce what waits and send the first of it.
async fn activate(wire: &mut Wire, device: &Device, progress: &mut Progress) -> Result<(), Ended> {
    if !matches!(progress.phase, Phase::Passive) {
        return Ok(());
    }
    let last_seq = device.last_seq();
    let (count, messages, receipts, notifications) = device.queue_summary();
    let mut backlog = Backlog {
        last_seq,
        count,
        numbered: 0,
    };
    if count == 0 {
        progress.sent_up_to = last_seq;
        return finish_backlog(wire, device, progress, backlog).await;
    }
    let preview = NodeBuilder::new("offline_preview")
        .attr("count", count)
        .attr("appdata", 0)
        .attr("message", messages)
        .attr("receipt", receipts)
        .attr("notification", notifications)
        .attr("call", 0)
        .build();
    wire.send(&info(preview)).await?;
    send_backlog(wire, device, progress, &mut backlog, PRIMER).await?;
    if count <= PRIMER {
        return finish_backlog(wire, device, progress, backlog).await;
    }
    progress.phase = Phase::Primed {
        backlog,
        until: Instant::now() + PRIMER_PAUSE,
    };
    Ok(())
}

/// Sends what is left of the backlog.
async fn resume(wire: &mut Wire, device: &Device, progress: &mut Progress) -> Result<(), Ended> {
    let Phase::Primed { mut backlog, .. } = progress.phase else {
        return Ok(());
    };
    send_backlog(wire, device, progress, &mut backlog, usize::MAX).await?;
    finish_backlog(wire, device, progress, backlog).await
}

async fn send_backlog(
    wire: &mut Wire,
    device: &Device,
    progress: &mut Progress,
    backlog: &mut Backlog,
    limit: usize,
) -> Result<(), Ended> {
    let mut left = limit;
    while left > 0 {
        let batch = device.queued_after(progress.sent_up_to, BATCH.min(left));
        let Some(first) = batch.first() else { break };
        if first.seq > backlog.last_seq {
            break;
        }
        wire.network.store.durable().await?;
        for queued in batch.iter().filter(|q| q.seq <= backlog.last_seq) {
            let mut node = (*queued.node).clone();
            node.attrs.insert("offline", backlog.numbered);
            wire.send(&node).await?;
            backlog.numbered += 1;
            left -= 1;
            progress.sent_up_to = queued.seq;
        }
    }
    Ok(())
}

async fn finish_backlog(
    wire: &mut Wire,
    device: &Device,
    progress: &mut Progress,
    backlog: Backlog,
) -> Result<(), Ended> {
    let offline = NodeBuilder::new("offline")
        .attr("count", backlog.count)
        .build();
    wire.send(&info(offline)).await?;
    progress.sent_up_to = progress.sent_up_to.max(backlog.last_seq);
    progress.phase = Phase::Live;
    flush(wire, device, progress).await
}

/// Sends everything new in the queue.
async fn flush(wire: &mut Wire, device: &Device, progress: &mut Progress) -> Result<(), Ended> {
    if !matches!(progress.phase, Phase::Live) {
        return Ok(());
    }
    loop {
        let batch = device.queued_after(progress.sent_up_to, BATCH);
        if batch.is_empty() {
            return Ok(());
        }
        wire.network.store.durable().await?;
        for queued in batch {
            wire.send(&queued.node).await?;
            progress.sent_up_to = queued.seq;
        }
    }
}

fn info(child: Node) -> Node {
    NodeBuilder::new("ib")
        .attr("from", wacore_binary::SERVER_JID)
        .children([child])
        .build()
}

enum Input {
    Stanza(Node),
    Command(Command),
    Wake,
}

/// The encrypted stream of stanzas, with the troubles that were ordered for it.
struct Wire {
    network: Arc<Network>,
    socket: FrameSocket,
    transport: Transport,
    inbox: mpsc::Receiver<Command>,
    number: Option<PhoneNumber>,
}

impl Wire {
    /// The next thing to do; a device's queue counts only when it is given.
    async fn next(&mut self, device: Option<&Arc<Device>>) -> Result<Input, Ended> {
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

    async fn send(&mut self, node: &Node) -> Result<(), Ended> {
        self.wait_while_deaf().await?;
        tracing::trace!(stanza = ?node, "out");
        let sealed = self.transport.seal(node)?;
        timeout(WRITE, self.socket.send(&sealed))
            .await
            .map_err(|_| Ended::Stuck)??;
        self.network.stats.stanzas_out.up();
        Ok(())
    }

    async fn end(mut self, last: Node) -> Result<(), Ended> {
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
    async fn wait_while_deaf(&mut self) -> Result<(), Ended> {
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
