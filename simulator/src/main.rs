//! The simulator alone: `whahook-simulator --port 4000 --data DIR`.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use whahook_simulator::{Config, Simulator};

#[derive(Parser)]
#[command(
    version,
    about = "WhatsApp in a box: servers and phones that speak the real protocol"
)]
struct Arguments {
    /// Address to listen on.
    #[arg(long, env = "HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 4000)]
    port: u16,
    /// Folder that keeps phones, devices, keys and chats; without it they end with the process.
    #[arg(long, env = "DATA_DIR")]
    data: Option<PathBuf>,
    /// Start with two phones, Ana and Bruno, if there is none.
    #[arg(long, env = "DEMO")]
    demo: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        // libsignal calls every repeated delivery an error.
        .unwrap_or_else(|_| "info,wacore_libsignal=off,sqlx=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the simulator could not start");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let simulator = Simulator::start(Config {
        host: arguments.host,
        port: arguments.port,
        data: arguments.data,
        demo: arguments.demo,
    })
    .await?;
    let mut out = std::io::stdout();
    writeln!(out, "Simulator is ready at {}", simulator.http_url())?;
    out.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}
