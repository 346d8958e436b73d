//! Whole servers in this process, asked from outside. One file a feature.

mod support;

mod accounts;
mod auth;
mod cli;
mod errors;
mod health;
mod keys;
mod openapi;
