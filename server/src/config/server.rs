//! Where the server listens and which addresses are its own.

use super::vars::Vars;
use http::HeaderValue;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};
use url::Url;

#[derive(Debug, Clone)]
pub struct Server {
    /// `HOST` and `PORT`.
    pub listen: SocketAddr,
    /// `APP_URL`: the public address, without a path.
    pub app_url: Url,
    /// `APP_URL` and `ALLOWED_ORIGINS`.
    pub origins: Origins,
    /// `TRUSTED_PROXIES`: how many reverse proxies stand in front and each add
    /// an entry to `X-Forwarded-For`; 0 takes the address of the connection.
    pub trusted_proxies: usize,
    /// `SITE_DIR`: the built page, as `cargo xtask page` writes it.
    pub site_dir: PathBuf,
}

/// The origins whose pages may use the cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    #[must_use]
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PORT: u16 = 3000;

impl Server {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        let host = vars.parse("HOST", parse_host).unwrap_or(LOOPBACK);
        let port = vars.parse("PORT", parse_port).unwrap_or(PORT);
        let listen = SocketAddr::new(host, port);
        let public = vars.parse("APP_URL", parse_origin);
        let more = vars
            .parse("ALLOWED_ORIGINS", parse_origins)
            .unwrap_or_default();
        Self {
            origins: origins(public.as_ref(), listen, &more),
            app_url: public.unwrap_or_else(|| default_url(listen)),
            listen,
            trusted_proxies: vars
                .parse("TRUSTED_PROXIES", parse_proxies)
                .unwrap_or_default(),
            site_dir: vars
                .text("SITE_DIR")
                .map_or_else(default_site_dir, PathBuf::from),
        }
    }

    /// Whether people reach the server by https; cookies are then `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.app_url.scheme() == "https"
    }
}

fn origins(public: Option<&Url>, listen: SocketAddr, more: &[Url]) -> Origins {
    let mut all: Vec<String> = match public {
        Some(url) => vec![url.origin().ascii_serialization()],
        // Without APP_URL a person at this machine may type either.
        None => vec![
            default_url(listen).origin().ascii_serialization(),
            format!("http://localhost:{}", listen.port()),
        ],
    };
    all.extend(more.iter().map(|url| url.origin().ascii_serialization()));
    Origins(all)
}

fn default_url(listen: SocketAddr) -> Url {
    let mut shown = listen;
    if listen.ip().is_unspecified() {
        shown.set_ip(LOOPBACK);
    }
    format!("http://{shown}/")
        .parse()
        .expect("an address and a port make a URL")
}

/// Beside the folder of the program: `target/site` for `target/debug/whahook`.
fn default_site_dir() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.join("site")))
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

fn parse_host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(LOOPBACK);
    }
    text.trim_matches(['[', ']']).parse().map_err(|_| {
        format!("must be an IP address to listen on, such as 127.0.0.1 or 0.0.0.0, not `{text}`")
    })
}

fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("must be a number from 1 to 65535, not `{text}`")),
    }
}

fn parse_proxies(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count <= 10 => Ok(count),
        _ => Err(format!(
            "must be the number of reverse proxies in front, 0 to 10, not `{text}`"
        )),
    }
}

fn parse_origin(text: &str) -> Result<Url, String> {
    let expected = || {
        format!("must be an address such as https://chat.example.com, without a path, not `{text}`")
    };
    let url: Url = text.parse().map_err(|_| expected())?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare { Ok(url) } else { Err(expected()) }
}

fn parse_origins(text: &str) -> Result<Vec<Url>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty())
        .map(parse_origin)
        .collect()
}
