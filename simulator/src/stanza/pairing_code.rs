//! Linking a new companion with a code: the client shows it, the person types it in.

use std::sync::Arc;

use tokio::sync::mpsc;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, SERVER_JID};

use super::pairing::{Done, LinkError, Offer};
use super::{child_bytes, jid, text};
use crate::number::PhoneNumber;
use crate::phone::code_linking::{Exchange, WrongCode, normalised};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;
use crate::wire::connection::Command;

/// A client that has announced a code for a number.
#[derive(Clone)]
pub struct Announced {
    pub connection: u64,
    pub reference: Vec<u8>,
    pub wrapped: Vec<u8>,
    pub commands: mpsc::Sender<Command>,
}

/// A code that the person has typed in, on its way through the exchange.
#[derive(Clone)]
pub struct Entry {
    account: Arc<Account>,
    exchange: Arc<Exchange>,
    reference: Vec<u8>,
    pub done: Done,
}

/// The person types a code into the phone; returns once the client is linked.
pub async fn enter(
    network: &Network,
    number: &PhoneNumber,
    typed: &str,
) -> Result<Arc<Device>, LinkError> {
    let account = network
        .account(number)
        .ok_or_else(|| LinkError::UnknownPhone(number.clone()))?;
    let code = normalised(typed).ok_or(LinkError::InvalidCode)?;
    let announced = network
        .pairing
        .announced(number)
        .ok_or(LinkError::UnknownCode)?;
    if network.faults.take_passkey(number) {
        let asked = announced.commands.send(Command::AskPasskey(account)).await;
        asked.map_err(|_| LinkError::ClientGone)?;
        return Err(LinkError::PasskeyAsked);
    }
    let wrapped = announced.wrapped.clone();
    let exchange = tokio::task::spawn_blocking(move || Exchange::start(&code, &wrapped))
        .await
        .map_err(|e| LinkError::Signature(e.to_string()))??;
    let (done, outcome) = Done::channel();
    let entry = Entry {
        account: Arc::clone(&account),
        exchange: Arc::new(exchange),
        reference: announced.reference,
        done,
    };
    announced
        .commands
        .send(Command::EnterCode(entry))
        .await
        .map_err(|_| LinkError::ClientGone)?;
    let id = outcome.await?;
    account.device(id).ok_or(LinkError::ClientGone)
}

/// The client announces a code: it gets a reference to find the exchange by.
pub fn hello(
    network: &Network,
    iq: &Node,
    connection: u64,
    commands: &mpsc::Sender<Command>,
) -> Option<Node> {
    let request = iq.get_optional_child("link_code_companion_reg")?;
    let number: PhoneNumber = jid(request, "jid")?.user.parse().ok()?;
    let announced = Announced {
        connection,
        reference: platform::random_bytes::<24>().to_vec(),
        wrapped: child_bytes(request, "link_code_pairing_wrapped_companion_ephemeral_pub")?,
        commands: commands.clone(),
    };
    let reference = announced.reference.clone();
    network.pairing.announce(number, announced);
    let answer = NodeBuilder::new("link_code_companion_reg")
        .attr("stage", "companion_hello")
        .children([NodeBuilder::new("link_code_pairing_ref")
            .bytes(reference)
            .build()])
        .build();
    Some(super::result(iq, [answer]))
}

impl Entry {
    /// Tells the client that the person has typed the code.
    pub fn primary_hello(&self, network: &Network) -> Node {
        let own = self.account.phone.lock().account_key().to_vec();
        let hello = NodeBuilder::new("link_code_companion_reg")
            .attr("stage", "primary_hello")
            .children([
                NodeBuilder::new("link_code_pairing_wrapped_primary_ephemeral_pub")
                    .bytes(self.exchange.wrapped.to_vec())
                    .build(),
                NodeBuilder::new("primary_identity_pub").bytes(own).build(),
                NodeBuilder::new("link_code_pairing_ref")
                    .bytes(self.reference.clone())
                    .build(),
            ])
            .build();
        NodeBuilder::new("notification")
            .attr("from", SERVER_JID)
            .attr("id", network.stanza_id())
            .attr("type", "link_code_companion_reg")
            .attr("t", platform::now_secs())
            .children([hello])
            .build()
    }

    /// Opens what the client answered and vouches for it.
    pub fn finish(&self, network: &Network, iq: &Node) -> Result<Offer, LinkError> {
        let request = iq
            .get_optional_child("link_code_companion_reg")
            .ok_or(WrongCode)?;
        let bundle =
            child_bytes(request, "link_code_pairing_wrapped_key_bundle").ok_or(WrongCode)?;
        let opened = {
            let phone = self.account.phone.lock();
            self.exchange.open(&bundle, &phone.keys().identity)?
        };
        Offer::vouch(
            network,
            &self.account,
            opened.companion_identity,
            &opened.adv_secret,
            self.done.clone(),
        )
    }
}

/// Which step of the exchange a query is.
pub fn stage(iq: &Node) -> Option<String> {
    text(iq.get_optional_child("link_code_companion_reg")?, "stage")
}
