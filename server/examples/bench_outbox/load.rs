//! Messages that programs send.

use crate::bench::{load::Request, server::Server, simulator::recipient};
use serde_json::json;

/// A message of a session to the `chat`-th person.
pub fn request(server: &Server, session: usize, chat: usize, text: &str) -> Request {
    let body = json!({
        "account_id": server.account(session), "to": recipient(chat), "type": "text", "text": text,
    });
    Request {
        path: "/api/messages".to_owned(),
        key: Some(server.key(session).to_owned()),
        body: body.to_string(),
        expected: 202,
    }
}

/// `count` messages shared out among sessions and chats, so that all of them
/// have something to do all the time.
pub fn requests(
    server: &Server,
    sessions: usize,
    chats: usize,
    count: usize,
    what: &str,
) -> Vec<Request> {
    (0..count)
        .map(|n| {
            let (session, chat) = (n % sessions, n / sessions % chats);
            request(server, session, chat, &format!("{what} {n}"))
        })
        .collect()
}
