//! Dialling: bounded in time, and every failure told. The library raises no
//! event for a connect that fails, so this is where it is seen. How many dial at
//! a time is the session's: waiting here would count as a slow connect.

use super::Endpoint;
#[cfg(feature = "simulator")]
use super::simulated_http::SimulatedHttp;
use async_trait::async_trait;
use http::{HeaderValue, Uri, header::ORIGIN};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::oneshot};
use tokio_websockets::ClientBuilder;
use whatsapp_rust::{
    anyhow::{self, Context as _},
    async_channel::Receiver,
    transport::{
        Connector, Transport, TransportEvent, TransportFactory, default_tls_connector,
        from_websocket,
    },
    wacore::net::{WHATSAPP_WEB_ORIGIN, WHATSAPP_WEB_WS_URL},
};

const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

type Dialled = (Arc<dyn Transport>, Receiver<TransportEvent>);

/// Makes the transport of every link.
#[derive(Clone)]
pub struct Dialler {
    url: Arc<str>,
    /// One TLS configuration for all: building it is dear.
    tls: Arc<Connector>,
    #[cfg(feature = "simulator")]
    http: SimulatedHttp,
}

impl Dialler {
    pub fn new(endpoint: &Endpoint) -> Self {
        Self {
            url: match endpoint {
                Endpoint::WhatsApp => WHATSAPP_WEB_WS_URL.into(),
                #[cfg(feature = "simulator")]
                Endpoint::Simulator(url) => url.as_str().into(),
            },
            tls: Arc::new(default_tls_connector()),
            #[cfg(feature = "simulator")]
            http: match endpoint {
                Endpoint::WhatsApp => SimulatedHttp::default(),
                Endpoint::Simulator(url) => SimulatedHttp::new(url),
            },
        }
    }

    async fn dial(&self) -> Result<Dialled, anyhow::Error> {
        let uri: Uri = self.url.parse().context("not an address")?;
        let host = uri.host().context("an address without a host")?;
        // An IPv6 address is in brackets there.
        let host = host.trim_matches(['[', ']']);
        let encrypted = uri.scheme_str() == Some("wss");
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        // Stanzas are small, and none is to wait until the one before has arrived.
        stream.set_nodelay(true)?;
        let connector = if encrypted {
            &*self.tls
        } else {
            &Connector::Plain
        };
        let stream = connector.wrap(host, stream).await?;
        let origin = HeaderValue::from_static(WHATSAPP_WEB_ORIGIN);
        let websocket = ClientBuilder::from_uri(uri).add_header(ORIGIN, origin)?;
        let (websocket, _) = websocket.connect_on(stream).await?;
        Ok(from_websocket(websocket))
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
    async fn create_transport(&self) -> Result<Dialled, anyhow::Error> {
        let dial = async {
            tokio::time::timeout(DIAL_TIMEOUT, self.dialler.dial())
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
