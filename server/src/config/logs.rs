//! What is logged, and how.

use super::vars::Vars;

#[derive(Debug, Clone)]
pub struct Logs {
    /// `LOG_FORMAT`
    pub format: LogFormat,
    /// `RUST_LOG`
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Logs {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            format: vars
                .parse("LOG_FORMAT", |text| {
                    match text.to_ascii_lowercase().as_str() {
                        "text" => Ok(LogFormat::Text),
                        "json" => Ok(LogFormat::Json),
                        _ => Err(format!("must be text or json, not `{text}`")),
                    }
                })
                .unwrap_or(LogFormat::Text),
            filter: vars
                .parse(
                    "RUST_LOG",
                    |text| match tracing_subscriber::EnvFilter::try_new(text) {
                        Ok(_) => Ok(text.to_owned()),
                        Err(error) => Err(format!("is not a log filter: {error}")),
                    },
                )
                .unwrap_or_else(|| "info".to_owned()),
        }
    }
}
