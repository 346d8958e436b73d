//! A bulk, and how far it is.

use crate::outbox::held::Held;
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::BTreeMap;
use whahook_contract::{
    Timestamp,
    bulk::{BulkAccepted, BulkProgress, BulkStatus, BulkView},
    event::Event,
    ids::{AccountId, BulkId, SessionId, UserId},
    message::{Content, MessageStatus, Priority, WaitsFor},
};

/// Why a bulk ended before everybody was written to.
pub const EXPIRED: &str = "expired";
pub const CANCELLED: &str = "cancelled";

#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    pub id: BulkId,
    pub account: AccountId,
    pub user: UserId,
    pub content: Content,
    pub status: BulkStatus,
    pub reason: Option<String>,
    pub priority: Priority,
    pub send_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub idempotency_key: Option<String>,
    pub metadata: Option<Value>,
    pub total: i64,
    pub skipped: i64,
    /// So many of its rows are in the outbox.
    pub queued_rows: i64,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// A row of the list, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRow {
    /// 1, 2, 3, … without gaps.
    pub n: i64,
    /// Which row of the list that came.
    pub source: i64,
    /// The recipient as it was written.
    pub given: String,
    /// Their JID.
    pub chat: String,
    pub variables: BTreeMap<String, String>,
}

impl Bulk {
    pub const fn session(&self) -> SessionId {
        SessionId::new(self.user, self.account)
    }

