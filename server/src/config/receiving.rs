//! What comes in, where an account sets nothing else.

use super::vars::Vars;
use whahook_contract::receiving::{AppliedReceiving, FileKind, MediaDownload};

/// `RECEIVE_MEDIA`, `RECEIVE_MEDIA_KINDS`, `RECEIVE_MEDIA_MAX_BYTES`: the files that
/// are fetched. `RECEIVE_STATUSES`: whether status updates are taken.
/// `RECEIVE_HISTORY_DAYS`, `RECEIVE_HISTORY_MESSAGES`: what is taken of the chats when
/// a phone is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiving {
    pub defaults: AppliedReceiving,
}

pub const HISTORY_DAYS_MAX: u32 = 3_650;
pub const HISTORY_MESSAGES_MAX: u32 = 100_000;
const HISTORY_MESSAGES: u32 = 1_000;

impl Receiving {
    /// The largest file that is taken in at all is `largest`.
    pub(super) fn read(vars: &mut Vars<'_>, largest: u64) -> Self {
        let download = vars.parse("RECEIVE_MEDIA", |text| {
            MediaDownload::from_code(text)
                .ok_or_else(|| format!("must be `all`, `on_demand` or `none`, not `{text}`"))
        });
        let kinds = vars.parse("RECEIVE_MEDIA_KINDS", |text| {
            let kinds = text.split(',').map(str::trim).map(|kind| {
                FileKind::from_code(kind).ok_or_else(|| {
                    let all: Vec<&str> = FileKind::ALL.iter().map(|kind| kind.code()).collect();
                    format!("must be some of {}, not `{kind}`", all.join(","))
                })
            });
            kinds.collect::<Result<Vec<_>, _>>()
        });
        let max_bytes = vars.parse("RECEIVE_MEDIA_MAX_BYTES", |text| match text.parse() {
            Ok(bytes) if bytes <= largest => Ok(bytes),
            _ => Err(format!(
                "must be a number of bytes up to MEDIA_MAX_BYTES ({largest}), not `{text}`"
            )),
        });
        let statuses = vars.flag("RECEIVE_STATUSES", false);
        let days = vars.parse("RECEIVE_HISTORY_DAYS", |text| match text.parse() {
            Ok(days) if days <= HISTORY_DAYS_MAX => Ok(days),
            _ => Err(format!(
                "must be a number of days up to {HISTORY_DAYS_MAX}, or 0 for none, not `{text}`"
            )),
        });
        let messages = vars.parse("RECEIVE_HISTORY_MESSAGES", |text| match text.parse() {
            Ok(count @ 1..=HISTORY_MESSAGES_MAX) => Ok(count),
            _ => Err(format!(
                "must be from 1 to {HISTORY_MESSAGES_MAX}, not `{text}`"
            )),
        });
        Self {
            defaults: AppliedReceiving {
                media_download: download.unwrap_or(MediaDownload::All),
                media_kinds: kinds.unwrap_or_else(|| FileKind::ALL.to_vec()),
                media_max_bytes: max_bytes.unwrap_or(largest),
                statuses,
                history_days: days.unwrap_or(0),
                history_messages: messages.unwrap_or(HISTORY_MESSAGES),
            },
        }
    }
}
