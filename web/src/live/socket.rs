//! The official Socket.IO client of JavaScript, vendored under `web/js`: no
//! well-kept one exists in Rust for the browser.

use crate::{
    api::Problem,
    wire::{self, Heard, Object},
};
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

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
    pub event: Callback<Heard>,
}

thread_local! {
    // One document, one socket; it ends with the document.
    static SOCKET: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// A command is answered at once or not at all.
const ANSWER_WITHIN_MS: u32 = 10_000;

pub fn open(handlers: Handlers) {
    let options = wire::object(&[]);
    let set = |name: &str, value: JsValue| wire::set(&options, name, &value);
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
        if Object(&error).get("type").is_undefined() {
            handlers.refused.run(());
        }
    });
    let any = Closure::<dyn FnMut(String, JsValue)>::new(move |name: String, payload: JsValue| {
        if let Some(heard) = wire::heard(&name, &payload) {
            handlers.event.run(heard);
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

/// Has a page that wants more than [`Handlers`] hear every event as it came, and
/// of every connection.
pub fn follow(connected: impl Fn() + 'static, event: impl Fn(String, JsValue) + 'static) {
    SOCKET.with_borrow(|socket| {
        if let Some(socket) = socket {
            on(socket, "connect", move |_| connected());
            let any = Closure::<dyn FnMut(String, JsValue)>::new(event);
            socket.on_any(any.as_ref().unchecked_ref());
            any.forget();
        }
    });
}

/// Sends a command and waits for its acknowledgement.
pub async fn command(name: &str, payload: &JsValue) -> Result<(), Problem> {
    ask(name, payload).await.map(drop)
}

/// The same for a command that is a question.
pub async fn ask(name: &str, payload: &JsValue) -> Result<JsValue, Problem> {
    let answer = SOCKET
        .with_borrow(|socket| {
            socket.as_ref().map(|socket| {
                socket
                    .timeout(ANSWER_WITHIN_MS)
                    .emit_with_ack(name, payload)
            })
        })
        .ok_or(Problem::Unreachable)?;
    let answer = JsFuture::from(answer)
        .await
        .map_err(|_| Problem::Unreachable)?;
    let told = Object(&answer);
    if told.get("ok").is_truthy() {
        Ok(answer)
    } else {
        Err(Problem::read(&told.get("error")))
    }
}

fn on(socket: &Socket, event: &str, handler: impl FnMut(JsValue) + 'static) {
    let handler = Closure::<dyn FnMut(JsValue)>::new(handler);
    socket.on(event, handler.as_ref().unchecked_ref());
    handler.forget();
}
