//! The commands of the binary.

use crate::{
    app::{App, BuildError, create_volume},
    config::{Config, Mistakes},
    http::openapi,
    notices::{self, Mailer},
    platform::{
        clock::Clock,
        db::{
            Db,
            lock::{self, Locks},
        },
        ids::Ids,
        lifecycle, memory, telemetry,
    },
    users::{self, model::Role},
};
use clap::{Args, Parser, Subcommand};
use lettre::message::Mailbox;
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};
use tokio::net::TcpListener;

/// A realtime multi-user WhatsApp backend with a web page.
///
/// Settings come from the environment; see `.env.example`.
#[derive(Parser)]
#[command(name = "whahook", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (the default)
    Serve,
    /// Bring the database up to date and end
    Migrate,
    /// Manage people
    #[command(subcommand)]
    User(User),
    /// E-mail
    #[command(subcommand)]
    Mail(Mail),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
}

#[derive(Subcommand)]
enum User {
    /// Add a person, whatever SIGNUP says; asks for the password
    Add(NewUser),
}

#[derive(Subcommand)]
enum Mail {
    /// Send one mail, to see whether SMTP_URL and MAIL_FROM work
    Test {
        /// Who gets it
        #[arg(long)]
        to: Mailbox,
    },
}

#[derive(Args)]
struct NewUser {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// Make the person an administrator
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

/// What went wrong, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Settings(#[from] Mistakes),
    #[error(transparent)]
    InUse(#[from] lock::Error),
    #[error("the lock was lost while the server ran: {0}")]
    Lost(lock::Error),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Database(#[from] crate::platform::db::Error),
    #[error(transparent)]
    User(#[from] users::Error),
    #[error("no mail was sent: {0}")]
    Mail(#[from] notices::Error),
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: std::net::SocketAddr,
        source: std::io::Error,
    },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// Mistakes in the settings, or settings of a server that runs; everything else that fails ends with 1.
const WRONG_SETTINGS: u8 = 2;
/// A burst of sessions once grew the default pool to hundreds of threads.
const MAX_BLOCKING_THREADS: usize = 16;

/// Runs the command that the arguments name. `give_back` hands memory that the
/// thread's heap holds and nobody uses back to the system.
#[must_use]
pub fn run(give_back: fn()) -> ExitCode {
    let cli = Cli::parse();
    match execute(cli.command.unwrap_or(Command::Serve), give_back) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(match failure {
                Failure::Settings(_)
                | Failure::InUse(lock::Error::Volume(_) | lock::Error::Database) => WRONG_SETTINGS,
                _ => 1,
            })
        }
    }
}

fn execute(command: Command, give_back: fn()) -> Result<(), Failure> {
    if let Command::Openapi = command {
        return Ok(write!(std::io::stdout(), "{}", openapi::text()?)?);
    }
    let config = Config::from_env()?;
    telemetry::start_logs(&config.logs);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .on_thread_park(move || memory::out_of_work(give_back))
        .build()?
        .block_on(async {
            match command {
                Command::Serve => serve(config).await,
                Command::Migrate => migrate(&config).await,
                Command::User(User::Add(new)) => add_user(&config, new).await,
                Command::Mail(Mail::Test { to }) => try_mail(&config, to).await,
                Command::Openapi => Ok(()),
            }
        })
}

async fn serve(config: Config) -> Result<(), Failure> {
    let address = config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| Failure::Listen { address, source })?;
    let volume = &config.volume.dir;
    create_volume(volume).map_err(|source| BuildError::Volume {
        path: volume.clone(),
        source,
    })?;
    let mut locks = Locks::take(volume, config.database.url.expose(), lock::PATIENCE).await?;
    let app = App::build(config).await?;
    let stop = {
        let app = app.clone();
        tokio::spawn(async move {
            let asked = tokio::select! {
                asked = lifecycle::asked_to_stop() => asked.map_err(Failure::from),
                lost = locks.keep() => {
                    tracing::error!(error = %lost, "Stopping: the sessions are another server's.");
                    Err(Failure::Lost(lost))
                }
            };
            app.stop().await;
            // Not before: the next server may start now.
            drop(locks);
            asked
        })
    };
    let url = app.config.server.app_url.as_str().trim_end_matches('/');
    writeln!(std::io::stdout(), "WhaHook is ready at {url}")?;
    std::io::stdout().flush()?;
    app.serve(listener).await?;
    stop.await.map_err(std::io::Error::other)?
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let db = Db::connect(config.database.url.expose()).await?;
    db.migrate().await?;
    db.close().await;
    writeln!(std::io::stdout(), "The database is up to date.")?;
    Ok(())
}

async fn add_user(config: &Config, new: NewUser) -> Result<(), Failure> {
    let person = users::model::NewUser::parse(&new.email, password(new.password_stdin)?, &new.name)
        .map_err(users::Error::from)?;
    let db = Db::connect(config.database.url.expose()).await?;
    db.migrate().await?;
    let clock = Clock::system();
    let role = if new.admin { Role::Admin } else { Role::Member };
    let user = users::service::add(&db, &clock, &Ids::new(clock.clone()), person, role).await?;
    db.close().await;
    writeln!(std::io::stdout(), "Added {} ({}).", user.email, user.role)?;
    Ok(())
}

async fn try_mail(config: &Config, to: Mailbox) -> Result<(), Failure> {
    let mailer = Mailer::new(config)?;
    mailer.try_out(to.clone(), Clock::system().now()).await?;
    writeln!(
        std::io::stdout(),
        "The mail server has taken a mail to {to}."
    )?;
    Ok(())
}

fn password(from_stdin: bool) -> std::io::Result<String> {
    if from_stdin || !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    rpassword::prompt_password("Password (10 to 200 characters): ")
}
