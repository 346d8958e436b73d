//! What is measured on each database, each time from nothing.

use crate::{
    Part, Plan,
    bench::{
        database::{self, Database},
        linking,
        server::Server,
        stage::Stage,
        subject::{Kind, Subject},
    },
    fill, latency, ledger, phones, reading,
    results::{OfServer, Results},
};
use anyhow::{Result, bail};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use whahook::platform::db::Db;

/// Each has its own person.
pub const SESSIONS: usize = 20;
/// Who has messages, where it is read: who asks, and somebody else.
const PEOPLE: usize = 2;
/// After linking: the allocator and pools have settled.
const SETTLED: Duration = Duration::from_secs(3);

pub async fn run(plan: &Plan, databases: &[Database], folder: &Path) -> Results {
    let mut results = Results::default();
    for &database in databases {
        let mut of = OfServer::on(database);
        for &part in &plan.parts {
            eprintln!("measuring {part:?} on {} …", database.title());
            let begin = Instant::now();
            let done = match part {
                Part::Ledger => into_the_ledger(plan, folder, &mut of).await,
                Part::Latency => at_a_rate(plan, folder, SESSIONS, &mut of).await,
                Part::Sockets => at_a_rate(plan, folder, plan.sockets, &mut of).await,
                Part::Reading => among_rows(plan, folder, &mut of).await,
            };
            if let Err(error) = done {
                eprintln!("  failed: {error:#}");
                let failure = format!("{}, {part:?}: {error:#}", database.title());
                results.failures.push(failure);
            }
            eprintln!("  after {:.0} s", begin.elapsed().as_secs_f64());
        }
        results.servers.push(of);
    }
    results
}

fn server(stage: &Stage) -> Result<&Server> {
    match &stage.subject {
        Subject::Server(server) => Ok(server),
        Subject::Library(_) => bail!("the library has no ledger"),
    }
}

/// Sessions that are ready, and were written to by everybody before.
async fn receiving(on: Database, folder: &Path) -> Result<(Stage, Db)> {
    let mut settings = on.settings().await?;
    settings.push(("ALLOW_PRIVATE_TARGETS", "true".to_owned()));
    let mut stage = Stage::set(Kind::Server, folder, SESSIONS, &settings).await?;
    stage.prepare(0, SESSIONS).await?;
    let linked = linking::link(&mut stage.subject, &stage.simulator, 0..SESSIONS).await;
    stage.explained(linked)?;
    let db = database::open(&settings, stage.folder()).await?;
    let met = async {
        let written = phones::meet(&stage.simulator, SESSIONS).await?;
        ledger::until(&db, written).await
    };
    let met = met.await;
    stage.explained(met)?;
    sleep(SETTLED).await;
    Ok((stage, db))
}

async fn into_the_ledger(plan: &Plan, folder: &Path, of: &mut OfServer) -> Result<()> {
    let (mut stage, db) = receiving(of.database, folder).await?;
    let live = ledger::live(&stage, &db, SESSIONS, plan.messages).await;
    let live = stage.explained(live)?;
    eprintln!("  {live:?}");
    of.ledger.push(live);
    let waiting = ledger::waiting(&mut stage, &db, SESSIONS, plan.messages).await;
    let waiting = stage.explained(waiting)?;
    eprintln!("  {waiting:?}");
    of.ledger.push(waiting);
    db.close().await;
    Ok(())
}

async fn at_a_rate(plan: &Plan, folder: &Path, sockets: usize, of: &mut OfServer) -> Result<()> {
    let (stage, db) = receiving(of.database, folder).await?;
    db.close().await;
    let server = server(&stage)?;
    let done = latency::measure(&stage, server, SESSIONS, sockets, plan.steady).await;
    let done = stage.explained(done)?;
    eprintln!("  {done:?}");
    of.latency.push(done);
    Ok(())
}

async fn among_rows(plan: &Plan, folder: &Path, of: &mut OfServer) -> Result<()> {
    let settings = of.database.settings().await?;
    let mut stage = Stage::set(Kind::Server, folder, PEOPLE, &settings).await?;
    stage.prepare(0, PEOPLE).await?;
    let db = database::open(&settings, stage.folder()).await?;
    let begun = Instant::now();
    fill::fill(&db, server(&stage)?, plan.rows).await?;
    db.close().await;
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("  {} messages written in {seconds:.0} s", plan.rows);
    of.rows = plan.rows;
    let asked = reading::ask_all(server(&stage)?, plan.rows, plan.requests).await;
    of.reading = stage.explained(asked)?;
    Ok(())
}
