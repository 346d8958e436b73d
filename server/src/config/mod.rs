//! Settings: typed, checked at start, every mistake reported at once.

mod database;
mod events;
mod limits;
mod logs;
mod mail;
mod media;
mod metrics;
mod people;
mod receiving;
mod redis;
mod requests;
mod secret;
mod secret_key;
mod server;
mod sessions;
mod vars;
mod volume;
mod whatsapp;

pub use self::{
    database::Database,
    events::Events,
    limits::Limits,
    logs::{LogFormat, Logs},
    mail::{Alerts, Mail, Security, Smtp},
    media::Media,
    metrics::Metrics,
    people::{People, Signup},
    receiving::{HISTORY_DAYS_MAX, HISTORY_MESSAGES_MAX, Receiving},
    redis::Redis,
    requests::Requests,
    secret::Secret,
    server::{Origins, Server},
    sessions::Sessions,
    vars::{Mistake, Mistakes},
    volume::Volume,
    whatsapp::WhatsApp,
};

use std::collections::HashMap;
use vars::Vars;

/// Every setting of the server. `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub redis: Option<Redis>,
    pub volume: Volume,
    pub whatsapp: WhatsApp,
    pub people: People,
    pub limits: Limits,
    pub requests: Requests,
    pub sessions: Sessions,
    pub media: Media,
    pub receiving: Receiving,
    pub events: Events,
    /// `SECRET_KEY`; `None`: the one on the volume.
    pub secret_key: Option<Secret>,
    pub logs: Logs,
    pub metrics: Metrics,
    pub alerts: Alerts,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Every setting that is wrong, by name.
    pub fn from_env() -> Result<Self, Mistakes> {
        let vars = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into()))
            })
            .collect();
        Self::from_vars(&vars)
    }

    /// Reads settings from variables. An empty one counts as not set.
    ///
    /// # Errors
    /// Every setting that is wrong, by name.
    pub fn from_vars(vars: &HashMap<String, String>) -> Result<Self, Mistakes> {
        let mut vars = Vars::new(vars);
        let volume = Volume::read(&mut vars);
        let limits = Limits::read(&mut vars);
        let media = Media::read(&mut vars);
        let config = Self {
            server: Server::read(&mut vars),
            database: Database::read(&mut vars, &volume),
            redis: Redis::read(&mut vars),
            whatsapp: WhatsApp::read(&mut vars),
            people: People::read(&mut vars),
            requests: Requests::read(&mut vars, limits.enabled),
            limits,
            sessions: Sessions::read(&mut vars),
            receiving: Receiving::read(&mut vars, media.max_bytes),
            media,
            events: Events::read(&mut vars),
            secret_key: secret_key::read(&mut vars),
            logs: Logs::read(&mut vars),
            metrics: Metrics::read(&mut vars),
            alerts: Alerts::read(&mut vars),
            volume,
        };
        vars.finish(config)
    }
}

#[cfg(test)]
mod tests;
