//! What others do on a session's link.

use super::Sessions;
use crate::sessions::{Error, actor::Command, store};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::timeout};
use whahook_contract::ids::AccountId;
use whahook_whatsapp::port::{Link, LinkError};

/// How long something that is asked of WhatsApp may take.
const ERRAND_TIMEOUT: Duration = Duration::from_secs(20);

impl Sessions {
    /// Do something on the link of an account, which is connected.
    ///
    /// # Errors
    /// It is not connected, or WhatsApp did not do it.
    pub async fn with_link<T, F>(
        &self,
        account: AccountId,
        errand: impl FnOnce(Arc<dyn Link>) -> F + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LinkError>> + Send,
    {
        self.with_link_within(account, ERRAND_TIMEOUT, errand).await
    }

    /// The same, with another time in which it must be done.
    ///
    /// # Errors
    /// As [`Sessions::with_link`].
    pub async fn with_link_within<T, F>(
        &self,
        account: AccountId,
        within: Duration,
        errand: impl FnOnce(Arc<dyn Link>) -> F + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LinkError>> + Send,
    {
        let Some(handle) = self.running(account) else {
            return Err(self.not_connected(account).await);
        };
        let (done, answer) = oneshot::channel();
        let errand = Command::Errand(Box::new(move |link| {
            Box::pin(async move {
                let result = match link {
                    Ok(link) => match timeout(within, errand(link)).await {
                        Ok(result) => result.map_err(Error::from),
                        Err(_) => Err(LinkError::Timeout.into()),
                    },
                    Err(error) => Err(error),
                };
                // Whoever asked may have gone.
                let _ = done.send(result);
            })
        }));
        if handle.commands.send(errand).await.is_err() {
            return Err(self.not_connected(account).await);
        }
        match answer.await {
            Ok(Err(Error::WhatsApp(LinkError::NotConnected))) | Err(_) => {
                Err(self.not_connected(account).await)
            }
            Ok(result) => result,
        }
    }

    /// Show an account as online, or not; whenever it is connected from now on.
    ///
    /// # Errors
    /// It is not connected, or WhatsApp or the database did not take it.
    pub async fn show(&self, account: AccountId, online: bool) -> Result<(), Error> {
        let errand = move |link: Arc<dyn Link>| async move { link.set_presence(online).await };
        self.with_link(account, errand).await?;
        let mut tx = self.0.context.db.begin().await?;
        store::set_shown_online(&mut tx, account, online).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn not_connected(&self, account: AccountId) -> Error {
        match self.stored(account).await {
            Ok(stored) => Error::NotConnected(stored.view.status, stored.view.reason),
            Err(error) => error,
        }
    }
}
