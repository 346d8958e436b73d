//! Private Redis and PostgreSQL servers for one test run, on free ports, in a folder of their own.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::cargo::plain;
use crate::ports;
use crate::process::Process;
use crate::setup::Tool;
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

pub const REDIS: Tool = Tool {
    program: "redis-server",
    variable: "REDIS_SERVER_BIN",
    package: "redis-server",
    folders: &[],
};

pub const POSTGRES: Tool = Tool {
    program: "initdb",
    variable: "POSTGRES_INITDB_BIN",
    package: "postgresql",
    folders: &["/usr/lib/postgresql/*/bin", "/usr/local/opt/postgresql/bin"],
};

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const STOPS_WITHIN: Duration = Duration::from_secs(10);
const POSTGRES_USER: &str = "postgres";
/// Every test makes a database of its own.
const POSTGRES_CONNECTIONS: &str = "max_connections=400";

pub struct Services {
    redis: Process,
    postgres: Process,
    pub redis_url: String,
    pub database_url: String,
    pub redis_server: PathBuf,
    pub postgres_folder: PathBuf,
    // Removed last, after the servers above have stopped.
    _folder: tempfile::TempDir,
}

/// Whether PostgreSQL keeps its promises when the machine loses power.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nobody needs the data after the run.
    None,
    /// As it comes: what a commit costs is measured.
    Full,
}

impl Services {
    pub fn start(
        workspace: &Workspace,
        supervisor: &mut Supervisor,
        durability: Durability,
    ) -> Result<Self> {
        step("Starting a private Redis and PostgreSQL", || {
            let folder = tempfile::tempdir().context("creating a folder for the services")?;
            // PostgreSQL runs as another user when this runs as root.
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
            let redis_server = REDIS.find().context("redis-server is gone")?;
            let initdb = POSTGRES.find().context("initdb is gone")?;
            let postgres_folder = initdb
                .parent()
                .context("initdb lies in a folder")?
                .to_path_buf();
            let (redis, redis_url) = start_redis(workspace, &redis_server, folder.path())?;
            let (postgres, database_url) = start_postgres(
                workspace,
                supervisor,
                &postgres_folder,
                folder.path(),
                durability,
            )?;
            Ok(Self {
                redis,
                postgres,
                redis_url,
                database_url,
                redis_server,
                postgres_folder,
                _folder: folder,
            })
        })
    }

    pub fn stop(mut self) -> Result<()> {
        let deadline = Instant::now() + STOPS_WITHIN;
        self.redis.ask_to_stop()?;
        self.postgres.ask_to_stop()?;
        self.redis.stop_by(deadline)?;
        self.postgres.stop_by(deadline)
    }
}

fn start_redis(workspace: &Workspace, program: &Path, folder: &Path) -> Result<(Process, String)> {
    let port = ports::any_free()?;
    let data = folder.join("redis");
    fs::create_dir(&data)?;
    let mut command = plain(program, workspace);
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(&data)
        .stdout(log(&data)?);
    let mut redis = Process::start("redis-server", &mut command)?;
    until_listening(&mut redis, port, &data)?;
    Ok((redis, format!("redis://127.0.0.1:{port}")))
}

fn start_postgres(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    programs: &Path,
    folder: &Path,
    durability: Durability,
) -> Result<(Process, String)> {
    let port = ports::any_free()?;
    let home = folder.join("postgres");
    fs::create_dir(&home)?;
    let data = home.join("data");
    let owner = Owner::of_postgres(workspace)?;
    owner.takes(&home)?;

    let mut initdb = plain(programs.join("initdb"), workspace);
    initdb
        .arg("--pgdata")
        .arg(&data)
        .args(["--username", POSTGRES_USER, "--auth", "trust"])
        .args(["--encoding", "UTF8", "--locale", "C", "--no-sync"])
        .current_dir(&home)
        .stdout(Stdio::null());
    owner.runs(&mut initdb);
    supervisor.run("initdb", &mut initdb)?;

    let mut command = plain(programs.join("postgres"), workspace);
    command
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
        .arg(&home)
        .args(["-c", POSTGRES_CONNECTIONS])
        .current_dir(&home)
        .stdout(Stdio::null())
        .stderr(log(folder)?);
    if durability == Durability::None {
        command
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .args(["-c", "synchronous_commit=off"]);
    }
    owner.runs(&mut command);
    // SIGTERM would wait for every client to leave; SIGINT is the fast shutdown.
    let mut postgres = Process::start_stopping_with("postgres", &mut command, Signal::INT)?;
    until_listening(&mut postgres, port, folder)?;
    let url = format!("postgres://{POSTGRES_USER}@127.0.0.1:{port}/postgres");
    Ok((postgres, url))
}

/// initdb and postgres refuse to run as root: the user of Debian's package runs them then.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn of_postgres(workspace: &Workspace) -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let id = |flag: &str| -> Result<u32> {
            let output = plain("id", workspace)
                .args([flag, POSTGRES_USER])
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            text.trim().parse().with_context(|| {
                format!("this runs as root and there is no user '{POSTGRES_USER}' for PostgreSQL")
            })
        };
        Ok(Self(Some((id("-u")?, id("-g")?))))
    }

    fn takes(&self, folder: &Path) -> Result<()> {
        if let Some((user, group)) = self.0 {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn runs(&self, command: &mut Command) {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

fn log(folder: &Path) -> Result<fs::File> {
    Ok(fs::File::create(folder.join("log"))?)
}

fn until_listening(process: &mut Process, port: u16, logs: &Path) -> Result<()> {
    let deadline = Instant::now() + STARTS_WITHIN;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if process.ended()?.is_some() || Instant::now() > deadline {
            let log = fs::read_to_string(logs.join("log")).unwrap_or_default();
            bail!("{} does not start:\n{log}", process.name());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
