//! Small things that others do on a session's link, beside the actor.

use super::Actor;
use crate::sessions::{Error, state::State};
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
