//! A link, alone on its session's store until it has really ended.

use std::sync::Arc;
use tokio::{runtime::Handle, sync::OwnedMutexGuard};
use whahook_whatsapp::port::{Connection, Ending, Link, LinkEvent};

/// Events of the link that are handled together.
const BURST: usize = 64;

/// Two clients on one store would destroy each other's keys. Whoever makes the
/// next link on the store waits until this one has ended: also when closing it
/// takes long, and when the session that held it panicked.
pub struct Held {
    /// Gone only while it is dropped.
    inner: Option<(Connection, OwnedMutexGuard<()>)>,
    ended: bool,
}

impl Held {
    pub const fn new(connection: Connection, alone: OwnedMutexGuard<()>) -> Self {
        Self {
            inner: Some((connection, alone)),
            ended: false,
        }
    }

    fn connection(&mut self) -> &mut Connection {
        let (connection, _) = self.inner.as_mut().expect("it is there until the drop");
        connection
    }

    pub fn link(&self) -> &Arc<dyn Link> {
        let (connection, _) = self.inner.as_ref().expect("it is there until the drop");
        &connection.link
    }

    /// The events that are there, at least one.
    pub async fn events(&mut self) -> Vec<LinkEvent> {
        let mut events = Vec::new();
        if self.connection().events.recv_many(&mut events, BURST).await == 0 {
            // A link that ends without saying how has broken its promise; its
            // end is told all the same.
            events.push(LinkEvent::Ended(Ending::Closed {
                detail: "the link ended without a word".to_owned(),
            }));
        }
        self.ended |= matches!(events.last(), Some(LinkEvent::Ended(_)));
        events
    }

    /// Closes the link; returns, once it has ended, what it still said.
    pub async fn close(&mut self) -> Vec<LinkEvent> {
        self.link().clone().close().await;
        let mut said = Vec::new();
        while !self.ended {
            said.extend(self.events().await);
        }
        said
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((connection, alone)) = self.inner.take()
            && !self.ended
            // Without a runtime nothing of the link runs any more either.
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(end(connection, alone));
        }
    }
}

/// Not by way of [`Held`]: a runtime that is going down drops what is spawned.
async fn end(mut connection: Connection, alone: OwnedMutexGuard<()>) {
    connection.link.close().await;
    while let Some(event) = connection.events.recv().await {
        if matches!(event, LinkEvent::Ended(_)) {
            break;
        }
    }
    drop(alone);
}
