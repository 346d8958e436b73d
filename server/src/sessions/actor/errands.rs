//! Small things that others do on a session's link, beside the actor.

use super::Actor;
use crate::sessions::{Error, state::State, store};
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::Instrument;
use whahook_whatsapp::port::Link;

/// What is to be done with the link, or without one. It ends with the link at
/// the latest.
pub type Errand = Box<dyn FnOnce(Result<Arc<dyn Link>, Error>) -> BoxFuture<'static, ()> + Send>;

/// Those under way.
#[derive(Default)]
pub struct Errands(JoinSet<()>);

impl Errands {
    /// Their link is gone.
    pub fn end(&mut self) {
        self.0 = JoinSet::new();
    }
}

impl Actor {
    /// WhatsApp forgets with the link that the account is shown as online.
    pub(super) fn show_again(&mut self) {
        let (db, account) = (self.context.db.clone(), self.id.account);
        let show = async move |link: Arc<dyn Link>| -> Result<(), Error> {
            let shown = store::is_shown_online(&mut *db.glance().await?, account).await?;
            if shown {
                link.set_presence(true).await?;
            }
            Ok(())
        };
        self.run_errand(Box::new(move |link| {
            Box::pin(async move {
                let Ok(link) = link else { return };
                if let Err(error) = show(link).await {
                    tracing::info!(%error, "The account could not be shown as online again.");
                }
            })
        }));
    }

    pub(super) fn run_errand(&mut self, errand: Errand) {
        while self.errands.0.try_join_next().is_some() {}
        let ready = self.state == State::Ready;
        let link = self.link.as_ref().filter(|_| ready);
        let link = link
            .map(|held| held.link().clone())
            .ok_or_else(|| Error::NotConnected(self.state.status(), self.state.reason()));
        self.errands.0.spawn(errand(link).in_current_span());
    }
}
