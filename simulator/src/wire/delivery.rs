//! Bringing a device's queue to it: first what waited, then what comes.

use tokio::time::{Duration, Instant};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::stream::{Ended, Stream};
use crate::state::device::Device;

/// Queued stanzas written in one go.
const BATCH: usize = 64;
/// What a reconnecting client gets before it asks for the rest.
const PRIMER: usize = 5;
/// A client that never asks gets the rest anyway.
const PRIMER_PAUSE: Duration = Duration::from_secs(1);

/// How far the device's queue has been sent.
pub struct Delivery {
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

impl Delivery {
    pub fn new() -> Self {
        Self {
            phase: Phase::Passive,
            sent_up_to: 0,
        }
    }

    /// Whether new stanzas are sent as they come.
    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live)
    }

    /// When the rest of the backlog is due though the device has not asked.
    pub fn resume_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Primed { until, .. } => Some(until),
            Phase::Passive | Phase::Live => None,
        }
    }

    /// The device is ready: announce what waits and send the first of it.
    pub async fn activate(&mut self, stream: &mut Stream, device: &Device) -> Result<(), Ended> {
        if !matches!(self.phase, Phase::Passive) {
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
            self.sent_up_to = last_seq;
            return self.finish_backlog(stream, device, backlog).await;
        }
        let preview = NodeBuilder::new("offline_preview")
            .attr("count", count)
            .attr("appdata", 0)
            .attr("message", messages)
            .attr("receipt", receipts)
            .attr("notification", notifications)
            .attr("call", 0)
            .build();
        stream.send(&info(preview)).await?;
        self.send_backlog(stream, device, &mut backlog, PRIMER)
            .await?;
        if count <= PRIMER {
            return self.finish_backlog(stream, device, backlog).await;
        }
        self.phase = Phase::Primed {
            backlog,
            until: Instant::now() + PRIMER_PAUSE,
        };
        Ok(())
    }

    /// Sends what is left of the backlog.
    pub async fn resume(&mut self, stream: &mut Stream, device: &Device) -> Result<(), Ended> {
        let Phase::Primed { mut backlog, .. } = self.phase else {
            return Ok(());
        };
        self.send_backlog(stream, device, &mut backlog, usize::MAX)
            .await?;
        self.finish_backlog(stream, device, backlog).await
    }

    async fn send_backlog(
        &mut self,
        stream: &mut Stream,
        device: &Device,
        backlog: &mut Backlog,
        limit: usize,
    ) -> Result<(), Ended> {
        let mut left = limit;
        while left > 0 {
            let batch = device.queued_after(self.sent_up_to, BATCH.min(left));
            let Some(first) = batch.first() else { break };
            if first.seq > backlog.last_seq {
                break;
            }
            stream.network.store.durable().await?;
            for queued in batch.iter().filter(|q| q.seq <= backlog.last_seq) {
                let mut node = (*queued.node).clone();
                node.attrs.insert("offline", backlog.numbered);
                stream.send(&node).await?;
                backlog.numbered += 1;
                left -= 1;
                self.sent_up_to = queued.seq;
            }
        }
        Ok(())
    }

    async fn finish_backlog(
        &mut self,
        stream: &mut Stream,
        device: &Device,
        backlog: Backlog,
    ) -> Result<(), Ended> {
        let offline = NodeBuilder::new("offline")
            .attr("count", backlog.count)
            .build();
        stream.send(&info(offline)).await?;
        self.sent_up_to = self.sent_up_to.max(backlog.last_seq);
        self.phase = Phase::Live;
        self.flush(stream, device).await
    }

    /// Sends everything new in the queue.
    pub async fn flush(&mut self, stream: &mut Stream, device: &Device) -> Result<(), Ended> {
        if !matches!(self.phase, Phase::Live) {
            return Ok(());
        }
        loop {
            let batch = device.queued_after(self.sent_up_to, BATCH);
            if batch.is_empty() {
                return Ok(());
            }
            stream.network.store.durable().await?;
            for queued in batch {
                stream.send(&queued.node).await?;
                self.sent_up_to = queued.seq;
            }
        }
    }
}

fn info(child: Node) -> Node {
    NodeBuilder::new("ib")
        .attr("from", wacore_binary::SERVER_JID)
        .children([child])
        .build()
}
