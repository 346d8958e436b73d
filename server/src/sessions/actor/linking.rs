//! Linking another way than by the QR: with a code typed on the phone, and with
//! the passkey where WhatsApp asks for one.

use super::Actor;
use crate::{
    platform::clock::later,
    sessions::{Error, state::Input},
};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tracing::Instrument;
use whahook_contract::{
    event::Event,
    session::{PairCodeView, PasskeyStage, PasskeyView, Status},
};
use whahook_whatsapp::port::{LinkError, PairCode};

/// A pairing code that WhatsApp was asked for.
pub struct Asking {
    pub task: JoinHandle<Result<PairCode, LinkError>>,
    done: oneshot::Sender<Result<PairCodeView, Error>>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How an answer about a passkey went.
pub type Told = oneshot::Sender<Result<(), Error>>;

impl Actor {
    const fn is_linking(&self) -> bool {
        matches!(self.state.status(), Status::Initializing | Status::Qr)
    }

    /// Ask for a pairing code. Whoever asked before and still waits is told
    /// that another code has taken its place.
    pub(super) fn ask_pair_code(
        &mut self,
        phone_number: String,
        done: oneshot::Sender<Result<PairCodeView, Error>>,
    ) {
        let linking = self.is_linking();
        let Some(held) = self.link.as_ref().filter(|_| linking) else {
            let (status, reason) = (self.state.status(), self.state.reason());
            let _ = done.send(Err(Error::NotLinking(status, reason)));
            return;
        };
        let link = held.link().clone();
        let ask = async move { link.pair_code(&phone_number).await };
        self.asking = Some(Asking {
            task: tokio::spawn(ask.in_current_span()),
            done,
        });
    }

    /// WhatsApp has answered: show the code, as long as it is good.
    pub(super) async fn pair_code_came(&mut self, answer: Result<PairCode, LinkError>) {
        let Some(mut asking) = self.asking.take() else {
            return;
        };
        let (unheard, _) = oneshot::channel();
        let done = std::mem::replace(&mut asking.done, unheard);
        let answer = match answer {
            Ok(code) => {
                self.codes_good_until = Some(Instant::now() + code.valid_for);
                let view = PairCodeView {
                    code: code.code,
                    expires_at: later(self.context.clock.now(), code.valid_for),
                };
                self.show_pair_code(view.clone()).await;
                Ok(view)
            }
            Err(LinkError::Invalid(why)) => Err(Error::PhoneNumber(why)),
            Err(error) => Err(Error::PairCode(error.to_string())),
        };
        // Whoever asked may have gone; the code was announced all the same.
        let _ = done.send(answer);
    }

    async fn show_pair_code(&mut self, view: PairCodeView) {
        let event = Event::PairCode {
            code: Some(view.code.clone()),
            session_id: self.id,
            expires_at: view.expires_at,
        };
        self.put_on_show(|on_show| &mut on_show.pair_code, view, event)
            .await;
    }

    /// The QR codes ran out. A pairing code may still be good, and the link
    /// stays for it; then it is closed, and what follows is decided.
    pub(super) fn codes_ran_out(&mut self) {
        self.on_show.send_modify(|on_show| on_show.qr = None);
        let until = self.codes_good_until.unwrap_or_else(Instant::now);
        self.close_at = Some(until);
    }

    /// A pairing code that was asked for meanwhile keeps the link once more.
    pub(super) fn end_codes(&mut self) {
        let good_until = self
            .codes_good_until
            .filter(|until| *until > Instant::now());
        self.close_at = good_until;
        let Some(held) = self.link.as_ref().filter(|_| good_until.is_none()) else {
            return;
        };
        let link = held.link().clone();
        // Its end comes as an event, and is the end of the codes.
        tokio::spawn(async move { link.close().await }.in_current_span());
    }

    pub(super) async fn passkey_asked(&mut self, options: &str) {
        self.progress_by = None;
        let Ok(options) = serde_json::from_str::<serde_json::Value>(options) else {
            let detail = "WhatsApp's request for the passkey cannot be read".to_owned();
            self.input(Input::PasskeyAsked).await;
            return self.input(Input::PasskeyFailed { detail }).await;
        };
        let valid_for = options.get("timeout").and_then(serde_json::Value::as_i64);
        let expires_at = valid_for
            .and_then(chrono::TimeDelta::try_milliseconds)
            .map(|valid_for| self.context.clock.now() + valid_for);
        self.input(Input::PasskeyAsked).await;
        self.show_passkey(PasskeyView {
            stage: PasskeyStage::Assertion,
            options: Some(options),
            code: None,
            expires_at,
        })
        .await;
    }

    pub(super) async fn passkey_code(&mut self, code: String, confirmed: bool) {
        if confirmed {
            // The phone knows this device from before: nothing to compare.
            let (done, _) = oneshot::channel();
            return self.confirm_passkey(done);
        }
        self.show_passkey(PasskeyView {
            stage: PasskeyStage::Confirmation,
            options: None,
            code: Some(code),
            expires_at: None,
        })
        .await;
    }

    /// The exchange broke off. The codes stay on show: the phone may be linked
    /// another way.
    pub(super) async fn passkey_failed(&mut self, detail: String) {
        self.on_show.send_modify(|on_show| on_show.passkey = None);
        self.input(Input::PasskeyFailed { detail }).await;
    }

    async fn show_passkey(&mut self, view: PasskeyView) {
        let event = Event::Passkey {
            session_id: self.id,
            stage: view.stage,
            options: view.options.clone(),
            code: view.code.clone(),
            expires_at: view.expires_at,
        };
        self.put_on_show(|on_show| &mut on_show.passkey, view, event)
            .await;
    }

    fn asked_of_passkey(&self) -> Option<PasskeyStage> {
        let on_show = self.on_show.borrow();
        on_show.passkey.as_ref().map(|shown| shown.view.stage)
    }

    pub(super) fn answer_passkey(&self, assertion: serde_json::Value, done: Told) {
        let asked = self.asked_of_passkey() == Some(PasskeyStage::Assertion);
        let Some(held) = self.link.as_ref().filter(|_| asked) else {
            let _ = done.send(Err(Error::NoPasskey));
            return;
        };
        let link = held.link().clone();
        tokio::spawn(
            async move {
                let answer = link.answer_passkey(&assertion).await;
                let _ = done.send(answer.map_err(|error| match error {
                    LinkError::Invalid(why) => Error::Assertion(why),
                    error => Error::PasskeyRefused(error.to_string()),
                }));
            }
            .in_current_span(),
        );
    }

    pub(super) fn confirm_passkey(&self, done: Told) {
        let Some(held) = self.link.as_ref() else {
            let _ = done.send(Err(Error::NoPasskey));
            return;
        };
        let link = held.link().clone();
        tokio::spawn(
            async move {
                let answer = link.confirm_passkey().await;
                let _ = done.send(answer.map_err(|error| Error::PasskeyRefused(error.to_string())));
            }
            .in_current_span(),
        );
    }

    /// The same at a person's word: only while the code is on show.
    pub(super) fn confirm_shown_passkey(&self, done: Told) {
        if self.asked_of_passkey() == Some(PasskeyStage::Confirmation) {
            self.confirm_passkey(done);
        } else {
            let _ = done.send(Err(Error::NoPasskey));
        }
    }
}
