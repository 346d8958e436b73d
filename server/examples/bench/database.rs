//! What the server keeps its data in.

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Serialize;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};
use whahook::platform::db::{Db, install_drivers, sqlite_url};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// A file on the volume; no Redis
    Sqlite,
    /// A PostgreSQL and a Redis that `cargo xtask bench` starts
    Postgres,
}

const POSTGRES: &str = "BENCH_DATABASE_URL";
const REDIS: &str = "BENCH_REDIS_URL";

impl Database {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL + Redis",
        }
    }

    /// The server's settings for a database that is empty.
    pub async fn settings(self) -> Result<Vec<(&'static str, String)>> {
        if self == Self::Sqlite {
            return Ok(Vec::new());
        }
        let server = std::env::var(POSTGRES).context(POSTGRES)?;
        let redis = std::env::var(REDIS).context(REDIS)?;
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bench_{}_{n}", std::process::id());
        install_drivers();
        let mut connection = AnyConnection::connect(&server).await?;
        let create = format!("CREATE DATABASE {name}");
        connection.execute(AssertSqlSafe(create)).await?;
        connection.close().await?;
        let (base, _) = server
            .rsplit_once('/')
            .context("an address of a database")?;
        Ok(vec![
            ("DATABASE_URL", format!("{base}/{name}")),
            ("REDIS_URL", redis),
        ])
    }
}

/// The database of a server with these settings, whose volume is in the folder.
pub async fn open(settings: &[(&'static str, String)], folder: &Path) -> Result<Db> {
    let url = settings.iter().find(|(name, _)| *name == "DATABASE_URL");
    let url = match url {
        Some((_, url)) => url.clone(),
        None => sqlite_url(&std::path::absolute(folder)?.join("volume/whahook.db")),
    };
    Ok(Db::connect(&url).await?)
}

/// Those that can be used here.
pub fn at_hand() -> Vec<Database> {
    let mut all = vec![Database::Sqlite];
    if [POSTGRES, REDIS]
        .iter()
        .all(|name| std::env::var_os(name).is_some())
    {
        all.push(Database::Postgres);
    } else {
        eprintln!("without {POSTGRES} and {REDIS} only SQLite is measured");
    }
    all
}
