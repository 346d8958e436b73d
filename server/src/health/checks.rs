//! What the server needs to work, tried for real.

use crate::{app::App, config::Volume};
use serde::Serialize;
use std::{fmt::Display, fs, io, path::Path, time::Duration};
use tokio::time::timeout;
use utoipa::ToSchema;

const TIME_LIMIT: Duration = Duration::from_secs(2);

/// One thing the server needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Check {
    /// `database`, `volume` or `redis`
    pub name: &'static str,
    pub ok: bool,
    /// What is wrong, without addresses or secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<&'static str>,
}

/// Tries everything at once; each has 2 s.
pub async fn run(app: &App) -> Vec<Check> {
    let redis = async {
        match &app.redis {
            Some(redis) => Some(check("redis", redis.ping()).await),
            None => None,
        }
    };
    let (database, volume, redis) = tokio::join!(
        check("database", app.db.ping()),
        check("volume", write_to(app.config.volume.clone())),
        redis,
    );
    [Some(database), Some(volume), redis]
        .into_iter()
        .flatten()
        .collect()
}

async fn check<E: Display>(
    name: &'static str,
    attempt: impl Future<Output = Result<(), E>>,
) -> Check {
    let problem = match timeout(TIME_LIMIT, attempt).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(check = name, %error, "a health check failed");
            Some("it failed; the log has more")
        }
        Err(_) => {
            tracing::warn!(check = name, "a health check took too long");
            Some("it did not answer within 2 s")
        }
    };
    Check {
        name,
        ok: problem.is_none(),
        problem,
    }
}

async fn write_to(volume: Volume) -> io::Result<()> {
    tokio::task::spawn_blocking(move || write_and_read(&volume.dir))
        .await
        .map_err(io::Error::other)?
}

/// A volume that is mounted read-only, full or gone shows only in writing.
fn write_and_read(folder: &Path) -> io::Result<()> {
    let path = folder.join(".health");
    fs::write(&path, b"ok")?;
    if fs::read(&path)? != b"ok" {
        return Err(io::Error::other("what was written did not read back"));
    }
    Ok(())
}
