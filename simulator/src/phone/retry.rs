//! When a message could not be read: asking for it again, and sending again.

use wacore::iq::prekeys::{OneTimePreKeyNode, SignedPreKeyNode};
use wacore::protocol::ProtocolNode as _;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::inbox::group_of;
use super::receipts::receipt;
use super::signal_store::protocol_address;
use super::{Envelope, Phone};
use crate::platform;
use crate::recipient::GroupId;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Address;

/// Requests for one message before a phone gives up.
const MAX_RETRIES: u8 = 5;
/// From this request on the phone includes its keys for a new session.
const KEYS_FROM: u8 = 2;

impl Phone {
    /// Asks the sending device to encrypt the message anew.
    pub(super) fn ask_again(
        &mut self,
        network: &Network,
        account: &Account,
        from: &Address,
        group: Option<&GroupId>,
        id: &str,
    ) -> Vec<Envelope> {
        let count = self
            .retries
            .entry((from.clone(), id.to_owned()))
            .and_modify(|count| *count += 1)
            .or_insert(1);
        let count = *count;
        if count > MAX_RETRIES {
            return Vec::new();
        }
        let Some(sender) = network.account(&from.number) else {
            return Vec::new();
        };
        network.stats.messages_asked_again.up();
        let now = platform::now_secs();
        let mut children = vec![
            NodeBuilder::new("retry")
                .attr("v", "1")
                .attr("count", count)
                .attr("id", id)
                .attr("t", now)
                .build(),
            NodeBuilder::new("registration")
                .bytes(self.keys.registration_id.to_be_bytes().to_vec())
                .build(),
        ];
        if count >= KEYS_FROM
            && let Ok(keys) = self.keys_for_retry()
        {
            children.push(keys);
        }
        // No `recipient`, though WhatsApp's phones name the chat to own companions:
        // whatsapp-rust 0.7 then takes the request for one of the recipient's phone
        // and ruins its session with that one. Without it, the request is ignored.
        let group = group.and_then(|id| network.group(id));
        let receipt = receipt(account, group.as_deref(), id)
            .attr("to", sender.jid(wacore_binary::Server::Pn, from.device))
            .attr("type", "retry");
        let node = receipt.children(children).build();
        vec![Envelope {
            from: self.address(),
            to: from.clone(),
            node,
        }]
    }

    /// Answers whoever has asked for a message that was withheld so far, and
    /// from now on whoever asks; `None`: no such message was.
    pub fn release(
        &mut self,
        network: &Network,
        account: &Account,
        id: &str,
    ) -> Option<Vec<Envelope>> {
        let waiting = self.withheld.remove(id)?;
        let answers = waiting
            .iter()
            .flat_map(|request| self.send_again(network, account, request));
        Some(answers.collect())
    }

    fn keys_for_retry(&mut self) -> Result<Node, wacore_libsignal::protocol::SignalProtocolError> {
        let one_time = self.fresh_one_time_key()?;
        let public = self.keys.public();
        Ok(NodeBuilder::new("keys")
            .children([
                NodeBuilder::new("type").bytes(vec![5]).build(),
                NodeBuilder::new("identity")
                    .bytes(public.identity.to_vec())
                    .build(),
                OneTimePreKeyNode::new(one_time.id, one_time.public.to_vec()).into_node(),
                SignedPreKeyNode::new(
                    public.signed.id,
                    public.signed.public.to_vec(),
                    public.signed.signature,
                )
                .into_node(),
            ])
            .build())
    }

    /// Encrypts a recent message anew, in a new session, for the device that asked.
    pub(super) fn send_again(
        &mut self,
        network: &Network,
        account: &Account,
        request: &Envelope,
    ) -> Vec<Envelope> {
        let count = request
            .node
            .get_optional_child("retry")
            .and_then(|retry| retry.attrs.get("count")?.as_str().parse::<u8>().ok())
            .unwrap_or(1);
        let id = request
            .node
            .attrs
            .get("id")
            .map(|id| id.as_str().into_owned());
        if let Some(waiting) = id.as_ref().and_then(|id| self.withheld.get_mut(id)) {
            waiting.push(request.clone());
            return Vec::new();
        }
        let sent = self
            .recent
            .iter()
            .find(|sent| Some(&sent.id) == id.as_ref());
        let (Some(sent), true) = (sent, count <= MAX_RETRIES) else {
            return Vec::new();
        };
        let (mut message, stanza) = (sent.message.clone(), sent.stanza.clone());
        if let Some(group) = group_of(&stanza) {
            // It may have been the sender's key that the device could not read.
            match self.sender_keys.own(&group, &self.address()) {
                Ok(key) => message.sender_key_distribution_message = key.into(),
                Err(error) => tracing::debug!(%error, "a sender key cannot be given again"),
            }
        }
        let device = network
            .account(&request.from.number)
            .and_then(|owner| owner.device(request.from.device));
        let Some(device) = device else {
            return Vec::new();
        };
        self.sessions.forget(&protocol_address(&request.from));
        match self.seal(&network.store, &device, &message) {
            Ok(enc) => {
                let mut node = stanza;
                node.content = Some(wacore_binary::NodeContent::Nodes(vec![enc]));
                vec![Envelope {
                    from: account.address(0),
                    to: request.from.clone(),
                    node,
                }]
            }
            Err(error) => {
                tracing::debug!(%error, "a message cannot be sent again");
                Vec::new()
            }
        }
    }
}
