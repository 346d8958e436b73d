//! How much of the limits is used.

use super::{
    limits,
    store::{self, Scope},
};
use crate::outbox::{Error, Outbox, settings};
use chrono::TimeDelta;
use whahook_contract::{
    ids::{AccountId, UserId},
    limits::{Gauge, LimitsView},
};

impl Outbox {
    /// How much of an account's limits is used: of those for one chat, of `chat`
    /// or else of the one that has used the most.
    ///
    /// # Errors
    /// The database failed.
    pub async fn gauges(
        &self,
        user: UserId,
        account: AccountId,
        chat: Option<String>,
    ) -> Result<LimitsView, Error> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        let standing = settings::standing(&mut conn, account).await?;
        let own = standing.settings.over(&self.limits);
        let chat = match chat {
            Some(chat) => Some(chat),
            None => store::busiest_chat(&mut conn, account, now - TimeDelta::days(1)).await?,
        };
        let limits = limits(
            Scope::Account(account),
            Scope::User(user),
            Scope::Chat(account, chat.as_deref().unwrap_or_default()),
            &self.limits,
            &own,
        );
        let mut gauges = Vec::with_capacity(limits.len());
        for limit in limits {
            let since = now - limit.window;
            let used = store::count(&mut conn, limit.scope, since).await?;
            // The one after which there is room again for another.
            let nth = used.min(limit.limit.into()).max(1);
            let nth = u32::try_from(nth).unwrap_or(u32::MAX);
            let leaves = store::nth_newest(&mut conn, limit.scope, None, since, nth).await?;
            gauges.push(Gauge {
                name: limit.name,
                enabled: limit.enabled,
                used,
                limit: limit.limit,
                window_s: limit.window.num_seconds(),
                frees_at: leaves.map(|at| at + limit.window),
                chat: match limit.scope {
                    Scope::Chat(..) => chat.clone(),
                    Scope::Account(_) | Scope::User(_) => None,
                },
            });
        }
        Ok(LimitsView {
            gauges,
            queue_paused_at: standing.paused_at,
            reach_out_timelock: standing.locked(now),
        })
    }
}
