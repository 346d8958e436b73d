use super::store;
use crate::outbox::{Doorbell, Error, Outbox, store as outbox};
use whahook_contract::{
    ids::AccountId,
    limits::{AccountSettingsChanges, AccountSettingsView},
};

impl Outbox {
    /// How an account sends.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settings(&self, account: AccountId) -> Result<AccountSettingsView, Error> {
        let standing = store::standing(&mut *self.db.read().await?, account).await?;
        Ok(standing.settings.view(&self.limits))
    }

    /// Change how an account sends; what waits for a limit is looked at again at
    /// once.
    ///
    /// # Errors
    /// A field is wrong, or the database failed.
    pub async fn change_settings(
        &self,
        doorbell: &Doorbell,
        account: AccountId,
        changes: &AccountSettingsChanges,
    ) -> Result<AccountSettingsView, Error> {
        let mut tx = self.db.begin().await?;
        outbox::lock_account(&mut tx, self.db.kind(), account).await?;
        let before = store::standing(&mut tx, account).await?.settings;
        let settings = before.changed(changes)?;
        if settings != before {
            store::set(&mut tx, account, &settings).await?;
            store::reconsider(&mut tx, account, self.clock.now()).await?;
        }
        tx.commit().await?;
        if settings != before {
            doorbell.ring(account);
        }
        Ok(settings.view(&self.limits))
    }
}
