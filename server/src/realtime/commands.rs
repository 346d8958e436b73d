//! Commands of a client. Each is acknowledged: `{ok: true, …}` or
//! `{ok: false, error: {code, message}}`.

use super::auth::Authenticated;
use crate::{
    App,
    accounts::routes::own,
    activity,
    events::reading::{self, Types},
    http::ApiError,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use socketioxide::extract::{AckSender, Extension, SocketRef, State, TryData};
use whahook_contract::{
    event::{
        Pushed,
        command::{Create, Destroy, EventsSince},
    },
    ids::SessionId,
    key::Scope,
};

/// Events in one answer to `events:since`.
const EVENTS_MAX: i64 = 500;

type Answer = Result<Value, ApiError>;

fn acknowledge(ack: AckSender, answer: Answer) {
    let body = answer.unwrap_or_else(|error| {
        json!({ "ok": false, "error": {
            "code": error.code(),
            "message": error.message(),
            "details": error.shown_details(),
        } })
    });
    // The client is gone; it asks again when it is back.
    let _ = ack.send(&body);
}

fn read<T: DeserializeOwned>(data: Result<T, impl std::fmt::Display>) -> Result<T, ApiError> {
    data.map_err(|error| {
        ApiError::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            format!("The payload is not what is expected: {error}"),
        )
    })
}

/// `whatsapp:create`: start linking or reconnect; with a number, link it with a
/// code typed on the phone.
pub async fn create(
    socket: SocketRef,
    State(app): State<App>,
    Extension(principal): Extension<Authenticated>,
    TryData(data): TryData<Create>,
    ack: AckSender,
) {
    let mut joined_late = Vec::new();
    let answer = async {
        let Create {
            account_id,
            phone_number,
        } = read(data)?;
        own(&app, &principal.0, account_id, Scope::Admin).await?;
        joined_late = app.sessions.shown_events(account_id);
        let by = activity::by(&app, &principal.0).await?;
        let Some(phone_number) = phone_number else {
            let view = app.sessions.start(account_id, false, Some(by)).await?;
            return Ok(json!({ "ok": true, "sessionId": view.session_id, "status": view.status }));
        };
        let sessions = &app.sessions;
        let shown = sessions
            .pair_code(account_id, &phone_number, Some(by))
            .await?;
        let view = sessions.view(account_id).await?;
        Ok(json!({
            "ok": true,
            "sessionId": view.session_id,
            "status": view.status,
            "code": shown.code,
            "expiresAt": shown.expires_at,
        }))
    }
    .await;
    acknowledge(ack, answer);
    // What is on show was pushed before this client asked.
    for recorded in joined_late {
        let event = &recorded.event;
        if let Ok(payload) = Pushed::new(event.seq, event.account_id, &event.event) {
            let _ = socket.emit(event.event.name(), &payload);
        }
    }
}

/// `whatsapp:destroy`: unlink at WhatsApp and delete the session's data.
pub async fn destroy(
    State(app): State<App>,
    Extension(principal): Extension<Authenticated>,
    TryData(data): TryData<Destroy>,
    ack: AckSender,
) {
    let answer = async {
        let Destroy { session_id } = read(data)?;
        let SessionId { account, .. } = session_id;
        own(&app, &principal.0, account, Scope::Admin).await?;
        let by = activity::by(&app, &principal.0).await?;
        let view = app.sessions.unlink(account, Some(by)).await?;
        Ok(json!({ "ok": true, "sessionId": view.session_id, "status": view.status }))
    }
    .await;
    acknowledge(ack, answer);
}

/// `events:since`: the events after a number, for a client that missed some.
pub async fn events_since(
    State(app): State<App>,
    Extension(principal): Extension<Authenticated>,
    TryData(data): TryData<EventsSince>,
    ack: AckSender,
) {
    let answer = async {
        let EventsSince { account_id, after } = read(data)?;
        own(&app, &principal.0, account_id, Scope::Read).await?;
        let mut conn = app.db.read().await?;
        let every = Types::default();
        let chunk = reading::chunk(&mut conn, account_id, after, &every, EVENTS_MAX).await?;
        Ok(json!({
            "ok": true,
            "events": chunk.items,
            "complete": chunk.is_last(),
            "newest": chunk.newest,
        }))
    }
    .await;
    acknowledge(ack, answer);
}
