//! Waiting for children and for Ctrl-C at the same time.

use std::fmt;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::process::{Process, shell_code};

/// The promise is ten seconds from the signal to the end.
pub const STOP_WITHIN: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);

pub struct Supervisor {
    signals: Signals,
    asked_to_stop: Option<i32>,
}

/// The person (or the machine) asked xtask to stop.
#[derive(Debug)]
pub struct Interrupted(i32);

impl Interrupted {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.0).unwrap_or(1))
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped by signal {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

/// Why waiting for a set of processes came to its end.
pub enum Ended {
    Asked,
    Child { index: usize, status: ExitStatus },
}

impl Supervisor {
    pub fn install() -> Result<Self> {
        Ok(Self {
            signals: Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD])?,
            asked_to_stop: None,
        })
    }

    /// Runs a command to its end. A failure of the command is an error.
    pub fn run(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let status = self.status(name, command)?;
        if !status.success() {
            bail!("{name} ended with code {}", shell_code(status));
        }
        Ok(())
    }

    /// Runs a command to its end and hands back how it ended.
    pub fn status(&mut self, name: &str, command: &mut Command) -> Result<ExitStatus> {
        let mut process = Process::start(name, command)?;
        match self.wait(&mut [&mut process])? {
            Ended::Child { status, .. } => Ok(status),
            Ended::Asked => {
                process.stop(STOP_WITHIN)?;
                Err(self.interrupted())
            }
        }
    }

    /// Waits until one of the processes ends or somebody asks us to stop.
    pub fn wait(&mut self, processes: &mut [&mut Process]) -> Result<Ended> {
        loop {
            for (index, process) in processes.iter_mut().enumerate() {
                if let Some(status) = process.ended()? {
                    return Ok(Ended::Child { index, status });
                }
            }
            if self.asked_to_stop.is_some() {
                return Ok(Ended::Asked);
            }
            // A child that ended since the look above has left its SIGCHLD pending:
            // this returns at once. (So nothing may take signals in between.)
            for signal in self.signals.wait() {
                if signal != SIGCHLD {
                    self.asked_to_stop = Some(signal);
                }
            }
        }
    }

    /// Starts a process and waits until it prints a line with `marker`.
    pub fn start_until_line(
        &mut self,
        name: &str,
        command: &mut Command,
        marker: &str,
        limit: Duration,
    ) -> Result<Process> {
        let mut process = Process::start(name, command.stdout(Stdio::piped()))?;
        let lines = process.echo_stdout()?;
        self.until_line(&mut process, &lines, marker, limit)?;
        Ok(process)
    }

    fn until_line(
        &mut self,
        process: &mut Process,
        lines: &Receiver<String>,
        marker: &str,
        limit: Duration,
    ) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            match lines.recv_timeout(TICK) {
                Ok(line) if line.contains(marker) => return Ok(()),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if self.stop_asked() {
                        process.stop(STOP_WITHIN)?;
                        return Err(self.interrupted());
                    }
                    if Instant::now() > deadline {
                        bail!(
                            "{} did not say '{marker}' within {} s",
                            process.name(),
                            limit.as_secs()
                        );
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    process.wait_until(Instant::now() + Duration::from_secs(1))?;
                    match process.ended()? {
                        Some(status) => bail!(
                            "{} ended with code {} before it was ready",
                            process.name(),
                            shell_code(status)
                        ),
                        None => bail!("{} closed its output", process.name()),
                    }
                }
            }
        }
    }

    fn stop_asked(&mut self) -> bool {
        for signal in self.signals.pending() {
            if signal != SIGCHLD {
                self.asked_to_stop = Some(signal);
            }
        }
        self.asked_to_stop.is_some()
    }

    /// Work that runs inside xtask itself calls this between its parts.
    pub fn go_on(&mut self) -> Result<()> {
        if self.stop_asked() {
            return Err(self.interrupted());
        }
        Ok(())
    }

    fn interrupted(&self) -> anyhow::Error {
        Interrupted(self.asked_to_stop.unwrap_or(SIGTERM)).into()
    }
}
