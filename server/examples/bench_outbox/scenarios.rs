//! What is measured of each server and of the bare library, each time from
//! nothing.

use crate::{
    Part, Plan, accept,
    accept::CHATS,
    bench::{
        database::Database,
        linking,
        server::Server,
        simulator::recipient,
        stage::Stage,
        subject::{Kind, Subject},
    },
    chain, idle,
    results::{Chain, How, Idle, OfLibrary, OfServer, Results, RowsKind},
    rows,
};
use anyhow::{Result, bail};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Sessions that send at the same time.
pub const SESSIONS: [usize; 2] = [1, 50];
/// People who have them.
const PEOPLE: usize = 10;
/// After linking: the allocator and pools have settled.
const SETTLED: Duration = Duration::from_secs(3);
const ALONE: usize = 200;

pub async fn run(plan: &Plan, databases: &[Database], folder: &Path) -> Results {
    let mut results = Results::default();
    if plan.has(Part::Library) {
        for kind in [Kind::Memory, Kind::Sqlite] {
            let mut of = OfLibrary {
                kind,
                chains: Vec::new(),
            };
            let done = chains(kind, plan, folder, &[], &mut of.chains).await;
            note(&mut results, kind.title(), "chain", done);
            results.libraries.push(of);
        }
    }
    for &database in databases {
        let mut of = OfServer {
            database,
            accepts: Vec::new(),
            chains: Vec::new(),
            idle: None,
            rows: Vec::new(),
        };
        for part in [Part::Accept, Part::Chain, Part::Idle, Part::Rows] {
            if !plan.has(part) {
                continue;
            }
            eprintln!("measuring {part:?} on {} …", database.title());
            let begin = Instant::now();
            let done = match part {
                Part::Accept => accepts(database, plan, folder, &mut of).await,
                Part::Chain => server_chains(database, plan, folder, &mut of).await,
                Part::Idle => alone(database, folder, &mut of).await,
                Part::Rows => among_rows(database, plan, folder, &mut of).await,
                Part::Library => Ok(()),
            };
            note(&mut results, database.title(), &format!("{part:?}"), done);
            eprintln!("  after {:.0} s", begin.elapsed().as_secs_f64());
        }
        results.servers.push(of);
    }
    results
}

fn note(results: &mut Results, subject: &str, part: &str, done: Result<()>) {
    if let Err(error) = done {
        eprintln!("  failed: {error:#}");
        results
            .failures
            .push(format!("{subject}, {part}: {error:#}"));
    }
}

pub fn server(stage: &Stage) -> Result<&Server> {
    match &stage.subject {
        Subject::Server(server) => Ok(server),
        Subject::Library(_) => bail!("the library has no queue"),
    }
}

/// Sessions that are ready, and have written to each chat before.
async fn sending(
    kind: Kind,
    folder: &Path,
    sessions: usize,
    settings: &[(&'static str, String)],
) -> Result<Stage> {
    let mut stage = Stage::set(kind, folder, PEOPLE.min(sessions), settings).await?;
    stage.prepare(0, sessions).await?;
    let recipients = (0..CHATS).map(recipient);
    stage.simulator.add_phones(recipients).await?;
    let linked = linking::link(&mut stage.subject, &stage.simulator, 0..sessions).await;
    stage.explained(linked)?;
    let warm = chain::warm_up(&stage, sessions).await;
    stage.explained(warm)?;
    sleep(SETTLED).await;
    Ok(stage)
}

async fn chains(
    kind: Kind,
    plan: &Plan,
    folder: &Path,
    settings: &[(&'static str, String)],
    chains: &mut Vec<Chain>,
) -> Result<()> {
    for sessions in SESSIONS {
        let stage = sending(kind, folder, sessions, settings).await?;
        let done = chain::chain(&stage, sessions, plan.messages).await;
        let done = stage.explained(done)?;
        eprintln!("  {}: {done:?}", kind.title());
        chains.push(done);
    }
    Ok(())
}

async fn server_chains(
    database: Database,
    plan: &Plan,
    folder: &Path,
    of: &mut OfServer,
) -> Result<()> {
    for sessions in SESSIONS {
        let settings = database.settings().await?;
        let stage = sending(Kind::Server, folder, sessions, &settings).await?;
        let done = chain::chain(&stage, sessions, plan.messages).await;
        let done = stage.explained(done)?;
        eprintln!("  {done:?}");
        of.chains.push(done);
    }
    Ok(())
}

async fn accepts(database: Database, plan: &Plan, folder: &Path, of: &mut OfServer) -> Result<()> {
    let [_, many] = SESSIONS;
    let settings = database.settings().await?;
    let mut stage = Stage::set(Kind::Server, folder, PEOPLE, &settings).await?;
    stage.prepare(0, many).await?;
    for how in [How::Held, How::Fastest] {
        let done = accept::accept(&stage, server(&stage)?, how, many, plan.steady).await;
        let done = stage.explained(done)?;
        eprintln!("  {done:?}");
        of.accepts.push(done);
    }
    let settings = database.settings().await?;
    let stage = sending(Kind::Server, folder, many, &settings).await?;
    let done = accept::accept(&stage, server(&stage)?, How::Sending, many, plan.steady).await;
    let done = stage.explained(done)?;
    eprintln!("  {done:?}");
    of.accepts.push(done);
    Ok(())
}

async fn alone(database: Database, folder: &Path, of: &mut OfServer) -> Result<()> {
    let settings = database.settings().await?;
    let stage = sending(Kind::Server, folder, 1, &settings).await?;
    let done = idle::one_by_one(&stage, server(&stage)?, 0..CHATS, ALONE).await;
    let to_phone = stage.explained(done)?.to_phone;
    eprintln!("  {to_phone:?}");
    of.idle = Some(Idle { to_phone });
    Ok(())
}

async fn among_rows(
    database: Database,
    plan: &Plan,
    folder: &Path,
    of: &mut OfServer,
) -> Result<()> {
    for kind in [RowsKind::Sent, RowsKind::Waiting] {
        let rows = rows::rows(database, folder, kind, &plan.rows).await?;
        of.rows.extend(rows);
    }
    Ok(())
}
