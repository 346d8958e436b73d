//! Dialling: bounded in time, and every failure told. The library raises no
//! event for a connect that fails, so this is where it is seen. How many dial at
//! a time is the session's: waiting here would count as a slow connect.

use super::Endpoint;
#[cfg(feature = "simulator")]
use super::simulated_http::SimulatedHttp;
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;
use whatsapp_rust::{
    anyhow,
    async_channel::Receiver,
    transport::{
        TokioWebSocketTransportFactory, Transport, TransportEvent, TransportFactory,
        default_tls_connector,
    },
};

const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes the transport of every link.
#[derive(Clone)]
pub struct Dialler {
    factory: Arc<TokioWebSocketTransportFactory>,
    #[cfg(feature = "simulator")]
    http: SimulatedHttp,
}

impl Dialler {
    pub fn new(endpoint: &Endpoint) -> Self {
        let factory = TokioWebSocketTransportFactory::new();
        let factory = match endpoint {
            // One TLS configuration for all: building it is dear.
            Endpoint::WhatsApp => factory.with_connector(default_tls_connector()),
            #[cfg(feature = "simulator")]
            Endpoint::Simulator(url) => factory.with_url(url),
        };
        Self {
            factory: Arc::new(factory),
            #[cfg(feature = "simulator")]
            http: match endpoint {
                Endpoint::WhatsApp => SimulatedHttp::default(),
                Endpoint::Simulator(url) => SimulatedHttp::new(url),
            },
        }
    }

    /// How a link reaches the media servers.
    #[cfg(feature = "simulator")]
    pub fn http(&self) -> SimulatedHttp {
        self.http.clone()
    }

    /// For one link: its failure to connect is told through `failed`.
    pub fn once(&self, failed: oneshot::Sender<String>) -> OneDial {
        OneDial {
            dialler: self.clone(),
            failed: std::sync::Mutex::new(Some(failed)),
        }
    }
}

pub struct OneDial {
    dialler: Dialler,
    failed: std::sync::Mutex<Option<oneshot::Sender<String>>>,
}

#[async_trait]
impl TransportFactory for OneDial {
    async fn create_transport(
        &self,
    ) -> Result<(Arc<dyn Transport>, Receiver<TransportEvent>), anyhow::Error> {
        let dial = async {
            tokio::time::timeout(DIAL_TIMEOUT, self.dialler.factory.create_transport())
                .await
                .map_err(|_| anyhow::anyhow!("no answer within {} s", DIAL_TIMEOUT.as_secs()))?
        };
        let dialled = dial.await;
        if let Err(error) = &dialled
            && let Ok(mut failed) = self.failed.lock()
            && let Some(failed) = failed.take()
        {
            // Nobody listens any more when the link was closed meanwhile.
            let _ = failed.send(format!("{error:#}"));
        }
        dialled
    }
}
