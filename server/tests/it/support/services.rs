//! A Redis and a PostgreSQL of the test's own, which it may break.

use super::{
    eventually::eventually,
    process::{Program, find, on_path, unused_port},
};
use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use tokio::net::TcpStream;

async fn until_listening(port: u16) {
    eventually(
        || async { TcpStream::connect(("127.0.0.1", port)).await.is_ok() },
        |listening| *listening,
    )
    .await;
}

/// A Redis that keeps nothing on disk: killed, it forgets everything.
pub struct RedisServer {
    pub url: String,
    port: u16,
    binary: PathBuf,
    program: Option<Program>,
    folder: TempDir,
}

impl RedisServer {
    /// `None` where there is no Redis to start.
    pub async fn start(test: &str) -> Option<Self> {
        let binary = find(test, "REDIS_SERVER_BIN", on_path("redis-server"))?;
        let port = unused_port();
        let mut redis = Self {
            url: format!("redis://127.0.0.1:{port}"),
            port,
            binary,
            program: None,
            folder: TempDir::new().unwrap(),
        };
        redis.start_again().await;
        Some(redis)
    }

    pub async fn start_again(&mut self) {
        let mut command = Command::new(&self.binary);
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path());
        let log = self.folder.path().join("log");
        self.program = Some(Program::start(command, log));
        until_listening(self.port).await;
    }

    pub async fn kill(&mut self) {
        self.program.take().expect("it runs").kill().await;
    }

    /// From here on it takes connections and requests, and answers none.
    pub fn freeze(&self) {
        self.program.as_ref().expect("it runs").signal("STOP");
    }

    pub fn thaw(&self) {
        self.program.as_ref().expect("it runs").signal("CONT");
    }

    pub async fn flush(&self) {
        let () = self.ask(&redis::cmd("FLUSHALL")).await;
    }

    /// How many wake-ups went through since the last clean-up.
    pub async fn wake_ups_done(&self) -> u64 {
        self.ask(redis::cmd("SCARD").arg("whahook:wake:done")).await
    }

    pub async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let client = redis::Client::open(self.url.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        command.query_async(&mut connection).await.unwrap()
    }
}

const OWNER: &str = "postgres";

/// A PostgreSQL cluster that keeps its promises when it is stopped the hard way.
pub struct PostgresServer {
    /// Of an empty database.
    pub url: String,
    port: u16,
    binaries: PathBuf,
    program: Option<Program>,
    folder: TempDir,
}

impl PostgresServer {
    /// `None` where there is no PostgreSQL to start.
    pub async fn start(test: &str) -> Option<Self> {
        let binaries = find(
            test,
            "POSTGRES_BIN_DIR",
            newest_first("/usr/lib/postgresql"),
        )?;
        let port = unused_port();
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        if let Some((user, group)) = owner() {
            std::os::unix::fs::chown(&home, Some(user), Some(group)).unwrap();
        }
        let mut postgres = Self {
            url: format!("postgres://{OWNER}@127.0.0.1:{port}/postgres"),
            port,
            binaries,
            program: None,
            folder,
        };
        let mut initdb = postgres.command("initdb");
        initdb
            .args(["--username", OWNER, "--auth", "trust", "--no-sync"])
            .args(["--encoding", "UTF8", "--locale", "C", "--pgdata"])
            .arg(postgres.data());
        let output = initdb.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        postgres.start_again().await;
        Some(postgres)
    }

    pub async fn start_again(&mut self) {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(self.home())
            // The machine stays up: what was handed to the system is safe.
            .args(["-c", "fsync=off"]);
        let log = self.folder.path().join("log");
        self.program = Some(Program::start(command, log));
        // It listens while it still recovers, and refuses.
        let program = self.program.as_mut().expect("it was started just now");
        program.until_it_says("ready to accept connections").await;
    }

    /// As `pg_ctl stop --mode immediate`: every connection is cut off, and what
    /// was not committed is gone.
    pub async fn stop_at_once(&mut self) {
        self.program.take().expect("it runs").end_with("QUIT").await;
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.home());
        if let Some((user, group)) = owner() {
            command.uid(user).gid(group);
        }
        command
    }
}

/// PostgreSQL refuses to run as root: then the user of Debian's package runs it.
fn owner() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim().parse().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", OWNER]), id(&["-g", OWNER])))
}

/// The folders of programs of all versions that Debian has installed.
fn newest_first(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, path)| path).collect()
}
