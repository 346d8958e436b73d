//! Messages out: accepted once, sent in order per chat within the limits, and
//! followed until they are read.

mod accept;
mod bulk;
mod content;
mod doorbell;
mod duplicates;
mod error;
mod facts;
mod files;
mod hand_over;
pub(crate) mod held;
pub mod input;
mod jobs;
pub mod limits;
mod line;
mod listing;
mod model;
mod moves;
mod numbers;
mod pacing;
mod receipts;
mod recipient;
mod rejections;
pub mod routes;
mod sender;
mod service;
pub mod settings;
mod store;
mod stream;
mod sweep;
mod timeline;
mod timelock;

pub use bulk::Lot;
pub use doorbell::{Carrier, Doorbell, Ring};
pub use error::Error;
pub use files::{check_own as check_own_file, needed as needed_file};
pub use hand_over::Handed;
pub use jobs::redis_bell;
pub use model::Message;
pub use numbers::{Verdict, recipient_of};
pub use recipient::parse as parse_recipient;
pub use sender::Sender;
pub use service::Outbox;
pub use store::lock_account;
pub use stream::take_from_redis;
pub use sweep::sweep;
