//! The job that asks WhatsApp of groups that were seen for the first time.

use super::store::{self, Unknown};
use crate::App;
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};
use tokio::time::Instant;
use whahook_contract::ids::{ConversationId, SessionId};
use whahook_whatsapp::port::{Author, Body, Chat, Group, Incoming, NotTaken};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a group is left alone of which WhatsApp did not tell.
const PAUSE: Duration = Duration::from_secs(60);
/// Groups in a look; more are found by the next.
const AT_ONCE: i64 = 200;

/// Asks until the server stops, one group after the other: WhatsApp minds many
/// questions at once.
pub async fn learn(app: App) {
    let mut paused: HashMap<ConversationId, Instant> = HashMap::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        paused.retain(|_, until| *until > Instant::now());
        let unknown = match app.db.read().await {
            Ok(mut conn) => store::unknown(&mut conn, AT_ONCE).await,
            Err(error) => Err(error),
        };
        let unknown = unknown.unwrap_or_else(|error| {
            tracing::warn!(%error, "New groups could not be looked for; trying again.");
            Vec::new()
        });
        for group in unknown {
            if paused.contains_key(&group.conversation) {
                continue;
            }
            if let Err(error) = ask(&app, &group).await {
                tracing::info!(%error, "WhatsApp did not tell of a group; asking again later.");
                paused.insert(group.conversation, Instant::now() + PAUSE);
            }
        }
    }
}

/// Why a group is not known yet.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Session(#[from] crate::sessions::Error),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
}

async fn ask(app: &App, unknown: &Unknown) -> Result<(), Error> {
    let jid = unknown.jid.clone();
    let asked = app
        .sessions
        .with_link(unknown.account, move |link| async move {
            link.group(&jid).await
        });
    // Of a group that one is not in any more, nothing can be known.
    let group: Group = asked.await?.unwrap_or_default();
    let session = SessionId::new(unknown.user, unknown.account);
    let told = Incoming {
        id: String::new(),
        chat: Chat::Group(unknown.jid.clone()),
        author: Author {
            is_self: true,
            ..Author::default()
        },
        at: SystemTime::UNIX_EPOCH,
        body: Body::Group(group),
        quote: None,
        mentions: Vec::new(),
    };
    Ok(app.inbox.of(session).take(vec![told]).await?)
}
