//! `run`, `demo` and `simulator`: build what is missing, start it, stop it cleanly.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cargo::{cargo, plain};
use crate::page;
use crate::ports;
use crate::process::{Process, shell_code};
use crate::step::step;
use crate::supervisor::{Ended, STOP_WITHIN, Supervisor};
use crate::workspace::Workspace;

const SERVER: &str = "whahook";
const SIMULATOR: &str = "whahook-simulator";
/// Both packages, whichever is built: what they share is then compiled once, with one set of features.
pub const SHARED: [&str; 6] = [
    "--package",
    SERVER,
    "--package",
    SIMULATOR,
    "--features",
    "whahook/simulator",
];
const SIMULATOR_READY: &str = "Simulator is ready at";
const SIMULATOR_STARTS_WITHIN: Duration = Duration::from_secs(60);
/// What the simulator has left of the ten seconds when the server takes its time.
const SIMULATOR_STOPS_WITHIN: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub struct RunOptions {
    /// Port of the page and the API
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// Folder for the database and the sessions [default: volumes, a demo's: volumes/demo]
    #[arg(long, env = "VOLUME_DIR")]
    volume: Option<PathBuf>,
    /// Build with optimisations (takes longer)
    #[arg(long)]
    release: bool,
}

#[derive(clap::Args)]
pub struct DemoOptions {
    #[command(flatten)]
    run: RunOptions,
    /// Port of the simulated phones
    #[arg(long, default_value_t = 4000)]
    simulator_port: u16,
    /// Use a simulator that runs already, at ws://…/ws/chat
    #[arg(long, conflicts_with = "simulator_port")]
    simulator_url: Option<String>,
}

#[derive(clap::Args)]
pub struct SimulatorOptions {
    /// Port of the simulated phones
    #[arg(
        long = "simulator-port",
        visible_alias = "port",
        default_value_t = 4000
    )]
    simulator_port: u16,
    /// Folder whose subfolder `simulator` keeps the phones [default: volumes/demo]
    #[arg(long, env = "VOLUME_DIR")]
    volume: Option<PathBuf>,
    /// Build with optimisations (takes longer)
    #[arg(long)]
    release: bool,
}

pub fn run(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &RunOptions,
) -> Result<ExitCode> {
    ports::must_be_free(&host(), options.port, "--port")?;
    let volume = workspace.volume(options.volume.as_deref(), "volumes")?;
    page::build(workspace, supervisor)?;
    build_server(workspace, supervisor, options.release)?;
    let mut command = server(workspace, options, &volume);
    let mut server = Process::start(SERVER, &mut command)?;
    supervise(supervisor, &mut server, None)
}

pub fn demo(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &DemoOptions,
) -> Result<ExitCode> {
    ports::must_be_free(&host(), options.run.port, "--port")?;
    if options.simulator_url.is_none() {
        ports::must_be_free(&host(), options.simulator_port, "--simulator-port")?;
    }
    // Apart from `run`: a session of a simulated phone must never knock at the real WhatsApp.
    let volume = workspace.volume(options.run.volume.as_deref(), "volumes/demo")?;
    page::build(workspace, supervisor)?;
    build_demo(workspace, supervisor, options.run.release)?;

    let (mut simulator, url) = match &options.simulator_url {
        Some(url) => (None, url.clone()),
        None => {
            let port = options.simulator_port;
            let process =
                start_simulator(workspace, supervisor, port, &volume, options.run.release)?;
            (Some(process), format!("ws://127.0.0.1:{port}/ws/chat"))
        }
    };
    let mut command = server(workspace, &options.run, &volume);
    let mut server = Process::start(SERVER, command.env("WHATSAPP_URL", url))?;
    supervise(supervisor, &mut server, simulator.as_mut())
}

pub fn simulator(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &SimulatorOptions,
) -> Result<ExitCode> {
    ports::must_be_free(&host(), options.simulator_port, "--simulator-port")?;
    let volume = workspace.volume(options.volume.as_deref(), "volumes/demo")?;
    build_simulator(workspace, supervisor, options.release)?;
    let mut simulator = start_simulator(
        workspace,
        supervisor,
        options.simulator_port,
        &volume,
        options.release,
    )?;
    supervise(supervisor, &mut simulator, None)
}

/// Server and simulator as the demo and the browser tests use them.
pub fn build_demo(workspace: &Workspace, supervisor: &mut Supervisor, release: bool) -> Result<()> {
    step("Building server and simulator", || {
        let mut build = cargo_build(workspace, release);
        build.args(SHARED).arg("--bins");
        supervisor.run("cargo build", &mut build)
    })
}

fn build_simulator(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    release: bool,
) -> Result<()> {
    step("Building the simulator", || {
        let mut build = cargo_build(workspace, release);
        build.args(SHARED).args(["--bin", SIMULATOR]);
        supervisor.run("cargo build", &mut build)
    })
}

fn build_server(workspace: &Workspace, supervisor: &mut Supervisor, release: bool) -> Result<()> {
    step("Building the server", || {
        let mut build = cargo_build(workspace, release);
        build.args(["--package", SERVER, "--bins"]);
        supervisor.run("cargo build", &mut build)
    })
}

fn cargo_build(workspace: &Workspace, release: bool) -> Command {
    let mut command = cargo(workspace);
    command.arg("build");
    if release {
        command.arg("--release");
    }
    command
}

fn server(workspace: &Workspace, options: &RunOptions, volume: &Path) -> Command {
    let mut command = plain(workspace.binary(SERVER, options.release), workspace);
    command
        .arg("serve")
        .env("HOST", host())
        .env("PORT", options.port.to_string())
        .env("VOLUME_DIR", volume)
        .env("SITE_DIR", workspace.site());
    command
}

fn start_simulator(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    port: u16,
    volume: &Path,
    release: bool,
) -> Result<Process> {
    let data = volume.join("simulator");
    std::fs::create_dir_all(&data).with_context(|| format!("creating {}", data.display()))?;
    let mut command = plain(workspace.binary(SIMULATOR, release), workspace);
    command
        .args(["--port", &port.to_string(), "--demo", "--data"])
        .arg(data)
        .stdout(Stdio::piped());
    supervisor.start_until_line(
        "the simulator",
        &mut command,
        SIMULATOR_READY,
        SIMULATOR_STARTS_WITHIN,
    )
}

/// Waits for the end. The server goes first: it says goodbye to WhatsApp, which is the simulator.
fn supervise(
    supervisor: &mut Supervisor,
    server: &mut Process,
    mut simulator: Option<&mut Process>,
) -> Result<ExitCode> {
    let ended = match simulator.as_deref_mut() {
        Some(simulator) => supervisor.wait(&mut [&mut *server, simulator])?,
        None => supervisor.wait(&mut [&mut *server])?,
    };
    let code = match ended {
        Ended::Asked => 0,
        Ended::Child { index, status } => {
            let name = match (index, simulator.as_deref()) {
                (1, Some(simulator)) => simulator.name(),
                _ => server.name(),
            };
            eprintln!("{name} ended by itself with code {}", shell_code(status));
            shell_code(status)
        }
    };
    let deadline = Instant::now() + STOP_WITHIN;
    server.ask_to_stop()?;
    if simulator.is_some() {
        server.wait_until(deadline - SIMULATOR_STOPS_WITHIN)?;
    }
    if let Some(simulator) = simulator {
        simulator.ask_to_stop()?;
        simulator.stop_by(deadline)?;
    }
    server.stop_by(deadline)?;
    Ok(ExitCode::from(code))
}

fn host() -> String {
    std::env::var("HOST").unwrap_or_else(|_| "127.0.0.1".to_owned())
}
