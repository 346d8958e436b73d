//! HTTP for a link to the simulator: its media servers speak no TLS.

use async_trait::async_trait;
use whatsapp_rust::{
    anyhow::Result,
    http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient},
    wacore::net::{StreamingHttpResponse, UploadBody},
};

/// Asks the simulator's own host without TLS; every other host as usual.
#[derive(Clone, Default)]
pub struct SimulatedHttp {
    http: UreqHttpClient,
    /// `https://<host>/` as the library builds it, and what is asked instead.
    origins: Option<(String, String)>,
}

impl SimulatedHttp {
    /// For the simulator whose WebSocket it is.
    pub fn new(websocket: &str) -> Self {
        let host = websocket
            .strip_prefix("ws://")
            .map(|rest| rest.split('/').next().unwrap_or_default());
        Self {
            http: UreqHttpClient::new(),
            origins: host.map(|host| (format!("https://{host}/"), format!("http://{host}/"))),
        }
    }

    fn directed(&self, mut request: HttpRequest) -> HttpRequest {
        if let Some((secure, plain)) = &self.origins
            && let Some(path) = request.url.strip_prefix(secure)
        {
            request.url = format!("{plain}{path}");
        }
        request
    }
}

#[async_trait]
impl HttpClient for SimulatedHttp {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse> {
        self.http.execute(self.directed(request)).await
    }

    fn supports_streaming(&self) -> bool {
        self.http.supports_streaming()
    }

    fn execute_streaming(&self, request: HttpRequest) -> Result<StreamingHttpResponse> {
        self.http.execute_streaming(self.directed(request))
    }

    fn supports_upload_streaming(&self) -> bool {
        self.http.supports_upload_streaming()
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        content_length: u64,
    ) -> Result<HttpResponse> {
        self.http
            .execute_upload(self.directed(request), body, content_length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_simulators_host_is_asked_without_tls() {
        let http = SimulatedHttp::new("ws://127.0.0.1:4000/ws/chat");
        let asked = |url: &str| http.directed(HttpRequest::get(url)).url;
        assert_eq!(
            asked("https://127.0.0.1:4000/v/t62/x?auth=1"),
            "http://127.0.0.1:4000/v/t62/x?auth=1"
        );
        for other in ["https://127.0.0.1:40001/x", "https://mmg.whatsapp.net/x"] {
            assert_eq!(asked(other), other);
        }
    }
}
