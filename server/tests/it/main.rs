//! Whole servers in this process, asked from outside. One file a feature.
#![allow(clippy::unwrap_used)]

mod support;

mod accounts;
mod activity;
mod actors;
mod auth;
mod bulk;
mod bulk_crash;
mod chaos;
mod chats;
mod cli;
mod crash;
mod crowd;
mod described;
mod edge;
mod endings;
mod errors;
mod events;
mod events_document;
mod events_stream;
mod health;
mod keys;
mod kinds;
mod kinds_files;
mod limits;
mod linking;
mod media;
mod media_fetch;
mod metrics;
mod notices;
mod numbers;
mod openapi;
mod outbox;
mod postgres_outage;
mod queue;
mod redis_outage;
mod renewal;
mod sessions;
mod spellings;
mod store_crash;
mod stream;
mod webhooks;
mod webhooks_chaos;
mod webhooks_examples;
mod webhooks_retries;
