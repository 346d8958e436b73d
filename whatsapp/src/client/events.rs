//! From the library's events to ours: each that matters has one line here.

use crate::port::{Ending, Identity, LinkEvent, Person, Receipt, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::{
    Client, Jid,
    types::{
        events::{self, ConnectFailureReason, Event, EventHandler, EventInterest, EventKind},
        message::MessageSource,
        presence::ReceiptType,
    },
    wacore_binary::JidExt,
};

/// Passes events on in the order in which the library raises them, and keeps
/// how the link ended until it has.
pub struct Events {
    out: UnboundedSender<LinkEvent>,
    ending: Arc<Mutex<Option<Ending>>>,
    /// Set once the client is built; it knows whose device it is.
    client: Arc<OnceLock<Weak<Client>>>,
}

impl Events {
    pub const fn new(
        out: UnboundedSender<LinkEvent>,
        ending: Arc<Mutex<Option<Ending>>>,
        client: Arc<OnceLock<Weak<Client>>>,
    ) -> Self {
        Self {
            out,
            ending,
            client,
        }
    }

    fn identity(&self) -> Identity {
        let Some(client) = self.client.get().and_then(Weak::upgrade) else {
            return Identity::default();
        };
        Identity {
            person: person(client.pn().as_ref(), client.lid().as_ref()),
            push_name: Some(client.push_name()).filter(|name| !name.is_empty()),
        }
    }

    /// Whether something comes from the phone that this device is linked to: an
    /// account's own device 0.
    fn is_phone(&self, source: &MessageSource) -> bool {
        let Some(client) = self.client.get().and_then(Weak::upgrade) else {
            return false;
        };
        let sender = &source.sender;
        let own = [client.pn(), client.lid()];
        sender.device == 0 && own.iter().flatten().any(|own| own.user == sender.user)
    }

    /// Who wrote to this account, each once.
    fn send_writers<'a>(&self, sources: impl Iterator<Item = &'a MessageSource>) {
        let mut writers: Vec<Person> = Vec::new();
        for source in sources.filter(|source| {
            !source.is_from_me && (!source.is_group || source.chat.is_broadcast_list())
        }) {
            let known = [Some(&source.sender), source.sender_alt.as_ref()];
            let find = |is: fn(&Jid) -> bool| known.into_iter().flatten().find(|jid| is(jid));
            let writer = person(find(is_number), find(is_lid));
            if writer != Person::default() && !writers.contains(&writer) {
                writers.push(writer);
            }
        }
        for writer in writers {
            self.send(LinkEvent::Wrote(writer));
        }
    }

    /// Whose device a receipt is of; `None` for the account's own.
    fn receiver(&self, source: &MessageSource) -> Option<Receiver> {
        let client = self.client.get().and_then(Weak::upgrade)?;
        let sender = &source.sender;
        let own = [client.pn(), client.lid()];
        if source.is_group && own.iter().flatten().any(|own| own.user == sender.user) {
            return None;
        }
        let known = [Some(sender), source.sender_alt.as_ref()];
        let find = |is: fn(&Jid) -> bool| known.into_iter().flatten().find(|jid| is(jid));
        Some(Receiver {
            person: person(find(is_number), find(is_lid)),
            device: sender.device,
        })
    }

    fn replace_ending(&self, ending: Ending) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }

    fn send(&self, event: LinkEvent) {
        // The session may be gone already; then nobody needs the event.
        let _ = self.out.send(event);
    }

    /// The first ending is the cause; what follows is its consequence.
    fn end(&self, ending: Ending) {
        self.ending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(ending);
    }
}

