//! Messages out: accepted once, sent in order per chat within the limits, and
//! followed until they are read.

mod accept;
mod bulk;
mod content;
mod doorbell;
mod error;
mod facts;
mod files;
mod jobs;
mod limits;
mod line;
mod listing;
mod model;
mod recipient;
pub mod routes;
mod sender;
mod service;
mod store;
mod stream;
mod sweep;

pub use bulk::Draft;
pub use doorbell::{Carrier, Doorbell, Ring};
pub use error::Error;
pub use jobs::redis_bell;
pub use recipient::parse as parse_recipient;
pub use sender::{Handed, Sender};
pub use service::Outbox;
pub use store::lock_user;
pub use stream::take_from_redis;
pub use sweep::sweep;