    /// It must not be sent any more.
    pub fn is_over_time(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Its next rows may become messages.
    pub fn may_queue(&self, now: Timestamp) -> bool {
        self.status == BulkStatus::Running
            && self.queued_rows < self.total
            && self.send_at.is_none_or(|at| at <= now)
            && !self.is_over_time(now)
    }

    /// What became of the rows that are no messages: the same of all of them.
    pub const fn rest(&self) -> Option<MessageStatus> {
        match self.status {
            BulkStatus::Running | BulkStatus::Paused => None,
            BulkStatus::Finished => Some(MessageStatus::Failed),
            BulkStatus::Cancelled => Some(MessageStatus::Cancelled),
        }
    }

    /// How far it is, by how many of its messages have which status.
    pub fn progress(&self, messages: &[(MessageStatus, i64)]) -> BulkProgress {
        let mut progress = BulkProgress {
            total: self.total,
            ..BulkProgress::default()
        };
        for (status, count) in messages {
            *of(&mut progress, *status) += count;
        }
        // Some may have been queued after the bulk was read.
        let counted: i64 = messages.iter().map(|(_, count)| count).sum();
        let rest = self.total - self.queued_rows.max(counted);
        match self.rest() {
            None => progress.waiting = rest,
            Some(status) => *of(&mut progress, status) += rest,
        }
        progress
    }

    /// That it has its status, as the ledger keeps it.
    pub fn status_event(&self, at: Timestamp, progress: BulkProgress) -> Event {
        Event::BulkStatus {
            bulk_id: self.id,
            session_id: self.session(),
            status: self.status,
            reason: self.reason.clone(),
            at,
            progress,
        }
    }

    /// The answer that was given when it was accepted.
    pub const fn accepted(&self) -> BulkAccepted {
        BulkAccepted {
            id: self.id,
            account_id: self.account,
            session_id: self.session(),
            accepted: self.total,
            skipped: self.skipped,
            created_at: self.created_at,
        }
    }

    pub fn view(
        self,
        progress: BulkProgress,
        held: Option<Held>,
        per_minute: Option<u32>,
        now: Timestamp,
    ) -> BulkView {
        let waits_until = held.and_then(|held| held.until);
        // Nobody knows when the connection is back, or a person lets it go on.
        let stands =
            held.is_some_and(|held| matches!(held.why, WaitsFor::Session | WaitsFor::Paused));
        let ends_at_earliest = per_minute
            .filter(|_| self.status == BulkStatus::Running && !stands)
            .and_then(|limit| {
                ends_at_earliest(
                    progress.waiting + progress.queued,
                    limit,
                    waits_until.unwrap_or(now).max(now),
                )
            });
        BulkView {
            session_id: self.session(),
            id: self.id,
            account_id: self.account,
            content: self.content,
            status: self.status,
            reason: self.reason,
            progress,
            priority: self.priority,
            created_at: self.created_at,
            send_at: self.send_at,
            expires_at: self.expires_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            waits_until,
            waits_for: held.map(|held| held.why),
            ends_at_earliest,
            idempotency_key: self.idempotency_key,
            metadata: self.metadata,
        }
    }
}

/// When so many messages can have been sent, the first of them at `from`, where
/// no more than `per_minute` go in any minute.
fn ends_at_earliest(messages: i64, per_minute: u32, from: Timestamp) -> Option<Timestamp> {
    let before_the_last = messages.checked_sub(1).filter(|n| *n >= 0)?;
    let minutes = before_the_last / i64::from(per_minute.max(1));
    from.checked_add_signed(TimeDelta::minutes(minutes))
}

const fn of(progress: &mut BulkProgress, status: MessageStatus) -> &mut i64 {
    match status {
        MessageStatus::Queued => &mut progress.queued,
        MessageStatus::Sending => &mut progress.sending,
        MessageStatus::Sent => &mut progress.sent,
        MessageStatus::Delivered => &mut progress.delivered,
        MessageStatus::Read => &mut progress.read,
        MessageStatus::Failed => &mut progress.failed,
        MessageStatus::Cancelled => &mut progress.cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;
    use uuid::Uuid;

    fn bulk(status: BulkStatus) -> Bulk {
        Bulk {
            id: BulkId(Uuid::from_u128(1)),
            account: AccountId(Uuid::from_u128(2)),
            user: UserId(Uuid::from_u128(3)),
            content: Content::text("hello".to_owned()),
            status,
            reason: None,
            priority: Priority::Low,
            send_at: None,
            expires_at: None,
            idempotency_key: None,
            metadata: None,
            total: 10,
            skipped: 0,
            queued_rows: 6,
            created_at: from_ms(0),
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn every_recipient_counts_once_whatever_becomes_of_the_bulk() {
        let messages = [
            (MessageStatus::Queued, 1),
            (MessageStatus::Sent, 2),
            (MessageStatus::Read, 3),
        ];
        for (status, waiting, failed, cancelled) in [
            (BulkStatus::Running, 4, 0, 0),
            (BulkStatus::Paused, 4, 0, 0),
            (BulkStatus::Finished, 0, 4, 0),
            (BulkStatus::Cancelled, 0, 0, 4),
        ] {
            let got = bulk(status).progress(&messages);
            assert_eq!(
                (got.waiting, got.failed, got.cancelled),
                (waiting, failed, cancelled)
            );
            let all = got.open() + got.sent + got.delivered + got.read + got.failed + got.cancelled;
            assert_eq!(all, got.total, "{status}");
        }
    }

    #[test]
    fn the_earliest_end_is_what_the_limit_alone_allows() {
        let from = from_ms(0);
        let minutes = |messages| ends_at_earliest(messages, 10, from).map(|at| at.timestamp() / 60);
        assert_eq!(
            [0, 1, 10, 11, 100, 101].map(minutes),
            [None, Some(0), Some(0), Some(1), Some(9), Some(10)]
        );
    }

    #[test]
    fn a_bulk_that_stands_has_no_end_in_sight() {
        let (now, later) = (from_ms(0), from_ms(60_000));
        let ends = |why: Option<WaitsFor>, until| {
            let held = why.map(|why| Held { why, until });
            let bulk = bulk(BulkStatus::Running);
            let progress = bulk.progress(&[]);
            let view = bulk.view(progress, held, Some(10), now);
            view.ends_at_earliest
        };
        assert_eq!(ends(None, None), Some(now));
        assert_eq!(ends(Some(WaitsFor::SessionLimit), Some(later)), Some(later));
        assert_eq!(ends(Some(WaitsFor::Session), Some(later)), None);
        assert_eq!(ends(Some(WaitsFor::Paused), None), None);
    }

    #[test]
    fn rows_become_messages_only_while_it_runs_and_its_time_has_come() {
        let now = from_ms(1_000);
        let mut running = bulk(BulkStatus::Running);
        assert!(running.may_queue(now));
        running.send_at = Some(from_ms(1_001));
        assert!(!running.may_queue(now));
        running.send_at = Some(now);
        running.expires_at = Some(now);
        assert!(!running.may_queue(now));
        assert!(!bulk(BulkStatus::Paused).may_queue(now));
    }
}
