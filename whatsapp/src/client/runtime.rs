//! Runs the client's tasks inside its session's span, so that whatever the
//! library logs carries the session's id.

use async_trait::async_trait;
use std::{future::Future, pin::Pin, time::Duration};
use tracing::{Instrument, Span};
use whatsapp_rust::{Runtime, TokioRuntime, wacore::runtime::AbortHandle};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

pub struct SpannedRuntime(Span);

impl SpannedRuntime {
    /// Tasks run in the span that is current now.
    pub fn current() -> Self {
        Self(Span::current())
    }

    fn inside(&self, task: Task) -> Task {
        Box::pin(task.instrument(self.0.clone()))
    }
}

#[async_trait]
impl Runtime for SpannedRuntime {
    fn spawn(&self, task: Task) -> AbortHandle {
        TokioRuntime.spawn(self.inside(task))
    }

    fn spawn_detached(&self, task: Task) {
        TokioRuntime.spawn_detached(self.inside(task));
    }

    fn sleep(&self, duration: Duration) -> Task {
        TokioRuntime.sleep(duration)
    }

    fn spawn_blocking(&self, f: Box<dyn FnOnce() + Send + 'static>) -> Task {
        let span = self.0.clone();
        TokioRuntime.spawn_blocking(Box::new(move || span.in_scope(f)))
    }

    fn yield_now(&self) -> Option<Task> {
        TokioRuntime.yield_now()
    }
}
