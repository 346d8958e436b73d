//! What is measured: the server, or the bare library on one of its stores.

use super::{library::Library, program::Program, server::Server};
use anyhow::{Context as _, Result};
use clap::ValueEnum;
use futures::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The shipped binary, its volume on disk
    Server,
    /// The bare library; its keys are lost with the process: the floor
    Memory,
    /// The bare library with a `SqliteStore` for each session
    Sqlite,
}

impl Kind {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Server => "WhaHook",
            Self::Memory => "library, in memory",
            Self::Sqlite => "library, SqliteStore",
        }
    }
}

/// What a session told, and when the benchmark heard it.
pub struct Told {
    pub session: usize,
    pub at: Instant,
    pub what: What,
}

pub enum What {
    Qr(String),
    Ready,
}

pub type Ear = UnboundedReceiver<Told>;
pub type Mouth = UnboundedSender<Told>;

pub enum Subject {
    Server(Box<Server>),
    Library(Box<Library>),
}

impl Subject {
    pub fn program(&self) -> &Program {
        match self {
            Self::Server(server) => server.program(),
            Self::Library(library) => library.program(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.program().pid()
    }

    /// Sessions up to this number can be clicked.
    pub async fn prepare(&mut self, sessions: usize) -> Result<()> {
        match self {
            Self::Server(server) => server.prepare(sessions).await,
            Self::Library(_) => Ok(()),
        }
    }

    /// Clicks "Connect" for a session, once it is awaited. It does not borrow the subject.
    pub fn click(&self, session: usize) -> BoxFuture<'static, Result<()>> {
        match self {
            Self::Server(server) => server.click(session).boxed(),
            Self::Library(library) => library.tell(format!("click {session}")).boxed(),
        }
    }

    pub async fn hear(&mut self) -> Result<Told> {
        let ear = match self {
            Self::Server(server) => &mut server.ear,
            Self::Library(library) => &mut library.ear,
        };
        ear.recv().await.context("the process went away")
    }
}
