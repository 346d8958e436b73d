use super::store::{self, Kept};
use crate::{App, conversations, http::auth::Principal, media, sessions};
use chrono::TimeDelta;
use whahook_contract::{
    Timestamp,
    ids::{ConversationId, MediaId, UserId},
};

/// How long an answer of WhatsApp is good, unless it says otherwise.
const GOOD_FOR: TimeDelta = TimeDelta::hours(24);

/// Why there is no picture to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Conversation(#[from] conversations::Error),
    #[error("there is no picture")]
    None,
    #[error(transparent)]
    Session(#[from] sessions::Error),
    #[error(transparent)]
    Media(#[from] media::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The file with the picture of a conversation's other side; WhatsApp is asked for
/// it, where it is not here or may be another by now.
pub async fn picture(
    app: &App,
    principal: &Principal,
    id: ConversationId,
) -> Result<MediaId, Error> {
    let conversation = conversations::own(&mut *app.db.read().await?, principal, id).await?;
    let user = conversation.user;
    if let Some(known) = known(app, user, id).await? {
        return known.ok_or(Error::None);
    }
    let _turn = app.pictures.next().await;
    // Another may have asked for it meanwhile.
    if let Some(known) = known(app, user, id).await? {
        return known.ok_or(Error::None);
    }
    let before = store::find(&mut *app.db.read().await?, id).await?;
    let file = here(app, user, before.file).await?;
    let (jid, seen) = (conversation.jid(), before.id.filter(|_| file.is_some()));
    // A notification names the picture before it is here.
    let seen = seen.filter(|_| before.asked_at.is_some());
    let asked = app
        .sessions
        .with_link(conversation.account, move |link| async move {
            link.picture(&jid, seen.as_deref()).await
        });
    let answer = match (asked.await, file) {
        (Ok(answer), _) => answer,
        // Better an old one than none.
        (Err(_), Some(old)) => return Ok(old),
        (Err(error), None) => return Err(error.into()),
    };
    let kept = match answer {
        None => Kept::default(),
        Some(picture) => Kept {
            file: match picture.bytes {
                None => file,
                Some(bytes) => {
                    let mut incoming = app.media.receive(user).await?;
                    incoming.write(&bytes).await?;
                    let whole = incoming.finish().await?;
                    app.media.keep(user, whole, None, None).await?.id
                }
            },
            id: Some(picture.id),
            asked_at: None,
        },
    };
    let kept = Kept {
        asked_at: Some(app.clock.now()),
        ..kept
    };
    let mut tx = app.db.begin().await?;
    store::keep(&mut tx, id, &kept).await?;
    tx.commit().await?;
    kept.file.ok_or(Error::None)
}

/// What is known without asking; `None`: WhatsApp must be asked.
async fn known(
    app: &App,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Option<MediaId>>, Error> {
    let kept = store::find(&mut *app.db.read().await?, id).await?;
    if !kept.asked_at.is_some_and(|at| is_good(at, app.clock.now())) {
        return Ok(None);
    }
    if kept.id.is_none() {
        return Ok(Some(None));
    }
    Ok(here(app, user, kept.file).await?.map(Some))
}

fn is_good(asked_at: Timestamp, now: Timestamp) -> bool {
    now - asked_at < GOOD_FOR
}

/// A file, as long as it is kept.
async fn here(app: &App, user: UserId, file: Option<MediaId>) -> Result<Option<MediaId>, Error> {
    let Some(id) = file else {
        return Ok(None);
    };
    match app.media.find(user, id).await {
        Ok(file) => Ok(Some(file.id)),
        Err(media::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
