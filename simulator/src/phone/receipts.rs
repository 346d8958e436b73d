//! Ticks: how far messages have come, and what the person has read.

use std::collections::{HashMap, HashSet};

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::chat::Status;
use super::{Envelope, Phone};
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::Recipient;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::groups::Group;

/// Message ids in one read receipt, as many as the apps put there.
const IDS_PER_RECEIPT: usize = 256;

/// Who has received or read a message to a group; it is ticked when all have.
#[derive(Default)]
pub struct GroupTicks(HashMap<(String, Status), HashSet<PhoneNumber>>);

impl GroupTicks {
    /// Whether everybody has come that far now.
    fn note(&mut self, id: &str, status: Status, by: &PhoneNumber, others: usize) -> bool {
        let who = self.0.entry((id.to_owned(), status)).or_default();
        who.insert(by.clone());
        let all = who.len() >= others;
        if all {
            self.0.remove(&(id.to_owned(), status));
        }
        all
    }
}

impl Phone {
    pub(super) fn receive_receipt(
        &mut self,
        network: &Network,
        account: &Account,
        envelope: &Envelope,
    ) -> Vec<Envelope> {
        let node = &envelope.node;
        let kind = node.attrs.get("type").map(|t| t.as_str());
        if envelope.from.number == self.number {
            if let Some("read-self" | "played-self") = kind.as_deref() {
                self.see(&receipt_ids(node));
            }
            return Vec::new();
        }
        let status = match kind.as_deref() {
            None | Some("inactive") => Status::Delivered,
            Some("read" | "played") => Status::Read,
            Some("retry") => return self.send_again(network, account, envelope),
            Some(_) => return Vec::new(),
        };
        for id in receipt_ids(node) {
            self.advance(network, &id, status, &envelope.from.number);
        }
        Vec::new()
    }

    /// Moves a message of the account's own forward; never back.
    fn advance(&mut self, network: &Network, id: &str, status: Status, by: &PhoneNumber) {
        let found = self
            .chat
            .iter()
            .rposition(|m| m.id == id && m.from == self.number);
        let Some(index) = found.filter(|index| self.chat[*index].status < status) else {
            return;
        };
        if let Recipient::Group(id) = &self.chat[index].to {
            let others = network.group(id).map_or(0, |group| group.size() - 1);
            let id = self.chat[index].id.clone();
            if !self.group_ticks.note(&id, status, by, others) {
                return;
            }
        }
        self.chat[index].status = status;
        self.changed(index);
    }

    /// A companion of the account has read what others wrote.
    fn see(&mut self, ids: &[String]) {
        for id in ids {
            let found = self
                .chat
                .iter()
                .rposition(|m| m.id == *id && m.status == Status::Unread);
            if let Some(index) = found {
                self.chat[index].status = Status::Seen;
                self.changed(index);
            }
        }
    }

    /// Marks what stands in the chat as seen; returns the ids by their senders.
    fn open_chat(&mut self, chat: &Recipient) -> HashMap<PhoneNumber, Vec<String>> {
        let mut ids: HashMap<_, Vec<_>> = HashMap::new();
        for index in 0..self.chat.len() {
            let message = &self.chat[index];
            if message.status == Status::Unread && message.is_in(chat, &self.number) {
                let by = ids.entry(message.from.clone()).or_default();
                by.push(message.id.clone());
                self.chat[index].status = Status::Seen;
                self.changed(index);
            }
        }
        ids
    }
}

/// Opens the chat: read receipts go out. Returns how many messages were unread.
pub fn read_chat(network: &Network, account: &Account, chat: &Recipient) -> usize {
    let ids = {
        let mut phone = account.phone.lock();
        let ids = phone.open_chat(chat);
        phone.save(&network.store);
        ids
    };
    let group = chat.group().and_then(|id| network.group(id));
    for (author, ids) in &ids {
        for chunk in ids.chunks(IDS_PER_RECEIPT) {
            let node = read_receipt(account, group.as_deref(), chunk);
            network.dispatch(network.to_all_devices(&account.address(0), author, &node));
        }
    }
    ids.values().map(Vec::len).sum()
}

fn read_receipt(account: &Account, group: Option<&Group>, ids: &[String]) -> Node {
    let builder = receipt(account, group, &ids[0]).attr("type", "read");
    if ids.len() == 1 {
        return builder.build();
    }
    let items = ids[1..]
        .iter()
        .map(|id| NodeBuilder::new("item").attr("id", id.as_str()).build());
    builder
        .children([NodeBuilder::new("list").children(items).build()])
        .build()
}

/// A receipt of the account's phone.
pub(super) fn receipt(account: &Account, group: Option<&Group>, id: &str) -> NodeBuilder {
    let builder = NodeBuilder::new("receipt")
        .attr("id", id)
        .attr("t", platform::now_secs());
    match group {
        Some(group) => group.by(builder.attr("from", group.id.jid()), account, 0),
        None => builder.attr("from", account.number.jid()),
    }
}

/// All message ids a receipt is about.
pub fn receipt_ids(node: &Node) -> Vec<String> {
    let own = node.attrs.get("id").map(|id| id.as_str().into_owned());
    let listed = node
        .get_optional_child("list")
        .into_iter()
        .flat_map(|list| list.get_children_by_tag("item"))
        .filter_map(|item| item.attrs.get("id").map(|id| id.as_str().into_owned()));
    own.into_iter().chain(listed).collect()
}
