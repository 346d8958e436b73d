//! Programs in processes of their own: started, killed, started again, and gone
//! when the test ends.

use super::{Client, PASSWORD, eventually::eventually};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};
use tempfile::TempDir;
use tokio::process::Child;
use whahook_simulator::Simulator;

/// How many lines of a program's log a failed test shows.
const LAST_LINES: usize = 60;

/// A running program, killed when it is dropped.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it; whatever it says goes to `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let file = fs::File::create(&log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file);
        let child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has said something.
    pub async fn until_it_says(&mut self, words: &str) {
        eventually(
            || async { self.said() },
            |said| said.lines().any(|line| line.contains(words)),
        )
        .await;
    }

    /// `kill -9`: no goodbye, nothing flushed.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, and waits until it has: its exit code.
    pub async fn end_with(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.child.wait().await.unwrap().code()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().expect("it was not waited for yet");
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id.to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self.said();
            let lines: Vec<&str> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
            // Not everything that kills a program is this test.
            let ended = self.child.try_wait();
            eprintln!("… {} (ended: {ended:?}):\n{last}", self.log.display());
        }
    }
}

/// A port that nobody has, not even for a moment: while a server is down, its
/// port must not become a client's. The system takes those from 32768 up.
pub fn unused_port() -> u16 {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 17_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run of the tests begins elsewhere.
    let start = u16::try_from(std::process::id().wrapping_mul(101) % u32::from(COUNT)).unwrap();
    loop {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(n < COUNT, "no port is free");
        let port = FIRST + (start + n) % COUNT;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// WhaHook as it is shipped: the binary, on a volume and a port that stay the
/// same however often it is started.
pub struct Server {
    pub url: String,
    variables: Vec<(String, String)>,
    program: Option<Program>,
    starts: u32,
    folder: TempDir,
}

impl Server {
    /// With the simulator as WhatsApp, anyone may sign up, and no limits.
    pub async fn start(simulator: &Simulator, variables: &[(&str, &str)]) -> Self {
        let port = unused_port();
        let folder = TempDir::new().unwrap();
        let volume = folder.path().join("volume");
        let fixed = [
            ("PORT", port.to_string()),
            ("VOLUME_DIR", volume.to_str().unwrap().to_owned()),
            ("WHATSAPP_URL", simulator.ws_url()),
            ("SIGNUP", "open".to_owned()),
            ("RATE_LIMITING_ENABLED", "false".to_owned()),
        ];
        let own = variables
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let mut server = Self {
            url: format!("http://127.0.0.1:{port}"),
            variables: fixed
                .into_iter()
                .chain(own)
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            program: None,
            starts: 0,
            folder,
        };
        server.launch();
        server.until_ready().await;
        server
    }

    /// Starts it, and does not wait.
    pub fn launch(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whahook"));
        command.env_clear().envs(self.variables.clone());
        command.env("NO_COLOR", "1");
        // For a person who looks into a failure.
        if let Ok(filter) = std::env::var("RUST_LOG") {
            command.env("RUST_LOG", filter);
        }
        self.starts += 1;
        let log = self.folder.path().join(format!("{}.log", self.starts));
        self.program = Some(Program::start(command, log));
    }

    pub async fn until_ready(&mut self) {
        let program = self.program.as_mut().expect("it was started");
        program.until_it_says("WhaHook is ready at ").await;
    }

    pub async fn kill(&mut self) {
        self.program.take().expect("it runs").kill().await;
    }

    /// SIGTERM; it must end well.
    pub async fn stop(&mut self) {
        let code = self.program.take().expect("it runs").end_with("TERM").await;
        assert_eq!(code, Some(0));
    }

    /// A browser in which a new person has just registered.
    pub async fn register(&self, email: &str) -> Client {
        let browser = Client::browser(&self.url, &self.url);
        let person = json!({"email": email, "password": PASSWORD, "name": "Ana"});
        browser.post("/api/auth/register", person).await.expect(201);
        browser
    }

    /// A backend job of that person.
    pub async fn program_of(&self, owner: &Client) -> Client {
        let new = json!({"name": "backend", "scopes": ["read", "send"]});
        let created = owner.post("/api/keys", new).await.expect(201);
        Client::program(&self.url, created["key"].as_str().unwrap())
    }
}

/// The first of a program's places that has it: a variable of the environment
/// (`cargo xtask test` sets it), then what the system offers. Says so when
/// there is none: the test is skipped then.
pub fn find(
    test: &str,
    variable: &str,
    elsewhere: impl IntoIterator<Item = PathBuf>,
) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    if let Some(named) = named {
        assert!(named.exists(), "{variable} names {}", named.display());
        return Some(named);
    }
    let found = elsewhere.into_iter().find(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: {test} ({variable} is not set)");
    }
    found
}

/// Where a shell would look for a program.
pub fn on_path(program: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder: PathBuf| Path::join(&folder, program))
        .collect()
}
