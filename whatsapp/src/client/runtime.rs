//! Runs the client's tasks inside its session's span, so that whatever the
//! library logs carries the session's id, and ends them with their link.

use async_trait::async_trait;
use std::{future::Future, pin::Pin, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};
use whatsapp_rust::{Runtime, TokioRuntime, wacore::runtime::AbortHandle};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The tasks of one link.
#[derive(Clone, Default)]
pub struct LinkTasks {
    over: CancellationToken,
    running: TaskTracker,
}

impl LinkTasks {
    /// Ends those that are left; returns when none runs any more.
    pub async fn end(&self) {
        self.over.cancel();
        self.running.close();
        self.running.wait().await;
    }
}

pub struct SpannedRuntime {
    span: Span,
    tasks: LinkTasks,
}

impl SpannedRuntime {
    /// Tasks run in the span that is current now.
    pub fn current(tasks: LinkTasks) -> Self {
        Self {
            span: Span::current(),
            tasks,
        }
    }

    fn inside(&self, task: Task) -> Task {
        let over = self.tasks.over.clone();
        let task = async move {
            over.run_until_cancelled_owned(task).await;
        };
        let task = task.instrument(self.span.clone());
        Box::pin(self.tasks.running.track_future(task))
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
        let span = self.span.clone();
        TokioRuntime.spawn_blocking(Box::new(move || span.in_scope(f)))
    }

    fn yield_now(&self) -> Option<Task> {
        TokioRuntime.yield_now()
    }
}
