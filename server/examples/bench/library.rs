//! The bare library in a process of its own: one client a session and nothing
//! around it. It obeys lines on its standard input and tells lines on its
//! standard output.

use super::{
    program::Program,
    simulator::recipient,
    subject::{Ear, Kind, Mouth, Told, What},
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    sync::mpsc::{self, UnboundedSender},
};
use whatsapp_rust::{
    prelude::*, store::traits::Backend, transport::TokioWebSocketTransportFactory,
    wacore::store::in_memory::InMemoryBackend,
};
use whatsapp_rust_sqlite_storage::SqliteStore;

/// The parent's end.
pub struct Library {
    program: Program,
    lines: UnboundedSender<String>,
    mouth: Mouth,
    pub ear: Ear,
}

impl Library {
    pub fn start(kind: Kind, folder: &Path, whatsapp: &str) -> Result<Self> {
        let mut program = launch(kind, folder, whatsapp, 0)?;
        let (mouth, ear) = mpsc::unbounded_channel();
        let lines = converse(&mut program, mouth.clone())?;
        Ok(Self {
            program,
            lines,
            mouth,
            ear,
        })
    }

    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Tells it, once that is awaited.
    pub fn tell(&self, line: String) -> impl Future<Output = Result<()>> + Send + use<> {
        let lines = self.lines.clone();
        async move { lines.send(line).context("the process went away") }
    }

    /// `kill -9`, at once started again on the same stores.
    pub async fn kill_and_start(
        &mut self,
        kind: Kind,
        folder: &Path,
        whatsapp: &str,
        sessions: usize,
    ) -> Result<Instant> {
        let killed = Instant::now();
        self.program.kill().await?;
        while self.ear.try_recv().is_ok() {}
        self.program = launch(kind, folder, whatsapp, sessions)?;
        self.lines = converse(&mut self.program, self.mouth.clone())?;
        Ok(killed)
    }
}

fn launch(kind: Kind, folder: &Path, whatsapp: &str, restore: usize) -> Result<Program> {
    let store = match kind {
        Kind::Sqlite => "sqlite",
        Kind::Server | Kind::Memory => "memory",
    };
    let arguments = [
        "library",
        "--store",
        store,
        "--whatsapp",
        whatsapp,
        "--folder",
        &folder.to_string_lossy(),
        "--restore",
        &restore.to_string(),
    ];
    Program::start(
        "the library",
        &std::env::current_exe()?,
        &arguments.map(str::to_owned),
        &[],
        folder.join("library.log"),
    )
}

fn converse(program: &mut Program, mouth: Mouth) -> Result<UnboundedSender<String>> {
    let mut output = program.output.take().context("it was read before")?;
    let mut input = program.input.take().context("it was written to before")?;
    tokio::spawn(async move {
        while let Ok(Some(line)) = output.next_line().await {
            let at = Instant::now();
            let mut words = line.split(' ');
            let what = match words.next() {
                Some("qr") => What::Qr(words.next_back().unwrap_or_default().to_owned()),
                Some("ready") => What::Ready,
                _ => continue,
            };
            let Some(session) = line.split(' ').nth(1).and_then(|n| n.parse().ok()) else {
                continue;
            };
            if mouth.send(Told { session, at, what }).is_err() {
                break;
            }
        }
    });
    let (lines, mut said) = mpsc::unbounded_channel::<String>();
    tokio::spawn(async move {
        while let Some(line) = said.recv().await {
            if input
                .write_all(format!("{line}\n").as_bytes())
                .await
                .is_err()
            {
                break;
            }
        }
    });
    Ok(lines)
}

#[derive(Args)]
pub struct Options {
    #[arg(long, value_enum)]
    store: Kind,
    #[arg(long)]
    whatsapp: String,
    #[arg(long)]
    folder: PathBuf,
    /// Sessions that are linked already
    #[arg(long)]
    restore: usize,
}

struct Clients {
    options: Options,
    running: Mutex<HashMap<usize, BotHandle>>,
}

/// The child's end.
pub async fn run(options: Options) -> Result<()> {
    let restore = options.restore;
    let clients = Arc::new(Clients {
        options,
        running: Mutex::default(),
    });
    for session in 0..restore {
        clients.start(session);
    }
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["click", session] => clients.start(session.parse()?),
            ["burst", sessions, chats, each] => {
                clients.burst(sessions.parse()?, chats.parse()?, each.parse()?)?;
            }
            _ => anyhow::bail!("what is `{line}`?"),
        }
    }
    Ok(())
}

impl Clients {
    fn start(self: &Arc<Self>, session: usize) {
        let clients = self.clone();
        tokio::spawn(async move {
            match clients.build(session).await {
                Ok(bot) => {
                    clients.running.lock().insert(session, bot.spawn());
                }
                Err(error) => eprintln!("session {session}: {error:#}"),
            }
        });
    }

    async fn build(&self, session: usize) -> Result<Bot> {
        let backend: Arc<dyn Backend> = match self.options.store {
            Kind::Sqlite => {
                let file = self.options.folder.join(format!("{session}.db"));
                Arc::new(SqliteStore::new(&file.to_string_lossy()).await?)
            }
            Kind::Server | Kind::Memory => Arc::new(InMemoryBackend::new()),
        };
        let socket = TokioWebSocketTransportFactory::new().with_url(&self.options.whatsapp);
        Ok(Bot::builder()
            .with_backend_arc(backend)
            .with_transport_factory(socket)
            .with_version((2, 3000, 1_027_868_167))
            // As many as the server makes: the store is compared, not this.
            .with_wanted_pre_key_count(50)
            .with_event_handler(Teller(session))
            .build()
            .await?)
    }

    /// Every session writes so many messages to every chat, all at the same time.
    fn burst(&self, sessions: usize, chats: usize, each: usize) -> Result<()> {
        let running = self.running.lock();
        ensure!(running.len() >= sessions, "not so many sessions");
        for n in 0..each {
            for session in 0..sessions {
                let client = running.get(&session).context("no such session")?.client();
                for chat in 0..chats {
                    let client = client.clone();
                    tokio::spawn(async move {
                        let to = Jid::pn(recipient(chat));
                        let text = format!("Message {session} {chat} {n}");
                        if let Err(error) = client.send_text(&to, &text).await {
                            eprintln!("session {session}, chat {chat}: {error:#}");
                        }
                    });
                }
            }
        }
        Ok(())
    }
}

struct Teller(usize);

impl EventHandler for Teller {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(qr) => println!("qr {} {}", self.0, qr.code),
            Event::Connected(_) => println!("ready {}", self.0),
            _ => {}
        }
    }
}
