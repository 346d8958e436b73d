//! People who write to the sessions' numbers.

use crate::bench::{
    load::{Request, as_fast_as_answered},
    simulator::{Simulator, number, recipient},
};
use anyhow::Result;
use serde_json::json;

/// Who write to each session.
pub const PEOPLE: usize = 10;
const CONNECTIONS: usize = 16;

/// `count` messages shared out among sessions and people; each has its number at
/// the end of its text.
pub fn messages(sessions: usize, count: usize, what: &str) -> Vec<Request> {
    (0..count)
        .map(|n| {
            let (session, person) = (n % sessions, n / sessions % PEOPLE);
            let body = json!({"to": number(session), "text": format!("{what} {n}")});
            Request {
                path: format!("/phones/{}/messages", recipient(person)),
                key: None,
                body: body.to_string(),
                expected: 201,
            }
        })
        .collect()
}

/// Everybody writes to every session once: what follows goes over Signal sessions
/// and conversations that exist.
pub async fn meet(simulator: &Simulator, sessions: usize) -> Result<usize> {
    simulator.add_phones((0..PEOPLE).map(recipient)).await?;
    let count = sessions * PEOPLE;
    let first = messages(sessions, count, "Hello");
    as_fast_as_answered(simulator.url(), CONNECTIONS, first).await?;
    Ok(count)
}
