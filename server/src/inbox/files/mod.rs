//! Files of messages that came in: which of them are fetched from WhatsApp, when,
//! and how they are handed out.

mod model;
pub mod routes;
mod service;
mod store;
mod worker;

pub use model::{Plan, kind_of, plan};
pub use worker::fetch;

use std::sync::Arc;
use tokio::sync::Notify;

/// Tells the job that there is something to fetch. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_one();
    }

    async fn rung(&self) {
        self.0.notified().await;
    }
}
