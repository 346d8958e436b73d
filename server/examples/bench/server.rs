//! The shipped server in a process of its own: people, their accounts and pages.

use super::{
    measure,
    program::{Program, built},
    socket::{self, Sessions},
    subject::{Ear, Mouth},
};
use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::header::ORIGIN;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

const AT_ONCE: usize = 8;
const POLL: Duration = Duration::from_millis(50);

pub struct Server {
    program: Program,
    url: String,
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
    http: reqwest::Client,
    /// An API key of each person.
    keys: Vec<String>,
    /// After everybody has chosen a password.
    pub signed_up_rss_mb: f64,
    /// Of the sessions, in order.
    accounts: Vec<String>,
    sessions: Sessions,
    pages: Vec<JoinHandle<()>>,
    mouth: Mouth,
    pub ear: Ear,
}

impl Server {
    /// With so many people signed in, each with a page open.
    pub async fn start(
        folder: &Path,
        whatsapp: &str,
        people: usize,
        settings: &[(&'static str, String)],
    ) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let volume = folder.join("volume");
        let mut variables = vec![
            ("PORT", port.to_string()),
            ("VOLUME_DIR", volume.to_string_lossy().into_owned()),
            ("WHATSAPP_URL", whatsapp.to_owned()),
            ("SIGNUP", "open".to_owned()),
            ("RATE_LIMITING_ENABLED", "false".to_owned()),
            // Each person registers from an address of their own.
            ("TRUSTED_PROXIES", "1".to_owned()),
            ("MAX_SESSIONS", "0".to_owned()),
            ("MAX_SESSIONS_PER_USER", "0".to_owned()),
        ];
        variables.extend_from_slice(settings);
        let (mouth, ear) = mpsc::unbounded_channel();
        let mut server = Self {
            program: launch(folder, &variables)?,
            url: format!("http://127.0.0.1:{port}"),
            folder: folder.to_owned(),
            variables,
            http: reqwest::Client::new(),
            keys: Vec::new(),
            signed_up_rss_mb: 0.0,
            accounts: Vec::new(),
            sessions: Sessions::default(),
            pages: Vec::new(),
            mouth,
            ear,
        };
        server.until_it_listens().await?;
        let url = &server.url;
        let keys = stream::iter(0..people).map(|person| register(url, person));
        server.keys = keys.buffered(AT_ONCE).try_collect().await?;
        server.signed_up_rss_mb = measure::rss_mb(server.program.pid())?;
        // Passwords were hashed just now, each in 19 MB: what the allocator keeps
        // of that would drown what a session costs.
        server.kill_and_start().await?;
        server.open_pages().await?;
        Ok(server)
    }

    async fn until_it_listens(&mut self) -> Result<()> {
        self.program.until_it_says("WhaHook is ready at ").await?;
        Ok(())
    }

    async fn open_pages(&mut self) -> Result<()> {
        for key in &self.keys {
            let (sessions, mouth) = (self.sessions.clone(), self.mouth.clone());
            let page = socket::listen(&self.url, key, sessions, mouth).await;
            self.pages.push(page.context("opening a page")?);
        }
        Ok(())
    }

    pub const fn program(&self) -> &Program {
        &self.program
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn account(&self, session: usize) -> &str {
        &self.accounts[session]
    }

    /// The API key of whoever has the session.
    pub fn key(&self, session: usize) -> &str {
        &self.keys[session % self.keys.len()]
    }

    /// Makes accounts up to this number of sessions, shared out among people.
    pub async fn prepare(&mut self, sessions: usize) -> Result<()> {
        let known = self.accounts.len();
        let this = &*self;
        let made = stream::iter(known..sessions).map(|session| async move {
            let label = json!({ "label": format!("Account {session}") });
            let account = this.post(session, "/api/accounts", &label).await?;
            let id = account["id"].as_str().context("no id")?.to_owned();
            this.sessions.write().insert(id.clone(), session);
            anyhow::Ok(id)
        });
        let made: Vec<String> = made.buffered(AT_ONCE).try_collect().await?;
        self.accounts.extend(made);
        Ok(())
    }

    pub fn click(&self, session: usize) -> impl Future<Output = Result<()>> + Send + use<> {
        let path = format!("/api/accounts/{}/session", self.accounts[session]);
        let clicked = self.post(session, &path, &json!({}));
        async move { clicked.await.map(drop) }
    }

    /// Accepts a text; it is sent later.
    pub async fn send(&self, session: usize, to: &str, text: &str) -> Result<()> {
        let account = &self.accounts[session];
        let message = json!({"account_id": account, "to": to, "type": "text", "text": text});
        self.post(session, "/api/messages", &message).await?;
        Ok(())
    }

    /// Asks as whoever has the session.
    pub fn post(
        &self,
        session: usize,
        path: &str,
        body: &Value,
    ) -> impl Future<Output = Result<Value>> + Send + use<> {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .bearer_auth(self.key(session))
            .json(body);
        answered(request)
    }

    /// `kill -9`, at once started again on the same volume; everything that was
    /// open is gone. Returns when the process was killed.
    pub async fn kill_and_start(&mut self) -> Result<Instant> {
        let killed = Instant::now();
        self.kill().await?;
        self.start_again().await?;
        Ok(killed)
    }

    pub async fn kill(&mut self) -> Result<()> {
        for page in self.pages.drain(..) {
            page.abort();
        }
        self.program.kill().await
    }

    pub async fn start_again(&mut self) -> Result<()> {
        self.program = launch(&self.folder, &self.variables)?;
        self.until_it_listens().await
    }

    /// Waits until it calls so many sessions ready.
    pub async fn until_ready(&self, sessions: usize, patience: Duration) -> Result<Instant> {
        let begin = Instant::now();
        loop {
            let health = answered(self.http.get(format!("{}/health", self.url))).await?;
            if health["sessions"]["ready"] == sessions {
                return Ok(Instant::now());
            }
            ensure!(
                begin.elapsed() < patience,
                "not all are ready again: {}",
                health["sessions"]
            );
            sleep(POLL).await;
        }
    }

    /// People's pages come back after a restart.
    pub async fn reopen_pages(&mut self) -> Result<()> {
        self.open_pages().await
    }
}

fn launch(folder: &Path, variables: &[(&'static str, String)]) -> Result<Program> {
    Program::start(
        "the server",
        &built("whahook")?,
        &["serve".to_owned()],
        variables,
        folder.join("server.log"),
    )
}

/// The new person's API key.
async fn register(url: &str, person: usize) -> Result<String> {
    let browser = reqwest::Client::builder().cookie_store(true).build()?;
    let post = |path: &str, body: Value| {
        let request = browser
            .post(format!("{url}{path}"))
            .header(ORIGIN, url)
            .header(
                "x-forwarded-for",
                format!("10.0.{}.{}", person / 250, person % 250 + 1),
            )
            .json(&body);
        answered(request)
    };
    let email = format!("person{person}@example.com");
    let new = json!({"email": email, "password": "correct horse battery", "name": "Person"});
    post("/api/auth/register", new).await?;
    let new = json!({"name": "bench", "scopes": ["read", "send", "admin"]});
    let key = post("/api/keys", new).await?;
    Ok(key["key"].as_str().context("no key")?.to_owned())
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (path, status) = (answer.url().path().to_owned(), answer.status());
    let text = answer.text().await?;
    ensure!(status.is_success(), "{path} says {status}: {text}");
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}
