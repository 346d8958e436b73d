//! What a message costs among more and more rows.

use crate::{
    accept::CHATS,
    bench::{
        database::{self, Database},
        linking,
        simulator::recipient,
        stage::Stage,
        subject::Kind,
    },
    chain, fill, idle,
    results::{Rows, RowsKind},
    scenarios::server,
};
use anyhow::Result;
use std::path::Path;

const ALONE: usize = 100;
const MESSAGES: usize = 2_000;

pub async fn rows(
    on: Database,
    folder: &Path,
    kind: RowsKind,
    steps: &[usize],
) -> Result<Vec<Rows>> {
    let settings = on.settings().await?;
    let mut stage = Stage::set(Kind::Server, folder, 1, &settings).await?;
    stage.prepare(0, 1).await?;
    stage
        .simulator
        .add_phones((0..CHATS).map(recipient))
        .await?;
    let linked = linking::link(&mut stage.subject, &stage.simulator, 0..1).await;
    stage.explained(linked)?;
    chain::warm_up(&stage, 1).await?;
    let db = database::open(&settings, stage.folder()).await?;
    let mut measured = Vec::new();
    let mut there = 0;
    for &rows in steps {
        fill::fill(&db, server(&stage)?, kind, there, rows).await?;
        there = rows;
        // Once for the caches: a server that has been running for a while is measured.
        chain::warm_up(&stage, 1).await?;
        let alone = idle::one_by_one(&stage, server(&stage)?, 0..CHATS, ALONE).await?;
        let chain = stage.explained(chain::chain(&stage, 1, MESSAGES).await)?;
        let row = Rows {
            rows,
            kind,
            accept: alone.accept,
            to_phone: alone.to_phone,
            cpu_s_per_1000: chain.cpu_s_per_1000,
        };
        eprintln!("  {row:?}");
        measured.push(row);
    }
    db.close().await;
    Ok(measured)
}
