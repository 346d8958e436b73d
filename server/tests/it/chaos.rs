//! Everything goes wrong at once: the server is killed, Redis dies and forgets,
//! PostgreSQL is cut off, WhatsApp closes connections and goes deaf, while
//! programs send within limits. What was accepted is delivered all the same,
//! once, in the order of its chat, and never faster than the limits allow.
//!
//! The same in two sizes: one among the tests, and one that
//! `cargo xtask bench chaos` runs.

mod limits;
mod troubles;

use crate::support::{
    Client,
    eventually::within,
    process::Server,
    services::{PostgresServer, RedisServer},
    traffic::{Accepted, Chat, Traffic, arrived_once, linked},
    whatsapp::simulator,
};
use limits::{Limit, Reached};
use serde_json::json;
use std::time::{Duration, Instant};
use troubles::{Trouble, Troubles};
use whahook_simulator::Simulator;

struct Size {
    sessions: usize,
    /// That each session writes to.
    chats: usize,
    /// To each chat.
    messages: u32,
    /// Between two messages of a session.
    pace: Duration,
    per_session: usize,
    per_user: usize,
    troubles: Troubles,
    /// Until all is sent, on a machine that has other things to do too.
    patience: Duration,
}

impl Size {
    const fn count(&self) -> usize {
        self.sessions * self.chats * self.messages as usize
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_survive_everything_at_once() {
    survive(&Size {
        sessions: 4,
        chats: 5,
        messages: 6,
        pace: Duration::from_millis(400),
        per_session: 26,
        per_user: 100,
        troubles: Troubles {
            kills: 3,
            redis_kills: 1,
            flushes: 1,
            postgres_restarts: 1,
            closes: 2,
            deaf: 1,
        },
        patience: Duration::from_secs(180),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask bench chaos runs it; it takes minutes"]
async fn two_thousand_messages_survive_everything_at_once() {
    survive(&Size {
        sessions: 20,
        chats: 10,
        messages: 10,
        pace: Duration::from_millis(1_500),
        per_session: 40,
        per_user: 700,
        troubles: Troubles {
            kills: 20,
            redis_kills: 4,
            flushes: 6,
            postgres_restarts: 4,
            closes: 8,
            deaf: 4,
        },
        patience: Duration::from_secs(900),
    })
    .await;
}

async fn survive(size: &Size) {
    let begun = Instant::now();
    let test = "chaos";
    let Some(mut postgres) = PostgresServer::start(test).await else {
        return;
    };
    let Some(mut redis) = RedisServer::start(test).await else {
        return;
    };
    let simulator = simulator().await;
    let (per_session, per_user) = (size.per_session.to_string(), size.per_user.to_string());
    let mut server = Server::start(
        &simulator,
        &[
            ("DATABASE_URL", &postgres.url),
            ("REDIS_URL", &redis.url),
            ("RATE_LIMITING_ENABLED", "true"),
            ("LIMIT_SESSION_PER_MINUTE", &per_session),
            ("LIMIT_USER_PER_MINUTE", &per_user),
            ("LIMIT_DESTINATION_PER_HOUR", "1000"),
            ("LIMIT_DESTINATION_PER_DAY", "1000"),
        ],
    )
    .await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let chats = people(size, &owner, &simulator).await;

    let traffic = Traffic::paced(&program, chats, size.messages, size.pace);
    let total = size.count();
    let plan = size.troubles.plan();
    for (n, trouble) in plan.iter().enumerate() {
        // Spread over all that is to be sent, however fast that goes.
        let enough = (n + 1) * total / (plan.len() + 1);
        let sent = || async { simulator.stats().distinct_message_ids };
        within(size.patience, sent, |sent| *sent >= enough as u64).await;
        eprintln!(
            "{:>4} s: {} of {total} accepted, {} sent: {trouble:?}",
            begun.elapsed().as_secs(),
            traffic.accepted(),
            simulator.stats().distinct_message_ids,
        );
        match trouble {
            Trouble::Kill => {
                server.kill().await;
                server.launch();
            }
            Trouble::RedisKilled => redis.kill().await,
            Trouble::RedisBack => redis.start_again().await,
            Trouble::RedisFlushed => redis.flush().await,
            Trouble::PostgresCutOff => {
                postgres.stop_at_once().await;
                postgres.start_again().await;
            }
            Trouble::Fault { session, fault } => {
                let session = number(*session % size.sessions);
                simulator.fault(Some(&session), fault).unwrap();
            }
        }
    }
    let unanswered = traffic.unanswered();
    let refused = traffic.refused().len();
    let accepted = traffic.finish().await;
    assert_eq!(accepted.len(), total);
    let everything = total as u64;
    let sent = || async { simulator.stats().distinct_message_ids };
    within(size.patience, sent, |sent| *sent >= everything).await;
    arrived_once(&program, &simulator, &accepted).await;
    let reached = within_limits(size, &program, &simulator, &accepted).await;
    server.stop().await;
    tell(size, begun.elapsed(), unanswered, refused, &reached);
}

/// The number of a session's own phone.
fn number(session: usize) -> String {
    format!("+59399{session:07}")
}

/// The chats of accounts that are linked and ready.
async fn people(size: &Size, owner: &Client, simulator: &Simulator) -> Vec<Chat> {
    let recipients: Vec<String> = (0..size.chats).map(|n| format!("+59398{n:07}")).collect();
    for number in &recipients {
        simulator.add_phone(number, "Somebody").await.unwrap();
    }
    let mut chats = Vec::new();
    for session in 0..size.sessions {
        let own = number(session);
        simulator.add_phone(&own, "Store").await.unwrap();
        let account = linked(owner, simulator, &own).await;
        chats.extend(recipients.iter().map(|to| Chat::new(&account, &own, to)));
    }
    chats
}

/// Checks every window, by when attempts began and by when messages arrived.
async fn within_limits(
    size: &Size,
    program: &Client,
    simulator: &Simulator,
    accepted: &[Accepted],
) -> Reached {
    let limits = [
        Limit::of_sessions(size.per_session),
        Limit::of_users(size.per_user),
    ];
    let begun = limits::begun(program, accepted).await;
    let arrived = limits::arrived(simulator, accepted);
    for limit in &limits {
        limit.holds_for_attempts(&begun);
        limit.holds_for_arrivals(&arrived);
    }
    Reached::of(&arrived)
}

/// Says what happened, and leaves it where benchmarks leave theirs.
fn tell(size: &Size, took: Duration, unanswered: u64, refused: usize, reached: &Reached) {
    let figures = json!({
        "messages": size.count(),
        "sessions": size.sessions,
        "troubles": size.troubles.plan().len(),
        "kills": size.troubles.kills(),
        "unanswered_requests": unanswered,
        "refused_requests": refused,
        "seconds": took.as_secs_f64(),
        "limit_of_a_session": size.per_session,
        "most_of_a_session_within_a_minute": reached.session,
        "limit_of_the_user": size.per_user,
        "most_of_the_user_within_a_minute": reached.user,
    });
    eprintln!("| chaos | |\n|---|---:|");
    for (name, figure) in figures.as_object().unwrap() {
        eprintln!("| {} | {figure} |", name.replace('_', " "));
    }
    if let Some(folder) = std::env::var_os("BENCH_DIR") {
        let file = std::path::Path::new(&folder).join("chaos.json");
        std::fs::write(file, serde_json::to_vec_pretty(&figures).unwrap()).unwrap();
    }
}
