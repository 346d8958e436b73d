//! Many sessions that write to many people, all in one go.

use crate::{
    bench::{
        measure::{self, Watch},
        simulator::{Simulator, recipient},
        subject::Subject,
    },
    results::Burst,
};
use anyhow::{Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub const SESSIONS: usize = 20;
pub const CHATS: usize = 200;
const MESSAGES: usize = SESSIONS * CHATS;
/// Requests under way at the same time.
const REQUESTS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(120);
/// Growth that counts as gone.
const BACK_WITHIN_MB: f64 = 1.0;

pub async fn burst(subject: &Subject, simulator: &Simulator, cooling: Duration) -> Result<Burst> {
    let pid = subject.pid();
    let before = measure::rss_mb(pid)?;
    let sent_before = simulator.stats_since(Instant::now()).await?;
    let watch = Watch::begin(pid)?;
    let begin = Instant::now();
    let everything = sent_before.messages_acknowledged + MESSAGES as u64;
    write(subject).await?;
    let done = simulator
        .until("not everything was sent", PATIENCE, |stats| {
            stats.messages_acknowledged >= everything
        })
        .await?;
    let most = watch.end().await?;
    let stats = simulator.stats_since(begin).await?;
    let distinct = stats.distinct_message_ids - sent_before.distinct_message_ids;
    ensure!(distinct == MESSAGES as u64, "{distinct} distinct messages");

    let each = |mb: f64| (mb - before) / SESSIONS as f64;
    let (mut left, mut back_after) = (f64::INFINITY, None);
    while done.elapsed() < cooling {
        left = each(measure::rss_mb(pid)?);
        if left <= BACK_WITHIN_MB {
            back_after = Some(done.elapsed().as_secs_f64());
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(Burst {
        sessions: SESSIONS,
        messages: MESSAGES,
        messages_per_second: MESSAGES as f64 / (done - begin).as_secs_f64(),
        threads: most.threads,
        growth_mb: each(most.rss_mb),
        left_mb: left,
        back_after_s: back_after,
    })
}

async fn write(subject: &Subject) -> Result<()> {
    let server = match subject {
        Subject::Server(server) => server,
        Subject::Library(library) => {
            return library.tell(format!("burst {SESSIONS} {CHATS} 1")).await;
        }
    };
    // Every session's first chat, then every session's second: all of them work at once.
    let all = (0..CHATS).flat_map(|chat| (0..SESSIONS).map(move |session| (session, chat)));
    stream::iter(all)
        .map(|(session, chat)| async move {
            let text = format!("Message {session} {chat}");
            server.send(session, &recipient(chat), &text).await
        })
        .buffer_unordered(REQUESTS)
        .try_collect::<()>()
        .await
}
