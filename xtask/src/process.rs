//! A child process that never outlives xtask.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

const POLL: Duration = Duration::from_millis(20);

pub struct Process {
    name: String,
    child: Child,
    stop_signal: Signal,
    ended: Option<ExitStatus>,
}

impl Process {
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        Self::start_stopping_with(name, command, Signal::TERM)
    }

    /// PostgreSQL, for one, takes SIGTERM as "wait until the last client has gone".
    pub fn start_stopping_with(
        name: &str,
        command: &mut Command,
        stop_signal: Signal,
    ) -> Result<Self> {
        // A group of its own: Ctrl-C reaches xtask alone, which then stops its
        // children one after the other, in the order that loses nothing.
        command.process_group(0).stdin(Stdio::null());
        end_with_parent(command, stop_signal);
        let child = command
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            stop_signal,
            ended: None,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Passes standard output through, line by line, and hands every line to the receiver as well.
    pub fn echo_stdout(&mut self) -> Result<Receiver<String>> {
        let output = self
            .child
            .stdout
            .take()
            .with_context(|| format!("{} was started without a pipe", self.name))?;
        let (lines, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                pass_through(&line);
                // Nobody listens any more once the ready line was seen.
                let _ = lines.send(line);
            }
        });
        Ok(receiver)
    }

    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self
                .child
                .try_wait()
                .with_context(|| format!("waiting for {}", self.name))?;
        }
        Ok(self.ended)
    }

    pub fn ask_to_stop(&mut self) -> Result<()> {
        if self.ended()?.is_none() {
            // Gone between the look and the signal is as good as stopped.
            let _ = kill_process(self.pid(), self.stop_signal);
        }
        Ok(())
    }

    pub fn wait_until(&mut self, deadline: Instant) -> Result<bool> {
        while self.ended()?.is_none() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            thread::sleep(POLL);
        }
        Ok(true)
    }

    pub fn stop(&mut self, grace: Duration) -> Result<()> {
        self.ask_to_stop()?;
        self.stop_by(Instant::now() + grace)
    }

    /// Waits for a process that was asked to stop, and kills one that did not listen.
    pub fn stop_by(&mut self, deadline: Instant) -> Result<()> {
        if !self.wait_until(deadline)? {
            eprintln!("{} did not stop in time and is killed", self.name);
            self.kill();
        }
        Ok(())
    }

    fn kill(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        self.ended = self.child.wait().ok();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.ended(), Ok(None)) {
            self.kill();
        }
    }
}

/// The exit code a shell would show: 128 + signal for a killed process.
pub fn shell_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[expect(
    clippy::print_stdout,
    reason = "the child's own output is passed through"
)]
fn pass_through(line: &str) {
    println!("{line}");
}

/// A killed xtask must leave no orphans behind.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "running code between fork and exec is unsafe in std's interface"
)]
fn end_with_parent(command: &mut Command, signal: Signal) {
    // SAFETY: the closure makes one system call (prctl), which is async-signal-safe and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(signal)).map_err(Into::into)
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_command: &mut Command, _signal: Signal) {}
