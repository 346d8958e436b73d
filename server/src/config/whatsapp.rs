//! WhatsApp's side of things.

use super::vars::Vars;
use phonenumber::country;
use url::Url;

#[derive(Debug, Clone)]
pub struct WhatsApp {
    /// `WHATSAPP_URL`: the simulator's WebSocket; `None` is WhatsApp's own.
    pub url: Option<Url>,
    /// `DEFAULT_COUNTRY`, for numbers written without a country code.
    pub default_country: Option<country::Id>,
    /// `ALLOW_PRIVATE_TARGETS`: whether webhooks and media may reach private
    /// and loopback addresses.
    pub allow_private_targets: bool,
}

impl WhatsApp {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            url: vars.parse("WHATSAPP_URL", parse_url),
            default_country: vars.parse("DEFAULT_COUNTRY", parse_country),
            allow_private_targets: vars.flag("ALLOW_PRIVATE_TARGETS", false),
        }
    }
}

fn parse_url(text: &str) -> Result<Url, String> {
    // A build without the simulator checks WhatsApp's certificates, so no other
    // server could be talked to anyway.
    if cfg!(not(feature = "simulator")) {
        return Err(
            "is only honoured in builds with the feature `simulator`; remove it to use WhatsApp \
             itself"
                .to_owned(),
        );
    }
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "ws" | "wss") && url.has_host() => Ok(url),
        _ => Err(format!(
            "must be the simulator's WebSocket, such as ws://127.0.0.1:4000/ws/chat, not `{text}`"
        )),
    }
}

fn parse_country(text: &str) -> Result<country::Id, String> {
    text.to_ascii_uppercase().parse().map_err(|_| {
        format!("must be a country's two letters (ISO 3166), such as ID or EC, not `{text}`")
    })
}
