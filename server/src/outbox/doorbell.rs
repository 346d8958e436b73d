//! The wake-up after a message was accepted. It carries nothing but the
//! account: the database is the truth, and a bell that is lost costs seconds.

use futures::future::BoxFuture;
use std::sync::Arc;
use whahook_contract::ids::AccountId;

/// Wakes the session of an account in this process.
pub trait Ring: Send + Sync + 'static {
    fn ring(&self, account: AccountId);
}

/// Carries a wake-up to the process that owns the session.
pub trait Carrier: Send + Sync + 'static {
    fn carry(&self, account: AccountId) -> BoxFuture<'static, Result<(), String>>;
}

#[derive(Clone)]
pub struct Doorbell {
    local: Arc<dyn Ring>,
    carrier: Option<Arc<dyn Carrier>>,
}

impl Doorbell {
    pub fn new(local: Arc<dyn Ring>, carrier: Option<Arc<dyn Carrier>>) -> Self {
        Self { local, carrier }
    }

    /// Never waits and never fails: what a bell loses, the sweep finds.
    pub fn ring(&self, account: AccountId) {
        let Some(carrier) = &self.carrier else {
            return self.local.ring(account);
        };
        let carried = carrier.carry(account);
        let local = self.local.clone();
        tokio::spawn(async move {
            if let Err(error) = carried.await {
                tracing::warn!(account.id = %account, %error, "A wake-up could not go through Redis; waking the session directly.");
                local.ring(account);
            }
        });
    }
}
