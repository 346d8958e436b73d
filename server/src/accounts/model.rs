use crate::input::{Invalid, line};
use whahook_contract::{
    Timestamp,
    account::{AccountView, ReachOutTimelock},
    ids::{AccountId, SessionId, UserId},
    session::{Reason, Status, Warning},
};

const MAX_LABEL: usize = 60;

/// An account as the database has it. What concerns its session is written by
/// `sessions` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub user_id: UserId,
    pub label: String,
    pub status: Status,
    pub reason: Option<Reason>,
    pub detail: Option<String>,
    pub since: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    pub phone_number: Option<String>,
    pub lid: Option<String>,
    pub push_name: Option<String>,
    pub created_at: Timestamp,
    pub last_activity_at: Option<Timestamp>,
    pub warning: Option<Warning>,
    pub queue_paused_at: Option<Timestamp>,
    /// As it was written down; it may be over.
    pub reach_out_timelock: Option<ReachOutTimelock>,
}

impl Account {
    /// One that was never linked.
    #[must_use]
    pub const fn new(id: AccountId, user_id: UserId, label: String, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            label,
            status: Status::Disconnected,
            reason: Some(Reason::NotLinked),
            detail: None,
            since: now,
            next_attempt_at: None,
            phone_number: None,
            lid: None,
            push_name: None,
            created_at: now,
            last_activity_at: None,
            warning: None,
            queue_paused_at: None,
            reach_out_timelock: None,
        }
    }

    #[must_use]
    pub fn view(&self) -> AccountView {
        AccountView {
            id: self.id,
            label: self.label.clone(),
            session_id: SessionId::new(self.user_id, self.id),
            status: self.status,
            reason: self.reason,
            detail: self.detail.clone(),
            since: self.since,
            next_attempt_at: self.next_attempt_at,
            phone_number: self.phone_number.clone(),
            lid: self.lid.clone(),
            push_name: self.push_name.clone(),
            created_at: self.created_at,
            last_activity_at: self.last_activity_at,
            warning: self.warning,
            queue_paused_at: self.queue_paused_at,
            reach_out_timelock: self.reach_out_timelock,
        }
    }
}

/// What a person calls an account.
pub(super) fn label(text: &str) -> Result<String, Invalid> {
    line("label", text, MAX_LABEL)
}

/// Accounts as one value of a statement, `*` for all. Ids are of one length: one
/// is contained in a list of them only if it is one of them.
pub fn only(accounts: Option<&[AccountId]>) -> String {
    match accounts {
        None => "*".to_owned(),
        Some(accounts) => {
            let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            ids.join(",")
        }
    }
}