impl EventHandler for Events {
    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::PairingQrCode,
            EventKind::PairingQrCodesExhausted,
            EventKind::QrScannedWithoutMultidevice,
            EventKind::PairSuccess,
            EventKind::PairError,
            EventKind::PairPasskeyRequest,
            EventKind::PairPasskeyConfirmation,
            EventKind::PairPasskeyError,
            EventKind::Connected,
            EventKind::ServerAck,
            EventKind::Receipt,
            EventKind::Messages,
            EventKind::Disconnected,
            EventKind::LoggedOut,
            EventKind::StreamReplaced,
            EventKind::TemporaryBan,
            EventKind::ClientOutdated,
            EventKind::ConnectFailure,
            EventKind::StreamError,
        ])
    }

    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(qr) => self.send(LinkEvent::Qr {
                code: qr.code.clone(),
                valid_for: qr.timeout,
            }),
            Event::PairingQrCodesExhausted(codes) => {
                self.end(Ending::QrExhausted);
                if !codes.disconnected {
                    // A pairing code is still good: the library leaves the
                    // connection to it, and to us to end.
                    self.send(LinkEvent::CodesRanOut);
                }
            }
            Event::QrScannedWithoutMultidevice(_) => self.end(Ending::PairingFailed {
                detail: "the phone's WhatsApp is too old to link devices".to_owned(),
            }),
            Event::PairPasskeyRequest(asked) => self.send(LinkEvent::PasskeyAsked {
                options: asked.request_options_json.clone(),
            }),
            Event::PairPasskeyConfirmation(shown) => self.send(LinkEvent::PasskeyCode {
                code: shown.code.clone(),
                confirmed: shown.skip_handoff_ux,
            }),
            Event::PairPasskeyError(error) => self.send(LinkEvent::PasskeyFailed {
                detail: error.error.clone(),
            }),
            Event::PairSuccess(pair) => {
                // Whatever ran out before: this is how it ends.
                self.replace_ending(Ending::Restart);
                self.send(LinkEvent::Paired(Identity {
                    person: person(Some(&pair.id), Some(&pair.lid)),
                    push_name: Some(pair.business_name.clone()).filter(|name| !name.is_empty()),
                }));
            }
            Event::PairError(error) => self.end(Ending::PairingFailed {
                detail: error.error.clone(),
            }),
            Event::Connected(_) => self.send(LinkEvent::Connected(self.identity())),
            Event::ServerAck(ack) if ack.class.as_deref() == Some("message") => {
                self.send(LinkEvent::Ack {
                    message_id: ack.id.clone(),
                    error: ack.error.clone(),
                });
            }
            Event::Receipt(receipt) => {
                if self.is_phone(&receipt.source) {
                    self.send(LinkEvent::PhoneSeen);
                }
                let kind = match receipt.r#type {
                    ReceiptType::Delivered | ReceiptType::Inactive => Receipt::Delivered,
                    ReceiptType::Read | ReceiptType::Played => Receipt::Read,
                    ReceiptType::ReadSelf | ReceiptType::PlayedSelf => {
                        return self.send(LinkEvent::ReadElsewhere {
                            message_ids: ids_of(receipt),
                        });
                    }
                    _ => return self.send(LinkEvent::Activity),
                };
                let Some(by) = self.receiver(&receipt.source) else {
                    return self.send(LinkEvent::Activity);
                };
                self.send(LinkEvent::Receipt {
                    message_ids: ids_of(receipt),
                    kind,
                    by,
                });
            }
            Event::Messages(batch) => {
                self.send_writers(batch.messages.iter().map(|message| &message.info.source));
                let mut sources = batch.messages.iter().map(|message| &message.info.source);
                self.send(if sources.any(|source| self.is_phone(source)) {
                    LinkEvent::PhoneSeen
                } else {
                    LinkEvent::Activity
                });
            }
            Event::Disconnected(gone) => self.end(Ending::Closed {
                detail: gone.reason.to_string(),
            }),
            Event::LoggedOut(out) => self.end(if out.on_connect {
                Ending::LoggedOut {
                    code: code(&out.reason),
                }
            } else {
                Ending::Unlinked
            }),
            Event::StreamReplaced(_) => self.end(Ending::Replaced),
            Event::TemporaryBan(ban) => self.end(Ending::TemporaryBan {
                expires_in: ban.expire.to_std().unwrap_or_default(),
                code: format!("{:?}", ban.code),
            }),
            Event::ClientOutdated(_) => self.end(Ending::Outdated),
            Event::ConnectFailure(failure) => self.end(if failure.reason.should_reconnect() {
                Ending::ServiceUnavailable {
                    code: code(&failure.reason),
                }
            } else {
                Ending::Refused {
                    code: code(&failure.reason),
                }
            }),
            Event::StreamError(error) => self.end(Ending::Closed {
                detail: format!("stream error {}", error.code),
            }),
            _ => {}
        }
    }
}

fn ids_of(receipt: &events::Receipt) -> Vec<String> {
    receipt
        .message_ids
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// WhatsApp's own number for a refusal.
fn code(reason: &ConnectFailureReason) -> i32 {
    match reason {
        ConnectFailureReason::Generic => 400,
        ConnectFailureReason::LoggedOut => 401,
        ConnectFailureReason::TempBanned => 402,
        ConnectFailureReason::AccountLocked => 403,
        ConnectFailureReason::ClientOutdated => 405,
        ConnectFailureReason::UnknownLogout => 406,
        ConnectFailureReason::BadUserAgent => 409,
        ConnectFailureReason::CatExpired => 413,
        ConnectFailureReason::CatInvalid => 414,
        ConnectFailureReason::NotFound => 415,
        ConnectFailureReason::ClientUnknown => 418,
        ConnectFailureReason::InternalServerError => 500,
        ConnectFailureReason::Experimental => 501,
        ConnectFailureReason::ServiceUnavailable => 503,
        ConnectFailureReason::Unknown(code) => *code,
    }
}

/// Also of a business whose messages others host.
pub fn is_number(jid: &Jid) -> bool {
    jid.server.is_pn_family()
}

/// The same.
pub fn is_lid(jid: &Jid) -> bool {
    jid.server.is_lid_family()
}

/// A person from the two JIDs that WhatsApp knows them by.
pub fn person(number: Option<&Jid>, lid: Option<&Jid>) -> Person {
    Person {
        phone_number: number
            .filter(|jid| is_number(jid) && !jid.user.is_empty())
            .map(|jid| format!("+{}", jid.user)),
        lid: lid
            .filter(|jid| is_lid(jid) && !jid.user.is_empty())
            .map(|jid| format!("{}@lid", jid.user)),
    }
}
