//! A program that webhooks are sent to.

use super::eventually::eventually;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{LOCATION, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
    /// What it was answered with.
    pub status: u16,
}

impl Got {
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).unwrap();
        webhook.verify(self.text.as_bytes(), &self.headers).is_ok()
    }

    pub fn arrived(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn seq(&self) -> i64 {
        self.body["seq"].as_i64().unwrap()
    }

    pub fn account(&self) -> &str {
        self.body["account_id"].as_str().unwrap()
    }
}

type Answer = dyn Fn(&Got) -> (u16, String) + Send + Sync;

#[derive(Clone)]
struct Shared {
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<Arc<Answer>>>,
    pause: Arc<Mutex<Duration>>,
}

pub struct Receiver {
    pub url: String,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that answers everything with 204.
    pub async fn start() -> Self {
        let shared = Shared {
            got: Arc::default(),
            answer: Arc::new(Mutex::new(Arc::new(|_| (204, String::new())))),
            pause: Arc::default(),
        };
        let router = Router::new().fallback(take).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self { url, shared, task }
    }

    /// From now on it answers like this. A status of 3xx leads to the text, one of
    /// 503 asks for so many seconds.
    pub fn answer(&self, answer: impl Fn(&Got) -> (u16, String) + Send + Sync + 'static) {
        *self.shared.answer.lock() = Arc::new(answer);
    }

    pub fn always(&self, status: u16) {
        self.answer(move |_| (status, String::new()));
    }

    /// From now on it takes so long.
    pub fn takes(&self, pause: Duration) {
        *self.shared.pause.lock() = pause;
    }

    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().clone()
    }

    pub fn arrived(&self) -> Vec<Got> {
        let mut got = self.got();
        got.retain(Got::arrived);
        got
    }

    pub async fn until_got(&self, count: usize) -> Vec<Got> {
        eventually(|| async { self.got() }, |got| got.len() >= count).await
    }

    pub async fn until_arrived(&self, count: usize) -> Vec<Got> {
        eventually(|| async { self.arrived() }, |got| got.len() >= count).await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let mut got = Got {
        id: headers["webhook-id"].to_str().unwrap().to_owned(),
        body: serde_json::from_str(&text).unwrap(),
        headers,
        text,
        status: 0,
    };
    let pause = *shared.pause.lock();
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let answer = shared.answer.lock().clone();
    let (status, text) = answer(&got);
    got.status = status;
    shared.got.lock().push(got);
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        return (status, [(LOCATION, text)]).into_response();
    }
    if status == StatusCode::SERVICE_UNAVAILABLE && !text.is_empty() {
        return (status, [(RETRY_AFTER, text)]).into_response();
    }
    (status, text).into_response()
}
