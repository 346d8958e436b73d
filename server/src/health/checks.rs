//! What the server needs to work, tried for real.

use crate::{app::App, config::Volume};
use serde::Serialize;
use std::{
    fmt::Display,
    fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::timeout;
use utoipa::ToSchema;

const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Bytes that there must be room for.
const PROBE: usize = 64 << 10;

/// One thing the server needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Check {
    /// `database`, `volume` or `redis`
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// What is wrong, without addresses or secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<&'static str>,
}

/// Tries everything at once; each has 2 s.
pub async fn run(app: &App) -> Vec<Check> {
    let redis = async {
        match &app.redis {
            Some(redis) => Some(check("redis", redis.ping(), |_| FAILED).await),
            None => None,
        }
    };
    let (database, volume, redis) = tokio::join!(
        check("database", app.db.ping(), |_| FAILED),
        check(
            "volume",
            write_to(app.config.volume.clone()),
            volume_problem
        ),
        redis,
    );
    [Some(database), Some(volume), redis]
        .into_iter()
        .flatten()
        .collect()
}

const FAILED: &str = "it failed; the log has more";

/// What an operator can do something about, by name.
fn volume_problem(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "volume_full: no space left",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "volume_not_writable: it is read-only, or belongs to another user"
        }
        _ => FAILED,
    }
}

async fn check<E: Display>(
    name: &'static str,
    attempt: impl Future<Output = Result<(), E>>,
    problem: fn(&E) -> &'static str,
) -> Check {
    let problem = match timeout(TIME_LIMIT, attempt).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(check = name, %error, "a health check failed");
            Some(problem(&error))
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

/// A volume that is mounted read-only, full or gone shows only in writing; and
/// the sessions' folder may be mounted, or owned, apart.
fn write_and_read(folder: &Path) -> io::Result<()> {
    write_into(folder)?;
    let sessions = folder.join("sessions");
    if sessions.is_dir() {
        write_into(&sessions)?;
    }
    Ok(())
}

/// A new file each time, of some size: one that is there already finds room in its
/// own place, however full the volume is.
fn write_into(folder: &Path) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".health-{number}"));
    let wrote = write_to_disk(&path);
    // One that could not be made need not be removed.
    let _ = fs::remove_file(&path);
    wrote
}

fn write_to_disk(path: &Path) -> io::Result<()> {
    let content = [b'h'; PROBE];
    fs::write(path, content)?;
    if fs::read(path)? != content {
        return Err(io::Error::other("what was written did not read back"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_and_an_unwritable_volume_are_told_by_name() {
        let problem = |kind: io::ErrorKind| volume_problem(&kind.into());
        assert!(problem(io::ErrorKind::StorageFull).starts_with("volume_full"));
        for kind in [
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::ReadOnlyFilesystem,
        ] {
            assert!(problem(kind).starts_with("volume_not_writable"), "{kind}");
        }
        assert_eq!(problem(io::ErrorKind::NotFound), FAILED);
    }
}
