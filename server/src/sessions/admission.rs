//! How many sessions may be in use at a time.

use super::{
    Error,
    store::{self, Stored},
};
use crate::platform::db::Db;
use parking_lot::Mutex;
use std::{collections::HashSet, sync::Arc};
use whahook_contract::{
    error::{LimitScope, SessionLimit},
    ids::{AccountId, SessionId},
};

/// 0 is as many as anybody likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionLimits {
    pub per_user: u32,
    pub all: u32,
}

/// Lets accounts be linked only while the limits have room for them.
#[derive(Default)]
pub struct Admission {
    limits: SessionLimits,
    /// Sessions that are being started and that the database may not show yet.
    starting: Arc<Mutex<HashSet<SessionId>>>,
}

/// The place of a session until the database shows it.
pub struct Admitted {
    starting: Arc<Mutex<HashSet<SessionId>>>,
    session: SessionId,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.starting.lock().remove(&self.session);
    }
}

impl Admission {
    pub fn new(limits: SessionLimits) -> Self {
        Self {
            limits,
            starting: Arc::default(),
        }
    }

    /// # Errors
    /// It would be one too many, or the database failed.
    pub async fn admit(&self, db: &Db, stored: &Stored) -> Result<Option<Admitted>, Error> {
        if stored.linked || self.limits == SessionLimits::default() {
            return Ok(None);
        }
        let session = stored.view.session_id;
        // Those that are being started count before the database shows them:
        // nobody slips in between.
        let beside: Vec<SessionId> = {
            let mut starting = self.starting.lock();
            let beside = starting.iter().copied().filter(|other| *other != session);
            let beside = beside.collect();
            starting.insert(session);
            beside
        };
        let admitted = Admitted {
            starting: self.starting.clone(),
            session,
        };
        let scopes = [
            (self.limits.per_user, Some(session.user), LimitScope::User),
            (self.limits.all, None, LimitScope::Server),
        ];
        let mut conn = db.read().await?;
        for (limit, owner, scope) in scopes.into_iter().filter(|(limit, ..)| *limit > 0) {
            // Far from the limit nobody needs to be told apart.
            let about = store::count(&mut conn, owner).await?;
            let limit = i64::from(limit);
            if about + i64::try_from(beside.len()).unwrap_or(i64::MAX) < limit {
                continue;
            }
            let counted = store::counted(&mut conn, owner).await?;
            let mut counted: HashSet<AccountId> = counted.into_iter().collect();
            if counted.contains(&session.account) {
                continue;
            }
            let of_owner = |other: &&SessionId| owner.is_none_or(|owner| owner == other.user);
            counted.extend(beside.iter().filter(of_owner).map(|other| other.account));
            let used = i64::try_from(counted.len()).unwrap_or(i64::MAX);
            if used >= limit {
                return Err(Error::LimitReached(SessionLimit { limit, used, scope }));
            }
        }
        Ok(Some(admitted))
    }
}
