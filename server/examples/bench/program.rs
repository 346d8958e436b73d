//! A process under measurement: started, read, killed, gone with the benchmark.

use anyhow::{Context as _, Result, bail};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

const STARTS_WITHIN: Duration = Duration::from_secs(120);
/// How much of its log is shown of a program that ended by itself.
const LAST_LINES: usize = 20;

pub struct Program {
    name: &'static str,
    child: Child,
    pid: u32,
    log: PathBuf,
    pub output: Option<Lines<BufReader<ChildStdout>>>,
    pub input: Option<ChildStdin>,
}

impl Program {
    /// Starts it with as many open files as the machine lets it have.
    pub fn start(
        name: &'static str,
        binary: &Path,
        arguments: &[String],
        variables: &[(&str, String)],
        log: PathBuf,
    ) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("creating {name}'s log"))?;
        let mut child = Command::new("sh")
            .args(["-c", r#"ulimit -n "$(ulimit -Hn)"; exec "$@""#, "sh"])
            .arg(binary)
            .args(arguments)
            .env_remove("RUST_LOG")
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let pid = child.id().context("it has just been started")?;
        let output = child.stdout.take().map(|out| BufReader::new(out).lines());
        let input = child.stdin.take();
        Ok(Self {
            name,
            child,
            pid,
            log,
            output,
            input,
        })
    }

    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// The rest of the line that begins with the words.
    pub async fn until_it_says(&mut self, words: &str) -> Result<String> {
        let output = self.output.as_mut().context("nobody else reads it")?;
        let said = timeout(STARTS_WITHIN, async {
            while let Some(line) = output.next_line().await? {
                if let Some(rest) = line.strip_prefix(words) {
                    return Ok(rest.trim().to_owned());
                }
            }
            bail!("it ended")
        });
        let said = said.await.context("it did not start in time");
        said.and_then(|said| said)
            .with_context(|| format!("{} says:\n{}", self.name, self.last_words()))
    }

    /// `kill -9`: no goodbye, nothing flushed.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }

    /// Says what its log ends with, when something went wrong with it.
    pub fn explain(&self, error: &anyhow::Error) -> String {
        format!(
            "{error:#}; the log of {} ends with:\n{}",
            self.name,
            self.last_words()
        )
    }
}

/// A binary that was built together with this benchmark.
pub fn built(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .parent()
        .and_then(Path::parent)
        .context("an example lies two levels below its profile's folder")?;
    let binary = folder.join(name);
    anyhow::ensure!(
        binary.exists(),
        "{name} is not built: start this with `cargo xtask bench sessions`"
    );
    Ok(binary)
}
