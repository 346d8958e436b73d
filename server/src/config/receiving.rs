//! What comes in, where an account sets nothing else.

use super::vars::Vars;
use whahook_contract::receiving::{AppliedReceiving, FileKind, MediaDownload};

/// `RECEIVE_MEDIA`, `RECEIVE_MEDIA_KINDS`, `RECEIVE_MEDIA_MAX_BYTES`: the files that
/// are fetched. `RECEIVE_STATUSES`: whether status updates are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiving {
    pub defaults: AppliedReceiving,
}

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
        Self {
            defaults: AppliedReceiving {
                media_download: download.unwrap_or(MediaDownload::All),
                media_kinds: kinds.unwrap_or_else(|| FileKind::ALL.to_vec()),
                media_max_bytes: max_bytes.unwrap_or(largest),
                statuses,
            },
        }
    }
}
