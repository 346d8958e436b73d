//! A linked client under test, and waiting for what must happen.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use whahook_simulator::{ChatMessage, Config, Simulator};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::prelude::*;
use whatsapp_rust::store::traits::Backend;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::wacore::store::in_memory::InMemoryBackend;

pub const ANA: &str = "+593987654321";
pub const BRUNO: &str = "+593991203344";
const PATIENCE: Duration = Duration::from_secs(30);

/// A simulator with the phones of Ana and Bruno.
pub async fn simulator() -> Simulator {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    simulator
}

/// What both sides log, for `RUST_LOG=debug cargo test -- --nocapture`.
fn show_logs() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "off".to_owned());
    let filter = tracing_subscriber::EnvFilter::new(wanted);
    let format = tracing_subscriber::fmt().with_env_filter(filter);
    // Only the first test of the process sets it up.
    let _ = format.with_test_writer().try_init();
}

/// Asks without TLS, which the simulator's media servers do not speak.
#[derive(Default)]
struct PlainHttp(UreqHttpClient);

#[async_trait::async_trait]
impl HttpClient for PlainHttp {
    async fn execute(
        &self,
        mut request: HttpRequest,
    ) -> whatsapp_rust::anyhow::Result<HttpResponse> {
        request.url = request.url.replacen("https://", "http://", 1);
        self.0.execute(request).await
    }
}

#[derive(Default)]
struct Log {
    events: Mutex<Vec<Arc<Event>>>,
    grown: Notify,
}

struct Recorder(Arc<Log>);

impl EventHandler for Recorder {
    fn handle_event(&self, event: Arc<Event>) {
        self.0.events.lock().unwrap().push(event);
        self.0.grown.notify_waiters();
    }
}

/// A running client with everything it ever reported.
pub struct TestClient {
    pub client: Arc<Client>,
    pub backend: Arc<dyn Backend>,
    handle: BotHandle,
    log: Arc<Log>,
}

impl TestClient {
    pub async fn start(ws_url: &str, backend: Arc<dyn Backend>) -> Self {
        show_logs();
        let log = Arc::new(Log::default());
        let bot = Bot::builder()
            .with_backend_arc(Arc::clone(&backend))
            .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(ws_url))
            .with_http_client(PlainHttp::default())
            .with_version((2, 3000, 1_027_868_167))
            .with_wanted_pre_key_count(30)
            .with_event_handler(Recorder(Arc::clone(&log)))
            .build()
            .await
            .unwrap();
        Self {
            client: bot.client(),
            backend,
            handle: bot.spawn(),
            log,
        }
    }

    /// A new client, not linked yet.
    pub async fn fresh(simulator: &Simulator) -> Self {
        Self::start(&simulator.ws_url(), Self::empty_store()).await
    }

    pub fn empty_store() -> Arc<dyn Backend> {
        Arc::new(InMemoryBackend::new())
    }

    /// A new client, linked to the phone and ready.
    pub async fn linked(simulator: &Simulator, number: &str) -> Self {
        let client = Self::fresh(simulator).await;
        let qr = client.qr().await;
        simulator.scan(number, &qr).await.unwrap();
        client.ready().await;
        client
    }

    /// Waits for an event that was reported at any time since the start.
    pub async fn event<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let wait = async {
            loop {
                let grown = self.log.grown.notified();
                tokio::pin!(grown);
                grown.as_mut().enable();
                if let Some(found) = self.log.events.lock().unwrap().iter().find_map(|e| pick(e)) {
                    return found;
                }
                grown.await;
            }
        };
        match timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("{what} never came; there was {:#?}", self.names()),
        }
    }

    pub fn count(&self, mut is: impl FnMut(&Event) -> bool) -> usize {
        let events = self.log.events.lock().unwrap();
        events.iter().filter(|e| is(e)).count()
    }

    fn names(&self) -> Vec<String> {
        let events = self.log.events.lock().unwrap();
        events
            .iter()
            .map(|e| format!("{e:?}").chars().take(160).collect())
            .collect()
    }

    pub async fn qr(&self) -> String {
        self.event("a QR", |event| match event {
            Event::PairingQrCode(qr) => Some(qr.code.clone()),
            _ => None,
        })
        .await
    }

    pub async fn ready(&self) {
        self.event("Connected", |event| {
            matches!(event, Event::Connected(_)).then_some(())
        })
        .await;
    }

    /// Waits for a text message; returns its id.
    pub async fn text(&self, text: &str) -> String {
        self.event(&format!("the text {text:?}"), |event| {
            id_of_text(event, text)
        })
        .await
    }

    pub fn has_text(&self, text: &str) -> bool {
        self.count(|event| id_of_text(event, text).is_some()) > 0
    }

    pub async fn send(&self, to: &str, text: &str) -> String {
        let sent = self.client.send_text(jid(to), text).await.unwrap();
        sent.message_id
    }

    /// Waits for the server's word on a message; the error if it has one.
    pub async fn acknowledged(&self, id: &str) -> Option<String> {
        self.event("the server's ack", |event| match event {
            Event::ServerAck(ack) if ack.id == id && ack.class.as_deref() == Some("message") => {
                Some(ack.error.clone())
            }
            _ => None,
        })
        .await
    }

    pub async fn receipt(&self, id: &str, kind: ReceiptType) {
        self.event(&format!("a {kind:?} receipt"), |event| match event {
            Event::Receipt(r) if r.r#type == kind && r.message_ids.iter().any(|i| i == id) => {
                Some(())
            }
            _ => None,
        })
        .await;
    }

    pub async fn stop(self) -> Arc<dyn Backend> {
        self.handle.shutdown().await;
        self.backend
    }

    /// Ends without any goodbye, as a killed process would.
    pub fn kill(self) -> Arc<dyn Backend> {
        self.handle.abort();
        self.backend
    }
}

pub use whatsapp_rust::types::presence::ReceiptType;

fn id_of_text(event: &Event, text: &str) -> Option<String> {
    let Event::Messages(batch) = event else {
        return None;
    };
    let mut messages = batch.messages.iter();
    messages
        .find(|m| m.message.text_content() == Some(text))
        .map(|m| m.info.id.clone())
}

pub fn jid(number: &str) -> Jid {
    Jid::pn(number.trim_start_matches('+'))
}

/// Asks again until the answer is there.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let wait = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("{what} never happened"))
}

/// Waits until the phone's chats hold the text.
pub async fn on_phone(simulator: &Simulator, number: &str, text: &str) -> ChatMessage {
    eventually(&format!("{text:?} on the phone"), async || {
        let messages = simulator.messages(number).unwrap();
        messages.into_iter().find(|m| m.text == text)
    })
    .await
}
