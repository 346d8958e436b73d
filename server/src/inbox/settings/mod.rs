//! How an account receives: its own settings over the server's.

pub mod routes;
mod service;
mod store;

pub use service::{applies, find};
pub use store::history_came;

use crate::{
    config::{HISTORY_DAYS_MAX, HISTORY_MESSAGES_MAX},
    input::Invalid,
};
use whahook_contract::receiving::{
    AppliedReceiving, FileKind, HistoryProgress, MediaDownload, ReceivingChanges, ReceivingView,
};

/// What an account has set; what it has not is the server's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub media_download: Option<MediaDownload>,
    pub media_kinds: Option<Vec<FileKind>>,
    pub media_max_bytes: Option<u64>,
    pub statuses: Option<bool>,
    pub history_days: Option<u32>,
    pub history_messages: Option<u32>,
}

impl Settings {
    /// What applies.
    pub fn over(&self, server: &AppliedReceiving) -> AppliedReceiving {
        AppliedReceiving {
            media_download: self.media_download.unwrap_or(server.media_download),
            media_kinds: self
                .media_kinds
                .clone()
                .unwrap_or_else(|| server.media_kinds.clone()),
            media_max_bytes: self.media_max_bytes.unwrap_or(server.media_max_bytes),
            statuses: self.statuses.unwrap_or(server.statuses),
            history_days: self.history_days.unwrap_or(server.history_days),
            history_messages: self.history_messages.unwrap_or(server.history_messages),
        }
    }

    fn view(&self, server: &AppliedReceiving, history: Option<HistoryProgress>) -> ReceivingView {
        ReceivingView {
            media_download: self.media_download,
            media_kinds: self.media_kinds.clone(),
            media_max_bytes: self.media_max_bytes,
            statuses: self.statuses,
            history_days: self.history_days,
            history_messages: self.history_messages,
            history,
            defaults: server.clone(),
            applies: self.over(server),
        }
    }

    /// The largest file that the server takes in is `largest`.
    fn changed(mut self, changes: ReceivingChanges, largest: u64) -> Result<Self, Invalid> {
        self.media_download = changes.media_download.unwrap_or(self.media_download);
        self.statuses = changes.statuses.unwrap_or(self.statuses);
        if let Some(days) = changes.history_days {
            if days.is_some_and(|days| days > HISTORY_DAYS_MAX) {
                return Err(Invalid::new(
                    "history_days",
                    format!("must be 0 to {HISTORY_DAYS_MAX}, or null"),
                ));
            }
            self.history_days = days;
        }
        if let Some(count) = changes.history_messages {
            if count.is_some_and(|count| !(1..=HISTORY_MESSAGES_MAX).contains(&count)) {
                return Err(Invalid::new(
                    "history_messages",
                    format!("must be 1 to {HISTORY_MESSAGES_MAX}, or null"),
                ));
            }
            self.history_messages = count;
        }
        if let Some(kinds) = changes.media_kinds {
            self.media_kinds = kinds.map(|kinds| {
                let named = |kind: &FileKind| kinds.contains(kind);
                FileKind::ALL.iter().copied().filter(named).collect()
            });
        }
        if let Some(max) = changes.media_max_bytes {
            if max.is_some_and(|max| max > largest) {
                return Err(Invalid::new(
                    "media_max_bytes",
                    format!("must be at most {largest} (MEDIA_MAX_BYTES), or null"),
                ));
            }
            self.media_max_bytes = max;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_account_sets_goes_before_the_servers_and_null_goes_back() {
        let server = AppliedReceiving {
            media_download: MediaDownload::All,
            media_kinds: FileKind::ALL.to_vec(),
            media_max_bytes: 100,
            statuses: false,
            history_days: 0,
            history_messages: 1_000,
        };
        let change = |json| serde_json::from_value(json).unwrap();
        let set = Settings::default()
            .changed(
                change(serde_json::json!({
                    "media_download": "on_demand", "media_kinds": ["voice", "image", "voice"],
                })),
                100,
            )
            .unwrap();
        let applies = set.over(&server);
        assert_eq!(applies.media_download, MediaDownload::OnDemand);
        assert_eq!(applies.media_kinds, [FileKind::Image, FileKind::Voice]);
        assert_eq!(applies.media_max_bytes, 100);
        let back = set
            .clone()
            .changed(change(serde_json::json!({"media_kinds": null})), 100)
            .unwrap();
        assert_eq!(back.over(&server).media_kinds, FileKind::ALL);
        assert_eq!(
            back.media_download, set.media_download,
            "left out: as it was"
        );
        let too_large = change(serde_json::json!({"media_max_bytes": 101}));
        assert_eq!(
            set.changed(too_large, 100).unwrap_err().field,
            "media_max_bytes"
        );
    }
}
