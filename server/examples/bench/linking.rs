//! Sessions linked, as people do it: click, see the code, scan it.

use super::{
    simulator::Simulator,
    subject::{Subject, Told, What},
    waits::Waits,
};
use anyhow::{Context as _, Result};
use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep_until, timeout},
};

/// As many people as the office has, within each second.
pub const CLICKS_PER_SECOND: f64 = 200.0;
/// The longest silence before a run is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const SCANS_AT_ONCE: usize = 16;

pub struct Linked {
    /// From the click to the code.
    pub qr: Waits,
    /// From the first click to the last session ready.
    pub all_ready: Duration,
}

/// Clicks for every session, evenly over time, and scans each code at once.
pub async fn link(
    subject: &mut Subject,
    simulator: &Arc<Simulator>,
    sessions: Range<usize>,
) -> Result<Linked> {
    let mut linking = Linking::begin(subject, sessions.clone());
    let mut ready = vec![None; sessions.len()];
    let scans = Arc::new(Semaphore::new(SCANS_AT_ONCE));
    let mut missing = sessions.len();
    while missing > 0 {
        let told = linking.hear(subject).await.with_context(|| {
            let codes = linking.waits().len();
            format!("{codes} codes, {missing} not ready of {}", sessions.len())
        })?;
        let Some(place) = told.session.checked_sub(sessions.start) else {
            continue;
        };
        match told.what {
            What::Qr(code) if linking.codes[place].is_none() => {
                linking.codes[place] = Some(told.at);
                let (simulator, scans) = (simulator.clone(), scans.clone());
                linking.tasks.spawn(async move {
                    let _turn = scans.acquire().await?;
                    simulator.scan(told.session, &code).await
                });
            }
            What::Ready if ready[place].is_none() => {
                ready[place] = Some(told.at);
                missing -= 1;
            }
            What::Qr(_) | What::Ready => {}
        }
    }
    let last = ready.into_iter().flatten().max().unwrap_or(linking.begun);
    Ok(Linked {
        qr: Waits::of(linking.waits()),
        all_ready: last - linking.begun,
    })
}

/// Clicks for every session and waits for the codes; nobody scans.
pub async fn click(subject: &mut Subject, sessions: usize) -> Result<Waits> {
    let mut linking = Linking::begin(subject, 0..sessions);
    let mut missing = sessions;
    while missing > 0 {
        let told = linking.hear(subject).await?;
        if let What::Qr(_) = told.what
            && linking.codes[told.session].is_none()
        {
            linking.codes[told.session] = Some(told.at);
            missing -= 1;
        }
    }
    Ok(Waits::of(linking.waits()))
}

struct Linking {
    begun: Instant,
    /// When each click is due; a machine too busy to click in time makes people wait.
    clicks: Vec<Instant>,
    codes: Vec<Option<Instant>>,
    tasks: JoinSet<Result<()>>,
}

impl Linking {
    fn begin(subject: &Subject, sessions: Range<usize>) -> Self {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        let mut clicks = Vec::with_capacity(sessions.len());
        for (place, session) in sessions.enumerate() {
            let at = begun + Duration::from_secs_f64(place as f64 / CLICKS_PER_SECOND);
            clicks.push(at);
            let click = subject.click(session);
            tasks.spawn(async move {
                sleep_until(at.into()).await;
                click.await
            });
        }
        Self {
            begun,
            codes: vec![None; clicks.len()],
            clicks,
            tasks,
        }
    }

    async fn hear(&mut self, subject: &mut Subject) -> Result<Told> {
        let silence = timeout(PATIENCE, async {
            loop {
                tokio::select! {
                    told = subject.hear() => return told,
                    Some(done) = self.tasks.join_next() => done??,
                }
            }
        });
        silence.await.context("nothing was heard for too long")?
    }

    fn waits(&self) -> Vec<Duration> {
        let pairs = self.codes.iter().zip(&self.clicks);
        pairs
            .filter_map(|(code, click)| Some(code.as_ref()?.saturating_duration_since(*click)))
            .collect()
    }
}
