//! Whose device it is, and whether the phone is still there.

use super::{Actor, record};
use crate::{
    platform::memory,
    sessions::{
        phone,
        state::Input,
        store::{self, Phone},
    },
};
use tokio::time::Instant;
use whahook_contract::session::Reason;
use whahook_whatsapp::port::{Ending, Identity};

impl Actor {
    /// The phone has accepted this device; the next link logs in on it.
    pub(super) async fn paired(&mut self, identity: Identity) {
        self.linked = true;
        self.claimed = false;
        self.phone = Phone {
            seen_at: Some(self.context.clock.now()),
            warning: None,
        };
        self.hide();
        // A number that another account has is not written down as this one's.
        // Where the database does not answer it is tried again at the login.
        if let Ok(None) = self.claim(&identity).await {
            self.identity = identity;
        }
        self.input(Input::Paired).await;
    }

    /// Logged in and in sync. `false`: the link did not last.
    pub(super) async fn connected(&mut self, identity: Identity) -> bool {
        if !self.claimed {
            match self.claim(&identity).await {
                Ok(None) => {}
                Ok(Some(holder)) => {
                    self.refuse_number(&identity, &holder).await;
                    return false;
                }
                Err(error) => {
                    tracing::warn!(%error, "Whose number it is could not be looked up.");
                    self.close_link().await;
                    let detail = "the database does not answer".to_owned();
                    let ending = Ending::Closed { detail };
                    let input = Input::Ended {
                        ending,
                        looking: false,
                        linked: true,
                    };
                    self.input(input).await;
                    return false;
                }
            }
        }
        if self.state.reason() == Some(Reason::LinkRenewal) {
            memory::freed();
        }
        let now = Instant::now();
        self.context.handshakes.one_got_through();
        self.progress_by = None;
        self.ready_at = Some(now);
        self.next_ping = now + self.ping_pause();
        self.linked = true;
        self.identity = identity;
        self.phone
            .seen_at
            .get_or_insert_with(|| self.context.clock.now());
        // Whoever sees that it is ready sees a sign of life too.
        self.alive().await;
        self.input(Input::Connected).await;
        self.show_again();
        true
    }

    /// The label of the user's account that has this number already; else it is
    /// this one's from now on.
    async fn claim(&mut self, identity: &Identity) -> sqlx::Result<Option<String>> {
        let db = &self.context.db;
        let mut tx = db.begin().await?;
        // Two accounts that are being linked to one phone ask one after the other.
        crate::users::lock(&mut tx, db.kind(), self.id.user).await?;
        let holder = store::claim_number(&mut tx, self.id, &identity.person).await?;
        tx.commit().await?;
        self.claimed = holder.is_none();
        Ok(holder)
    }

    /// One number under two accounts would answer twice. The new link is taken
    /// off the phone again, so that no device is left there that nobody uses.
    async fn refuse_number(&mut self, identity: &Identity, holder: &str) {
        let number = identity.person.phone_number.as_deref();
        let number = number.unwrap_or("This number");
        let mut detail = format!("{number} is linked as “{holder}” already");
        if !self.log_out().await {
            detail.push_str("; WhatsApp could not be told: remove the new device on the phone too");
        }
        self.close_link().await;
        self.identity = Identity::default();
        self.phone = Phone::default();
        if let Err(error) = self.delete_device().await {
            tracing::error!(%error, "The data of a refused link could not be deleted.");
            self.linked = false;
        }
        self.losses = 0;
        let reason = Reason::NumberInUse;
        let detail = Some(detail);
        self.input(Input::Unlinked { reason, detail }).await;
    }

    /// The phone has shown a sign of life.
    pub(super) async fn phone_seen(&mut self) {
        let now = self.context.clock.now();
        let written = self.phone.seen_at;
        self.phone.seen_at = Some(now);
        if self.phone.warning.is_none() && written.is_none_or(|at| now - at >= phone::WRITE_EVERY) {
            self.write_phone(record::Told::Nothing).await;
        }
    }

    /// Begin or end the warning that the phone has not been seen.
    pub(super) async fn check_phone(&mut self) {
        let now = self.context.clock.now();
        let seen_at = self.phone.seen_at.filter(|_| self.linked);
        let warning = seen_at.and_then(|at| phone::warning(at, now));
        if warning != self.phone.warning {
            let before = std::mem::replace(&mut self.phone.warning, warning);
            if !self.write_phone(record::Told::Warning).await {
                // The next sign of life tries again.
                self.phone.warning = before;
            }
        }
    }
}
