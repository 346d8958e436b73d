//! A subject and its simulator, each time from nothing: fresh processes, a fresh
//! folder.

use super::{
    library::Library,
    measure,
    server::Server,
    simulator::{Simulator, number},
    subject::{Kind, Subject},
};
use anyhow::Result;
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

pub struct Stage {
    // In this order: the subject ends before what it talks to.
    pub subject: Subject,
    pub simulator: Arc<Simulator>,
    pub kind: Kind,
    folder: TempDir,
}

impl Stage {
    /// `settings` are the server's, besides what every benchmark sets.
    pub async fn set(
        kind: Kind,
        folder: &Path,
        people: usize,
        settings: &[(&'static str, String)],
    ) -> Result<Self> {
        // Beside the results: on a disk, where a temporary folder might be in memory.
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(folder)?;
        let folder_of_run = std::path::absolute(folder.path())?;
        let simulator = Arc::new(Simulator::start(&folder_of_run).await?);
        let whatsapp = simulator.ws();
        let subject = match kind {
            Kind::Server => {
                let server = Server::start(&folder_of_run, &whatsapp, people, settings).await?;
                Subject::Server(Box::new(server))
            }
            Kind::Memory | Kind::Sqlite => {
                Subject::Library(Box::new(Library::start(kind, &folder_of_run, &whatsapp)?))
            }
        };
        Ok(Self {
            subject,
            simulator,
            kind,
            folder,
        })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn pid(&self) -> u32 {
        self.subject.pid()
    }

    /// Processor time so far, in seconds: of the subject and of the simulator.
    pub fn cpu(&self) -> Result<[f64; 2]> {
        Ok([
            measure::cpu_seconds(self.pid())?,
            measure::cpu_seconds(self.simulator.pid())?,
        ])
    }

    pub async fn prepare(&mut self, from: usize, to: usize) -> Result<()> {
        let phones = (from..to).map(number);
        self.simulator.add_phones(phones).await?;
        self.subject.prepare(to).await
    }

    pub fn explained<T>(&self, done: Result<T>) -> Result<T> {
        done.map_err(|error| anyhow::anyhow!(self.subject.program().explain(&error)))
    }
}
