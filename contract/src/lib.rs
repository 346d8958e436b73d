//! What crosses the wire: ids, states and reasons, JSON views and Socket.IO
//! events. Server, page and tests share these definitions, and nothing else.

pub mod account;
pub mod activity;
pub mod auth;
pub mod bulk;
pub mod chat;
pub mod contact;
pub mod conversation;
pub mod endings;
pub mod error;
pub mod event;
pub mod ids;
pub mod key;
pub mod limits;
pub mod list;
pub mod message;
#[cfg(feature = "openapi")]
mod openapi;
pub mod received;
pub mod receiving;
pub mod session;
pub mod settings;
pub mod webhook;

/// An instant in UTC; RFC 3339 with a `Z` in JSON. Views that have an OpenAPI
/// schema spell it out: utoipa knows the type by its name.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
