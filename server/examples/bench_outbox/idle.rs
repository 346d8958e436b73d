//! One message at a time while nothing else happens.

use crate::{
    bench::{http::Connection, server::Server, simulator::recipient, stage::Stage, waits::Waits},
    load,
};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::{
    collections::HashMap,
    ops::Range,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use whahook::platform::clock::Clock;
use whahook_contract::Timestamp;

/// Between two messages: long enough for the one before to be through.
const PAUSE: Duration = Duration::from_millis(60);
/// The phone's clock has whole milliseconds: what it cuts off, at most.
const CUT_OFF: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(30);

pub struct OneByOne {
    pub accept: Waits,
    /// From the request to the recipient's phone.
    pub to_phone: Waits,
}

/// Messages to chats after each other, each alone.
pub async fn one_by_one(
    stage: &Stage,
    server: &Server,
    chats: Range<usize>,
    count: usize,
) -> Result<OneByOne> {
    let mut connection = Connection::open(server.url()).await?;
    let clock = Clock::system();
    let mut begun: HashMap<String, Timestamp> = HashMap::new();
    let mut accept = Vec::with_capacity(count);
    for n in 0..count {
        sleep(PAUSE).await;
        let chat = chats.start + n % chats.len();
        let request = load::request(server, 0, chat, &format!("Alone {n}"));
        let (at, from) = (clock.now(), Instant::now());
        let answer = request.send(&mut connection).await?;
        accept.push(from.elapsed());
        let answer: Value = serde_json::from_slice(answer)?;
        let id = answer["whatsapp_message_id"].as_str().context("no id")?;
        begun.insert(id.to_owned(), at);
    }
    let patience = Instant::now() + PATIENCE;
    loop {
        let mut to_phone = Vec::with_capacity(count);
        for chat in chats.clone() {
            for message in stage.simulator.messages(&recipient(chat)).await? {
                if let Some(begun) = begun.get(&message.id) {
                    to_phone.push((message.at - *begun).to_std().unwrap_or_default() + CUT_OFF);
                }
            }
        }
        if to_phone.len() == count {
            return Ok(OneByOne {
                accept: Waits::of(accept),
                to_phone: Waits::of(to_phone),
            });
        }
        anyhow::ensure!(Instant::now() < patience, "{} arrived", to_phone.len());
        sleep(PAUSE).await;
    }
}
