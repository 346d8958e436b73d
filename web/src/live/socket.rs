//! The official Socket.IO client of JavaScript, vendored under `web/js`: no
//! well-kept one exists in Rust for the browser.

use crate::api::Problem;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use whahook_contract::{error::ErrorView, event::Pushed};

#[wasm_bindgen(module = "/js/socket.io.esm.min.js")]
extern "C" {
    fn io(options: &JsValue) -> Socket;

    type Socket;
    #[wasm_bindgen(method)]
    fn on(this: &Socket, event: &str, handler: &js_sys::Function);
    #[wasm_bindgen(method, js_name = onAny)]
    fn on_any(this: &Socket, handler: &js_sys::Function);
    #[wasm_bindgen(method)]
    fn connect(this: &Socket);
    #[wasm_bindgen(method)]
    fn timeout(this: &Socket, milliseconds: u32) -> Emitter;

    type Emitter;
    #[wasm_bindgen(method, js_name = emitWithAck)]
    fn emit_with_ack(this: &Emitter, event: &str, payload: &JsValue) -> js_sys::Promise;
}

/// What a page wants to hear.
#[derive(Clone, Copy)]
pub struct Handlers {
    pub connected: Callback<()>,
    pub lost: Callback<()>,
    /// Connected, but the server does not let this browser in.
    pub refused: Callback<()>,
    pub event: Callback<(String, Pushed)>,
}

thread_local! {
    // One document, one socket; it ends with the document.
    static SOCKET: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// A command is answered at once or not at all.
const ANSWER_WITHIN_MS: u32 = 10_000;

pub fn open(handlers: Handlers) {
    let options = js_sys::Object::new();
    let set = |name: &str, value: JsValue| {
        js_sys::Reflect::set(&options, &name.into(), &value)
            .expect("a fresh object takes any property");
    };
    // A WebSocket at once; long polling only where a proxy forbids it.
    let transports = ["websocket", "polling"].map(JsValue::from_str);
    set("transports", js_sys::Array::from_iter(transports).into());
    set("tryAllTransports", JsValue::TRUE);
    set("reconnectionDelay", JsValue::from_f64(500.0));
    set("reconnectionDelayMax", JsValue::from_f64(4_000.0));
    let socket = io(&options);

    on(&socket, "connect", move |_| handlers.connected.run(()));
    on(&socket, "disconnect", move |reason| {
        handlers.lost.run(());
        // The only end after which the client does not try again by itself.
        if reason.as_string().as_deref() == Some("io server disconnect") {
            connect_again();
        }
    });
    on(&socket, "connect_error", move |error| {
        handlers.lost.run(());
        // A transport that failed says which it was; the server's own no does not.
        let refused = js_sys::Reflect::get(&error, &"type".into())
            .is_ok_and(|transport| transport.is_undefined());
        if refused {
            handlers.refused.run(());
        }
    });
    let any = Closure::<dyn FnMut(String, JsValue)>::new(move |name: String, payload: JsValue| {
        if let Some(pushed) = from_js(&payload) {
            handlers.event.run((name, pushed));
        }
    });
    socket.on_any(any.as_ref().unchecked_ref());
    any.forget();

    SOCKET.with_borrow_mut(|slot| *slot = Some(socket));
}

pub fn connect_again() {
    SOCKET.with_borrow(|socket| {
        if let Some(socket) = socket {
            socket.connect();
        }
    });
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<ErrorView>,
}

/// Sends a command and waits for its acknowledgement.
pub async fn command(name: &str, payload: &impl Serialize) -> Result<(), Problem> {
    let payload = serde_json::to_string(payload)
        .ok()
        .and_then(|json| js_sys::JSON::parse(&json).ok())
        .ok_or(Problem::Unreachable)?;
    let answer = SOCKET
        .with_borrow(|socket| {
            socket.as_ref().map(|socket| {
                socket
                    .timeout(ANSWER_WITHIN_MS)
                    .emit_with_ack(name, &payload)
            })
        })
        .ok_or(Problem::Unreachable)?;
    let answer = JsFuture::from(answer)
        .await
        .ok()
        .and_then(|answer| from_js::<Answer>(&answer))
        .ok_or(Problem::Unreachable)?;
    match answer {
        Answer { ok: true, .. } => Ok(()),
        Answer {
            error: Some(error), ..
        } => Err(Problem::Refused { status: 0, error }),
        Answer { .. } => Err(Problem::Unreachable),
    }
}

fn on(socket: &Socket, event: &str, handler: impl FnMut(JsValue) + 'static) {
    let handler = Closure::<dyn FnMut(JsValue)>::new(handler);
    socket.on(event, handler.as_ref().unchecked_ref());
    handler.forget();
}

fn from_js<T: for<'de> Deserialize<'de>>(value: &JsValue) -> Option<T> {
    let json = js_sys::JSON::stringify(value).ok()?.as_string()?;
    serde_json::from_str(&json).ok()
}
