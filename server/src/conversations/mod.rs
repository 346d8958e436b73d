//! What is exchanged with whom: everything with one person, or in one group.

mod changes;
mod entry;
mod error;
mod export;
mod listing;
mod model;
mod place;
pub mod routes;
pub mod search;
mod sent;
mod service;
mod store;
mod thread;

pub use changes::{By, Change, Changed, change};
pub use entry::{NewRow, fill, insert, withdraw};
pub use error::Error;
pub use listing::{find_any, fold_names};
pub use model::STATUS;
pub use place::read_elsewhere;
pub use place::{Side, existing, learn, of, of_group, with};
pub use search::prepare as prepare_search;
pub use sent::left_the_queue;
pub use service::own;
pub use store::{Touch, count, first_between, touch};
pub use thread::{message, own as own_party};
