#![allow(clippy::unwrap_used)]

mod conformance;
mod crash;
mod failures;
mod many;
mod support;
