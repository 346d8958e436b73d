use super::{
    Plan,
    store::{self, Due},
};
use crate::{App, conversations, events, http::auth::Principal, inbox::settings, media};
use whahook_contract::{
    Timestamp,
    event::Event,
    ids::{ConversationId, MediaId, MessageId},
    received::{ChatMedia, ChatMessage, MediaReason, MediaState},
    receiving::MediaDownload,
};

/// Why a file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Conversation(#[from] conversations::Error),
    #[error("there is no message {0}")]
    NoMessage(MessageId),
    #[error("the message has no file")]
    NoFile,
    #[error("the file is not here")]
    NotHere(Box<ChatMedia>),
    #[error("the account fetches no files")]
    Off,
    #[error(transparent)]
    Media(#[from] media::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A message of a conversation of the person's own, and its file.
pub async fn message(
    app: &App,
    principal: &Principal,
    conversation: ConversationId,
    id: MessageId,
) -> Result<(ChatMessage, ChatMedia), Error> {
    let mut conn = app.db.read().await?;
    let conversation = conversations::own(&mut conn, principal, conversation).await?;
    let found = conversations::message(&mut conn, conversation.account, id).await?;
    let message = found
        .filter(|message| message.conversation_id == conversation.id)
        .ok_or(Error::NoMessage(id))?;
    let media = message.content.media().cloned().ok_or(Error::NoFile)?;
    Ok((message, media))
}

/// Somebody asks for a file: it is fetched, from the first attempt on.
pub async fn ask(app: &App, message: &ChatMessage, media: ChatMedia) -> Result<ChatMedia, Error> {
    if matches!(media.state, Some(MediaState::Ready | MediaState::Pending)) {
        return Ok(media);
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let defaults = &app.config.receiving.defaults;
    let settings = settings::applies(&mut tx, message.account_id, defaults).await?;
    if settings.media_download == MediaDownload::None {
        return Err(Error::Off);
    }
    let file = store::attachment(&mut tx, message.id).await?;
    let file = file.filter(|file| !file.direct_path.is_empty() && !file.key.is_empty());
    let Some(file) = file else {
        return Err(Error::NotHere(Box::new(ChatMedia {
            reason: Some(MediaReason::NotOffered),
            ..media
        })));
    };
    let limit = app.media.largest();
    if file.size > limit {
        return Err(media::Error::TooLarge { limit }.into());
    }
    store::ask(&mut tx, message.id, now).await?;
    tx.commit().await?;
    app.files.ring();
    Ok(ChatMedia {
        state: Some(MediaState::Pending),
        reason: None,
        id: None,
        ..media
    })
}

/// That is how fetching a file ended: written down and told, in one transaction.
pub async fn settle(app: &App, due: &Due, plan: Plan, media: Option<MediaId>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    // The ledger's counter is the account's lock.
    let (seq, user) = events::reserve(&mut tx, due.account, 1).await?;
    let waited_for = store::settle(&mut tx, due.message, plan, media).await?;
    let message = match waited_for {
        true => conversations::message(&mut tx, due.account, due.message).await?,
        false => None,
    };
    let Some(event) = message.and_then(|message| told(message, now)) else {
        return tx.rollback().await;
    };
    let recorded = events::at(seq, user, now, due.account, event);
    events::append(&mut tx, std::slice::from_ref(&recorded)).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    metrics::counter!("whahook_files_received_total", "state" => plan.state.code()).increment(1);
    Ok(())
}

fn told(message: ChatMessage, at: Timestamp) -> Option<Event> {
    Some(Event::MessageMedia {
        conversation_id: message.conversation_id,
        message_id: message.id,
        whatsapp_message_id: message.whatsapp_message_id,
        media: message.content.media()?.clone(),
        at,
    })
}

pub async fn again(app: &App, due: &Due, attempts: i64, at: Timestamp) -> sqlx::Result<()> {
    let mut tx = app.db.begin().await?;
    store::again(&mut tx, due.message, attempts, at).await?;
    tx.commit().await
}

/// The message has no file any more.
pub async fn forget(app: &App, due: &Due) -> sqlx::Result<()> {
    let mut tx = app.db.begin().await?;
    store::forget(&mut tx, due.message).await?;
    tx.commit().await
}
