//! A program that is sent events and fails at about every second: with an error,
//! by breaking off, or by taking too long.

use crate::crash::chance;
use http_body_util::BodyExt;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rand::{RngExt, rngs::StdRng};
use serde_json::Value;
use standardwebhooks::Webhook;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// With these each request fails about every second time; the same event no more
/// than twice in a row, since the pauses double.
const FAILS: f64 = 0.6;
const FAILURES_MAX: u32 = 2;
/// An answer that is slow, and one that the server does not wait for.
const SLOW: Duration = Duration::from_millis(300);
const TOO_SLOW: Duration = Duration::from_secs(60);
/// Each of those takes all the time that an attempt may take.
const TOO_SLOW_MAX: u32 = 4;

/// A request that came, in the order in which they came.
pub struct Got {
    pub id: String,
    headers: hyper::HeaderMap,
    text: String,
    /// Whether it was answered with 200.
    pub arrived: bool,
}

impl Got {
    pub fn is_signed_with(&self, secret: &Webhook) -> bool {
        secret.verify(self.text.as_bytes(), &self.headers).is_ok()
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

enum Mood {
    Takes,
    TakesItsTime,
    Fails,
    BreaksOff,
    IsTooSlow,
}

struct Notes {
    chance: StdRng,
    failures: HashMap<String, u32>,
    too_slow: u32,
    got: Vec<Got>,
    arrived: HashSet<String>,
}

impl Notes {
    fn mood(&mut self, id: &str) -> Mood {
        let failures = self.failures.entry(id.to_owned()).or_default();
        if *failures < FAILURES_MAX && self.chance.random_bool(FAILS) {
            *failures += 1;
            return match self.chance.random_range(0..100) {
                0 if self.too_slow < TOO_SLOW_MAX => {
                    self.too_slow += 1;
                    Mood::IsTooSlow
                }
                0..50 => Mood::Fails,
                _ => Mood::BreaksOff,
            };
        }
        match self.chance.random_range(0..20) {
            0 => Mood::TakesItsTime,
            _ => Mood::Takes,
        }
    }
}

pub struct Receiver {
    pub url: String,
    notes: Arc<Mutex<Notes>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let notes = Arc::new(Mutex::new(Notes {
            chance: chance(),
            failures: HashMap::new(),
            too_slow: 0,
            got: Vec::new(),
            arrived: HashSet::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let shared = notes.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, notes, task }
    }

    /// How many events have arrived.
    pub fn arrived(&self) -> usize {
        self.notes.lock().arrived.len()
    }

    /// All requests so far, which it then knows nothing of any more.
    pub fn take_all(&self) -> Vec<Got> {
        std::mem::take(&mut self.notes.lock().got)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, notes: Arc<Mutex<Notes>>) {
    // Where it breaks off, the other side is told at once and rudely.
    stream.set_zero_linger().unwrap();
    let answer = service_fn(move |request| take(request, notes.clone()));
    // It ends with the server, which is killed in the middle.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

#[derive(Debug, thiserror::Error)]
#[error("it breaks off")]
struct BrokeOff;

async fn take(
    request: Request<Incoming>,
    notes: Arc<Mutex<Notes>>,
) -> Result<Response<String>, BrokeOff> {
    let (head, body) = request.into_parts();
    let body: Bytes = body.collect().await.map_err(|_| BrokeOff)?.to_bytes();
    let id = head.headers["webhook-id"].to_str().unwrap().to_owned();
    let (n, mood) = {
        let mut notes = notes.lock();
        notes.got.push(Got {
            id: id.clone(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
            arrived: false,
        });
        (notes.got.len() - 1, notes.mood(&id))
    };
    match mood {
        Mood::Takes => {}
        Mood::TakesItsTime => sleep(SLOW).await,
        Mood::Fails => {
            let mut refusal = Response::new("not now".to_owned());
            *refusal.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return Ok(refusal);
        }
        Mood::BreaksOff => return Err(BrokeOff),
        Mood::IsTooSlow => {
            sleep(TOO_SLOW).await;
            return Err(BrokeOff);
        }
    }
    let mut notes = notes.lock();
    notes.got[n].arrived = true;
    notes.arrived.insert(id);
    Ok(Response::new(String::new()))
}
