//! What was promised, and whether it is kept.

use crate::{
    bench::{
        subject::Kind,
        targets::{Bound, Target},
    },
    results::Results,
};
use serde::Serialize;

#[derive(Serialize)]
pub struct Promise {
    /// The libraries as they come, measured before there was a server.
    pub today: &'static str,
    #[serde(flatten)]
    pub target: Target,
}

const MANY: usize = 1_000;
const CROWD: usize = 200;

pub fn promised(all: &[Results]) -> Vec<Promise> {
    let server = all.iter().find(|results| results.subject == Kind::Server);
    let of = |figure: fn(&Results) -> Option<f64>| server.and_then(figure);
    let target = |what: &str, today, at_most, unit, measured| Promise {
        today,
        target: Target::new(what, Bound::AtMost(at_most), unit, measured),
    };
    vec![
        target(
            "marginal RSS of a connected idle session, on disk",
            "0.59",
            0.30,
            "MB",
            of(|results| {
                Some(
                    results
                        .steps
                        .last()
                        .filter(|s| s.sessions >= CROWD)?
                        .marginal_rss_mb,
                )
            }),
        ),
        target(
            "1,000 connected sessions, whole server",
            "–",
            512.0,
            "MB",
            of(|results| Some(results.step(MANY)?.cost.rss_mb)),
        ),
        target(
            "QR, 200 people clicking within one second, p99",
            "9.4",
            1.5,
            "s",
            of(|results| Some(results.clicks.as_ref()?.qr.p99_ms / 1_000.0)),
        ),
        target(
            "1,000 sessions ready again after `kill -9`",
            "–",
            20.0,
            "s",
            of(|results| {
                let restore = results.restore.as_ref()?;
                (restore.sessions == MANY).then_some(restore.all_ready_s)
            }),
        ),
        target(
            "threads in the burst",
            "517",
            48.0,
            "",
            of(|results| Some(results.burst.as_ref()?.threads as f64)),
        ),
        target(
            "memory in the burst, a session",
            "7.2",
            3.5,
            "MB",
            of(|results| Some(results.burst.as_ref()?.growth_mb)),
        ),
        target(
            "of it left once chats are idle, a session",
            "–",
            1.0,
            "MB",
            of(|results| Some(results.burst.as_ref()?.left_mb)),
        ),
    ]
}
