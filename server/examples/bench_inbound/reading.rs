//! Lists, threads and the search, asked again and again by one client.

use crate::{
    bench::{http::Connection, server::Server, waits::Waits},
    fill::{CONVERSATIONS, conversation_id, message_id, short_thread},
    results::{Asked, Question},
    words::{AN_ORDER_IN, order, word},
};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::time::Instant;

/// Asked before it counts: a server that has been running for a while is measured.
const WARM_UP: usize = 5;
/// Words of which there are many in every language, and some.
const FREQUENT: usize = 20;
const COMMON: usize = 400;

/// Each question so often, each time about something else.
pub async fn ask_all(server: &Server, rows: usize, times: usize) -> Result<Vec<Asked>> {
    let mut connection = Connection::open(server.url()).await?;
    let mut asked = Vec::new();
    for question in Question::ALL {
        let key = server.key(usize::from(question == Question::SearchOfFew));
        let mut waits = Vec::with_capacity(times);
        let mut found = 0;
        for n in 0..times + WARM_UP {
            let path = path(server, question, rows, n);
            let begun = Instant::now();
            let body = connection.get(&path, Some(key)).await?;
            let took = begun.elapsed();
            let answer: Value = serde_json::from_slice(body)?;
            if n >= WARM_UP {
                found += answer["items"].as_array().map_or(0, Vec::len);
                waits.push(took);
            }
        }
        let is_there = found > 0 || question == Question::SearchNothing;
        ensure!(is_there, "{question:?} found nothing");
        let of = Asked {
            question,
            waits: Waits::of(waits),
            found: found as f64 / times as f64,
        };
        eprintln!("  {of:?}");
        asked.push(of);
    }
    Ok(asked)
}

/// What is asked the n-th time.
fn path(server: &Server, question: Question, rows: usize, n: usize) -> String {
    let account = server.account(0);
    let list = "/api/conversations?limit=50";
    let search = "/api/messages/search?limit=50&q=";
    // Far apart, so that it is not always the same page of a file.
    let some = |of: usize| n * 7_919 % of;
    let old = rows / 2 / 10 * 10 - some(rows / 4 / 10) * 10;
    let longest = conversation_id(0);
    match question {
        Question::List => format!("{list}&account_id={account}"),
        Question::ListOfAllAccounts => list.to_owned(),
        Question::ListUnread => format!("{list}&account_id={account}&unread=true"),
        Question::ListByName => format!("{list}&name=person%20{}", some(CONVERSATIONS)),
        Question::Thread => {
            let id = conversation_id(some(CONVERSATIONS));
            format!("/api/conversations/{id}/messages?limit=50")
        }
        Question::LongThread => {
            let before = message_id(old);
            format!("/api/conversations/{longest}/messages?limit=50&cursor={before}")
        }
        Question::SearchOne => {
            let rare = order(some(rows / AN_ORDER_IN) * AN_ORDER_IN);
            format!("{search}{rare}")
        }
        Question::SearchFrequent => format!("{search}{}", word(some(FREQUENT))),
        Question::SearchCommon => format!("{search}{}", word(some(COMMON))),
        Question::SearchTwo => {
            format!("{search}{}%20{}", word(some(FREQUENT)), word(some(COMMON)))
        }
        Question::SearchBeginning => format!("{search}{}", &word(some(COMMON))[..3]),
        Question::SearchInOne => {
            let word = word(some(COMMON));
            format!("{search}{word}&conversation_id={longest}")
        }
        Question::SearchInShort => {
            let (word, short) = (word(0), short_thread());
            format!("{search}{word}&conversation_id={short}")
        }
        Question::SearchOfFew => format!("{search}{}", word(0)),
        Question::SearchNothing => format!("{search}nobodywrotethis{n}"),
    }
}
