//! What is measured of each subject, each time from nothing: fresh processes,
//! a fresh simulator, a fresh folder.

use crate::{
    Part, Plan,
    bench::{
        linking::{self, CLICKS_PER_SECOND},
        measure,
        simulator::recipient,
        stage::Stage,
        subject::{Kind, Subject},
    },
    burst, outage,
    results::{Clicks, Restore, Results, Step},
};
use anyhow::{Context as _, Result, ensure};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// People who click within one second.
const CROWD: usize = 200;
/// Before the first session: the allocator and pools have settled.
const SETTLED: Duration = Duration::from_secs(5);

pub async fn run(kind: Kind, plan: &Plan, folder: &Path, results: &mut Results) {
    for part in [Part::Steps, Part::Clicks, Part::Burst] {
        if !plan.has(part) {
            continue;
        }
        eprintln!("measuring {part:?} of {} …", kind.title());
        let begin = Instant::now();
        let done = match part {
            Part::Steps => steps(kind, plan, folder, results).await,
            Part::Clicks => clicks(kind, folder, results).await,
            Part::Burst => bursts(kind, plan, folder, results).await,
        };
        match done {
            Ok(()) => eprintln!("  done in {:.0} s", begin.elapsed().as_secs_f64()),
            Err(error) => {
                eprintln!("  failed: {error:#}");
                results.failures.push(format!("{part:?}: {error:#}"));
            }
        }
    }
}

async fn steps(kind: Kind, plan: &Plan, folder: &Path, results: &mut Results) -> Result<()> {
    let largest = plan.steps.last().copied().context("no steps")?;
    ensure!(plan.steps.is_sorted(), "steps must ascend");
    let mut stage = Stage::set(kind, folder, largest.min(CROWD), &[]).await?;
    tokio::time::sleep(SETTLED).await;
    let empty = measure::idle(stage.pid(), plan.idle).await?;
    results.empty = Some(empty);
    let (mut linked, mut rss) = (0, empty.rss_mb);
    for &sessions in &plan.steps {
        stage.prepare(linked, sessions).await?;
        let cpu_before = stage.cpu()?;
        let begin = Instant::now();
        let done = linking::link(&mut stage.subject, &stage.simulator, linked..sessions).await;
        let done = stage.explained(done)?;
        let cpu_after = stage.cpu()?;
        let stats = stage.simulator.stats_since(begin).await?;
        ensure!(
            stats.clients == sessions as u64,
            "{} logged in",
            stats.clients
        );
        let cost = measure::idle(stage.pid(), plan.idle).await?;
        let step = Step {
            sessions,
            cost,
            marginal_rss_mb: (cost.rss_mb - rss) / (sessions - linked) as f64,
            qr: done.qr,
            all_ready_s: done.all_ready.as_secs_f64(),
            cpu_s: cpu_after[0] - cpu_before[0],
            simulator_cpu_s: cpu_after[1] - cpu_before[1],
            handshakes_in_busiest_second: stats.handshakes_in_busiest_second,
        };
        eprintln!("  {sessions} sessions: {step:?}");
        results.steps.push(step);
        (linked, rss) = (sessions, cost.rss_mb);
    }
    let simulator = measure::rss_mb(stage.simulator.pid())?;
    eprintln!("  the simulator holds {simulator:.0} MB");
    bad_days(&mut stage, largest, plan, results).await
}

async fn bad_days(
    stage: &mut Stage,
    sessions: usize,
    plan: &Plan,
    results: &mut Results,
) -> Result<()> {
    let simulator = stage.simulator.clone();
    let whatsapp = simulator.ws();
    let folder = std::path::absolute(stage.folder())?;
    match &mut stage.subject {
        Subject::Server(server) => {
            let restored = outage::restore(server, &simulator, sessions, plan).await;
            let restored =
                restored.map_err(|error| anyhow::anyhow!(server.program().explain(&error)))?;
            eprintln!("  restored: {restored:?}");
            results.restore = Some(restored);
            let outage = outage::outage(server, &simulator, sessions, plan).await;
            let outage =
                outage.map_err(|error| anyhow::anyhow!(server.program().explain(&error)))?;
            eprintln!("  outage: {outage:?}");
            results.outage = Some(outage);
        }
        // What was only in memory is gone.
        Subject::Library(_) if stage.kind == Kind::Memory => {}
        Subject::Library(library) => {
            let killed = library
                .kill_and_start(stage.kind, &folder, &whatsapp, sessions)
                .await?;
            let ready = outage::until_logged_in(&simulator, sessions).await?;
            let stats = simulator.stats_since(killed).await?;
            results.restore = Some(Restore {
                sessions,
                all_ready_s: (ready - killed).as_secs_f64(),
                handshakes_in_busiest_second: stats.handshakes_in_busiest_second,
                cost: measure::idle(library.program().pid(), plan.idle).await?,
            });
        }
    }
    Ok(())
}

async fn clicks(kind: Kind, folder: &Path, results: &mut Results) -> Result<()> {
    let mut stage = Stage::set(kind, folder, CROWD, &[]).await?;
    if let Subject::Server(server) = &stage.subject {
        results.signed_up_rss_mb = Some(server.signed_up_rss_mb);
    }
    stage.prepare(0, CROWD).await?;
    tokio::time::sleep(SETTLED).await;
    let clicked = linking::click(&mut stage.subject, CROWD).await;
    let qr = stage.explained(clicked)?;
    eprintln!("  {qr:?}");
    results.clicks = Some(Clicks {
        people: CROWD,
        within_s: CROWD as f64 / CLICKS_PER_SECOND,
        qr,
    });
    Ok(())
}

async fn bursts(kind: Kind, plan: &Plan, folder: &Path, results: &mut Results) -> Result<()> {
    let mut stage = Stage::set(kind, folder, 1, &[]).await?;
    stage.prepare(0, burst::SESSIONS).await?;
    let recipients = (0..burst::CHATS).map(recipient);
    stage.simulator.add_phones(recipients).await?;
    let linked = linking::link(&mut stage.subject, &stage.simulator, 0..burst::SESSIONS).await;
    stage.explained(linked)?;
    tokio::time::sleep(SETTLED).await;
    let done = burst::burst(&stage.subject, &stage.simulator, plan.cooling).await;
    let done = stage.explained(done)?;
    eprintln!("  {done:?}");
    results.burst = Some(done);
    Ok(())
}
