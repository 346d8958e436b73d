//! Linking a companion whose account has a passkey: the server asks for an
//! assertion, the phone and the client agree on a key, and the person compares
//! a code.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, SERVER_JID};

use super::child_bytes;
use super::pairing::{Done, Offer};
use crate::phone::passkey::{Exchange, PasskeyShown, Question, WrongPasskey};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::wire::connection::Command;

/// The phone thinks for a moment before it vouches, as a real one does: what it
/// answers comes after the server's own answer has been read.
const PHONE_TAKES: Duration = Duration::from_millis(200);

/// One linking with a passkey, from the question to the phone's word.
pub struct Passkey {
    account: Arc<Account>,
    question: Question,
    reference: Option<String>,
    exchange: Option<Exchange>,
}

impl Passkey {
    pub fn of(account: &Arc<Account>) -> Self {
        let question = Question::to(&account.phone.lock());
        let passkey = Self {
            account: Arc::clone(account),
            question,
            reference: None,
            exchange: None,
        };
        passkey.show(None);
        passkey
    }

    fn show(&self, code: Option<String>) {
        self.account.phone.lock().passkey = Some(PasskeyShown {
            options: self.question.options(),
            code,
        });
    }

    pub fn request(&self, network: &Network) -> Node {
        let options: Value = self.question.options();
        let options = NodeBuilder::new("passkey_request_options")
            .bytes(options.to_string().into_bytes())
            .build();
        notification(network, "passkey_prologue_request", options)
    }

    /// Answers a query of the exchange; `None` where it is of something else.
    pub fn handle(
        &mut self,
        network: &Network,
        iq: &Node,
        client_static: &[u8; 32],
        commands: &mpsc::Sender<Command>,
    ) -> Option<Vec<Node>> {
        let answered = if iq.get_optional_child("passkey_request_options").is_some() {
            Ok(self.options(iq))
        } else if iq.get_optional_child("ref").is_some() {
            Ok(self.new_reference(iq))
        } else if let Some(prologue) = iq.get_optional_child("passkey_prologue") {
            self.prologue(network, iq, prologue)
        } else if let Some(nonce) = child_bytes(iq, "companion_nonce") {
            self.nonce(iq, &nonce)
        } else if let Some(sealed) = child_bytes(iq, "encrypted_pairing_request") {
            self.request_pairing(network, iq, &sealed, client_static, commands)
        } else {
            return None;
        };
        Some(answered.unwrap_or_else(|error| {
            tracing::debug!(%error, "a passkey did not do");
            vec![super::error(iq, 401, "not-authorized")]
        }))
    }

    fn options(&self, iq: &Node) -> Vec<Node> {
        let options = NodeBuilder::new("passkey_request_options")
            .bytes(self.question.options().to_string().into_bytes())
            .build();
        vec![super::result(iq, [options])]
    }

    fn new_reference(&mut self, iq: &Node) -> Vec<Node> {
        let reference = hex::encode(platform::random_bytes::<24>());
        let node = NodeBuilder::new("ref")
            .bytes(reference.clone().into_bytes())
            .build();
        self.reference = Some(reference);
        vec![super::result(iq, [node])]
    }

    fn prologue(
        &mut self,
        network: &Network,
        iq: &Node,
        prologue: &Node,
    ) -> Result<Vec<Node>, WrongPasskey> {
        let child = |tag| child_bytes(prologue, tag).ok_or(WrongPasskey::Malformed);
        let (credential, assertion) = (child("credential_id")?, child("webauthn_assertion")?);
        self.question.check(&credential, &assertion)?;
        let reference = self.reference.take().ok_or(WrongPasskey::Broken)?;
        let exchange = Exchange::start(&child("prologue_payload")?, &reference)?;
        let identity = NodeBuilder::new("primary_ephemeral_identity")
            .bytes(exchange.primary_identity())
            .build();
        self.exchange = Some(exchange);
        let continuation = notification(network, "crsc_continuation", identity);
        Ok(vec![super::result(iq, []), continuation])
    }

    fn nonce(&self, iq: &Node, nonce: &[u8]) -> Result<Vec<Node>, WrongPasskey> {
        let exchange = self.exchange.as_ref().ok_or(WrongPasskey::Broken)?;
        self.show(Some(exchange.code(nonce)?));
        Ok(vec![super::result(iq, [])])
    }

    fn request_pairing(
        &mut self,
        network: &Network,
        iq: &Node,
        sealed: &[u8],
        client_static: &[u8; 32],
        commands: &mpsc::Sender<Command>,
    ) -> Result<Vec<Node>, WrongPasskey> {
        let exchange = self.exchange.take().ok_or(WrongPasskey::Broken)?;
        let opened = exchange.open(sealed)?;
        if opened.noise_key != *client_static {
            return Err(WrongPasskey::Broken);
        }
        let (done, _) = Done::channel();
        let offer = Offer::vouch(
            network,
            &self.account,
            opened.identity,
            &opened.adv_secret,
            done,
        )
        .map_err(|_| WrongPasskey::Broken)?;
        let commands = commands.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PHONE_TAKES).await;
            // The client may have gone meanwhile.
            let _ = commands.send(Command::Pair(offer)).await;
        });
        Ok(vec![super::result(iq, [])])
    }
}

impl Drop for Passkey {
    fn drop(&mut self) {
        self.account.phone.lock().passkey = None;
    }
}

fn notification(network: &Network, kind: &'static str, child: Node) -> Node {
    NodeBuilder::new("notification")
        .attr("from", SERVER_JID)
        .attr("id", network.stanza_id())
        .attr("type", kind)
        .attr("t", platform::now_secs())
        .children([child])
        .build()
}
