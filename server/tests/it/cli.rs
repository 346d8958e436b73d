//! The built binary, from outside.

use crate::support::{Client, PASSWORD, send};
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use whahook::platform::db::lock;

fn whahook(volume: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whahook"));
    command
        .env_clear()
        .env("VOLUME_DIR", volume)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn wrong_settings_are_all_named_and_nothing_starts() {
    let volume = tempfile::tempdir().unwrap();
    let output = whahook(&volume.path().join("v"))
        .env("PORT", "none")
        .env("SIGNUP", "sometimes")
        .env("LOG_FORMAT", "xml")
        .output()
        .unwrap();
    let (stdout, stderr) = text(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stdout.is_empty(), "{stdout}");
    for name in ["PORT", "SIGNUP", "LOG_FORMAT"] {
        assert!(stderr.contains(name), "{stderr}");
    }
    assert!(!volume.path().join("v").exists());
}

#[test]
fn the_description_needs_no_settings() {
    let volume = tempfile::tempdir().unwrap();
    let output = whahook(volume.path())
        .env("PORT", "none")
        .arg("openapi")
        .output()
        .unwrap();
    assert!(output.status.success());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn migrating_may_be_repeated() {
    let volume = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = whahook(volume.path()).arg("migrate").output().unwrap();
        assert!(output.status.success(), "{:?}", text(&output));
    }
    assert!(volume.path().join("whahook.db").exists());
}

fn add_user(volume: &Path, password: &str) -> Output {
    let mut child = whahook(volume)
        .args(["user", "add", "--email", "Ana@example.com", "--name", "Ana"])
        .args(["--admin", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{password}").unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// A server in a process of its own, killed when the test ends.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut child = command.env("PORT", port.to_string()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut ready)
            .unwrap();
        if !ready.starts_with("WhaHook is ready at ") {
            let mut stderr = String::new();
            let _ = child.kill();
            child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
            panic!("{ready}{stderr}");
        }
        let url = ready.trim().rsplit(' ').next().unwrap().to_owned();
        assert_eq!(url, format!("http://127.0.0.1:{port}"));
        Self { child, url }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    fn ends_within(&mut self, limit: Duration) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(started.elapsed() < limit, "it still runs");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_person_added_by_the_operator_signs_in_and_sigterm_stops_the_server() {
    let volume = tempfile::tempdir().unwrap();
    let added = add_user(volume.path(), PASSWORD);
    assert!(added.status.success(), "{:?}", text(&added));
    let again = add_user(volume.path(), PASSWORD);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again).1.contains("already"), "{:?}", text(&again));
    let short = add_user(volume.path(), "short");
    assert!(text(&short).1.contains("password"), "{:?}", text(&short));

    for signal in ["TERM", "INT"] {
        let mut command = whahook(volume.path());
        command.env("LOG_FORMAT", "json");
        let mut server = Server::start(command);
        let browser = Client::browser(&server.url, &server.url);
        let login = json!({"email": "ana@example.com", "password": PASSWORD});
        let user = browser.post("/api/auth/login", login).await.expect(200);
        assert_eq!(user["role"], "admin");
        server.signal(signal);
        let code = server.ends_within(Duration::from_secs(10));
        assert_eq!(code, Some(0), "{signal}");
    }
}

#[test]
fn a_second_server_on_a_taken_port_says_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let volume = tempfile::tempdir().unwrap();
    let output = whahook(volume.path()).env("PORT", &port).output().unwrap();
    let (_, stderr) = text(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr.contains("cannot listen") && stderr.contains(&port),
        "{stderr}"
    );
}

#[test]
fn a_second_server_on_the_same_volume_is_refused_until_the_first_is_gone() {
    let volume = tempfile::tempdir().unwrap();
    let first = Server::start(whahook(volume.path()));
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let output = whahook(volume.path()).env("PORT", &port).output().unwrap();
    let (stdout, stderr) = text(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stdout.is_empty(), "{stdout}");
    assert!(stderr.contains("VOLUME_DIR"), "{stderr}");
    // Other commands go on beside it.
    let migrated = whahook(volume.path()).arg("migrate").output().unwrap();
    assert!(migrated.status.success(), "{:?}", text(&migrated));
    assert!(add_user(volume.path(), PASSWORD).status.success());
    // `kill -9`: nobody says goodbye.
    first.signal("KILL");
    let started = Instant::now();
    let _next = Server::start(whahook(volume.path()));
    assert!(started.elapsed() < lock::PATIENCE, "it waited in vain");
}

#[tokio::test]
async fn log_lines_carry_the_requests_id_and_no_secrets() {
    let volume = tempfile::tempdir().unwrap();
    assert!(add_user(volume.path(), PASSWORD).status.success());
    let mut command = whahook(volume.path());
    command
        .env("LOG_FORMAT", "json")
        .env("RUST_LOG", "info,whahook=debug");
    let mut server = Server::start(command);
    let browser = Client::browser(&server.url, &server.url);
    let login = browser
        .request(reqwest::Method::POST, "/api/auth/login?token=in-a-query")
        .header("x-request-id", "job-7")
        .json(&json!({"email": "ana@example.com", "password": PASSWORD}));
    let answer = send(login).await;
    let cookie = answer.header("set-cookie").to_owned();
    let token = cookie["whahook_session=".len()..]
        .split(';')
        .next()
        .unwrap();
    answer.expect(200);
    let new = json!({"name": "CI", "scopes": ["read"]});
    let key = browser.post("/api/keys", new).await.expect(201)["key"].clone();
    Client::program(&server.url, key.as_str().unwrap())
        .get("/api/accounts")
        .await
        .expect(200);
    server.signal("TERM");
    assert_eq!(server.ends_within(Duration::from_secs(10)), Some(0));

    let mut log = String::new();
    let mut stderr = server.child.stderr.take().unwrap();
    stderr.read_to_string(&mut log).unwrap();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let of_the_login: Vec<_> = lines
        .iter()
        .filter(|line| line["spans"][0]["request.id"] == "job-7")
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(of_the_login, ["a person signed in", "answered"], "{log}");
    for secret in [
        PASSWORD,
        token,
        key.as_str().unwrap(),
        "in-a-query",
        "ana@example.com",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
