//! When the process is asked to end.

use tokio::signal::unix::{SignalKind, signal};

/// Waits until SIGINT or SIGTERM arrives. From then on a second one ends the
/// process at once, for a person who does not want to wait.
///
/// # Errors
/// The system does not let this process listen for signals.
pub async fn asked_to_stop() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let name = tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    };
    tracing::info!(signal = name, "stopping; a second signal ends it at once");
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(())
}
