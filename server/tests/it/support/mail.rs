//! A mail server of the test's own, which it may stop, and the mails that it
//! took.

use super::{
    eventually::eventually,
    process::{Program, find, on_path, unused_port},
};
use mailparse::{MailHeaderMap, ParsedMail};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A mail as its reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub auto_submitted: String,
    pub text: String,
    pub html: String,
    pub encrypted: bool,
    pub user: Option<String>,
    /// As it went over the wire.
    pub raw: String,
}

pub struct MailServer {
    pub port: u16,
    options: Value,
    node: PathBuf,
    program: Option<Program>,
    starts: u32,
    folder: TempDir,
}

impl MailServer {
    /// `None` where there is no Node.js to run it, or the packages of the
    /// browser tests are not installed.
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, json!({})).await
    }

    /// See `tests/smtp/server.mjs` for the options.
    pub async fn start_with(test: &str, options: Value) -> Option<Self> {
        let packages = workspace().join("e2e/node_modules/smtp-server");
        if std::env::var_os("WHAHOOK_NODE_TESTS").is_some() {
            assert!(packages.exists(), "npm ci in e2e/ is missing");
        }
        find(test, "SMTP_SERVER_PACKAGE", [packages])?;
        let node = find(test, "NODE_BIN", on_path("node"))?;
        let mut server = Self {
            port: unused_port(),
            options,
            node,
            program: None,
            starts: 0,
            folder: TempDir::new().unwrap(),
        };
        server.start_again().await;
        Some(server)
    }

    pub async fn start_again(&mut self) {
        let mut options = self.options.clone();
        options["port"] = json!(self.port);
        let mut command = Command::new(&self.node);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.mjs"))
            .arg(options.to_string());
        self.starts += 1;
        let mut program = Program::start(command, self.log(self.starts));
        program.until_it_says("\"listening\"").await;
        self.program = Some(program);
    }

    pub async fn kill(&mut self) {
        self.program.take().expect("it runs").kill().await;
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Every mail it has taken, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        (1..=self.starts)
            .map(|n| std::fs::read_to_string(self.log(n)).unwrap())
            .flat_map(|said| said.lines().filter_map(taken).collect::<Vec<_>>())
            .collect()
    }

    /// The mails, once there are so many.
    pub async fn until_mails(&self, count: usize) -> Vec<Mail> {
        eventually(|| async { self.mails() }, |mails| mails.len() >= count).await
    }

    fn log(&self, start: u32) -> PathBuf {
        self.folder.path().join(format!("{start}.log"))
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn taken(line: &str) -> Option<Mail> {
    let told: Value = serde_json::from_str(line).ok()?;
    let mail = told.get("mail")?;
    let raw = mail["raw"].as_str()?;
    let parsed = mailparse::parse_mail(raw.as_bytes()).unwrap();
    let header = |name: &str| parsed.headers.get_first_value(name);
    Some(Mail {
        from: mail["from"].as_str()?.to_owned(),
        to: mail["to"][0].as_str()?.to_owned(),
        subject: header("Subject")?,
        message_id: header("Message-ID")?,
        in_reply_to: header("In-Reply-To"),
        auto_submitted: header("Auto-Submitted")?,
        text: part(&parsed, "text/plain")?,
        html: part(&parsed, "text/html")?,
        encrypted: mail["secure"].as_bool()?,
        user: mail["user"].as_str().map(ToOwned::to_owned),
        raw: raw.to_owned(),
    })
}

fn part(mail: &ParsedMail<'_>, kind: &str) -> Option<String> {
    mail.parts()
        .find(|part| part.ctype.mimetype == kind)
        .map(|part| part.get_body().unwrap())
}
