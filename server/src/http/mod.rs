//! The outside of the server: routes, errors, who is asking, and what every
//! answer has in common.

pub mod address;
pub mod auth;
mod docs;
pub mod edge;
pub mod error;
pub mod extract;
pub mod form;
mod middleware;
pub mod openapi;
pub mod origin;
pub mod page;
pub mod revoked;
pub mod router;
mod security;
pub(crate) mod serve;

pub use self::{
    error::ApiError,
    extract::{Id, Json, MessageOf, Query},
    security::page_policy,
};
