//! Socket.IO: commands in, events out, each to its own user and nobody else.

mod auth;
mod commands;
mod push;
mod revoked;

use crate::{App, http::revoked::Credential};
use socketioxide::{
    SocketIo,
    extract::{Extension, SocketRef, State},
    handler::ConnectHandler,
    layer::SocketIoLayer,
};
use std::time::Duration;
use whahook_contract::{
    event::command::{CREATE, DESTROY, EVENTS_SINCE},
    ids::{AccountId, UserId},
};

/// The largest message a client may send. Commands are tiny; before a client
/// has signed in, nothing else bounds it.
const MESSAGE_MAX: usize = 64 * 1024;

/// Where the events of a user's accounts go.
fn user_room(user: UserId) -> String {
    format!("user:{user}")
}

/// Where the events of one account go, for keys that see only some.
fn account_room(account: AccountId) -> String {
    format!("account:{account}")
}

/// The Socket.IO server on `/socket.io/`, wired to the application.
pub fn layer(app: &App) -> SocketIoLayer {
    let (layer, io) = SocketIo::builder()
        .with_state(app.clone())
        .max_payload(MESSAGE_MAX as u64)
        .ws_max_message_size(MESSAGE_MAX)
        .max_buffer_size(256)
        .ack_timeout(Duration::from_secs(10))
        .build_layer();
    // Middleware, the last one first: all of it is done before the client is
    // told that it is connected. A command that it sends at once would find
    // nobody at home if this were the handler, which runs afterwards.
    io.ns("/", connected.with(listen).with(auth::authenticate));
    app.spawn(push::push(app.clone(), io.clone()));
    app.spawn(revoked::close(app.clone(), io));
    layer
}

/// Everything is done by then.
async fn connected(_: SocketRef) {}

async fn listen(
    socket: SocketRef,
    State(app): State<App>,
    Extension(principal): Extension<auth::Authenticated>,
) -> Result<(), auth::Refused> {
    socket.join(revoked::room(&Credential::from(&principal.0.via)));
    // It may have been revoked before the socket could be found in that room.
    auth::identify(&app, &socket).await?;
    match principal.0.only_accounts() {
        None => socket.join(user_room(principal.0.user_id)),
        Some(accounts) => socket.join(
            accounts
                .iter()
                .map(|account| account_room(*account))
                .collect::<Vec<_>>(),
        ),
    }
    socket.on(CREATE, commands::create);
    socket.on(DESTROY, commands::destroy);
    socket.on(EVENTS_SINCE, commands::events_since);
    Ok(())
}
