//! Pictures of people and groups: fetched when somebody looks, kept as long as
//! WhatsApp says of no other.

pub mod routes;
mod service;
mod store;

pub use store::changed;

use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions for pictures that are under way at a time: WhatsApp minds many.
const AT_ONCE: usize = 2;

/// Whose turn it is to ask. Cheap to clone.
#[derive(Clone)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Turns {
    async fn next(&self) -> Option<SemaphorePermit<'_>> {
        self.0.acquire().await.ok()
    }
}
