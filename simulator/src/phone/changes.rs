//! What messages do to a phone's chats: new ones, and changes of earlier ones.

use wacore::poll::{
    PollVoteAddressing, PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_fallback,
};
use wacore_binary::{Jid, Server};
use waproto::whatsapp::message::PollUpdateMessage;
use waproto::whatsapp::{Message, MessageKey};

use super::Phone;
use super::chat::{ChatMessage, Reacted, Status, rfc3339};
use super::content::{Said, Visible, said};
use super::facts::{Facts, Reaction, Vote};
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::Recipient;
use crate::state::Network;
use crate::state::device::Address;

/// Where a message came from, and where it stands.
pub struct Heading<'a> {
    pub id: &'a str,
    pub from: &'a Address,
    pub to: Recipient,
}

impl Phone {
    /// Puts a message into the chats, or changes what it is about; returns where
    /// the message stands that is new or changed.
    pub(super) fn take_in(
        &mut self,
        network: &Network,
        heading: &Heading<'_>,
        message: &Message,
    ) -> Option<usize> {
        match said(network, message) {
            Said::New(visible) => self.add(network, heading, visible),
            Said::Edit(key, content) => self.edit(heading, key, content),
            Said::Delete(key) => self.delete(network, heading, key),
            Said::Vote(update) => self.vote(network, heading, update),
            Said::Nothing => None,
        }
    }

    fn add(
        &mut self,
        network: &Network,
        heading: &Heading<'_>,
        mut visible: Visible,
    ) -> Option<usize> {
        if let Some(media) = &mut visible.media
            && *heading.from != self.address()
        {
            media.check(&network.media);
        }
        let reaction = visible.facts.reaction.clone();
        let own = heading.from.number == self.number;
        let added = self.record(ChatMessage {
            id: heading.id.to_owned(),
            from: heading.from.number.clone(),
            to: heading.to.clone(),
            kind: visible.kind.to_owned(),
            text: visible.text,
            at: rfc3339(platform::now_millis()),
            status: match (own, &reaction) {
                (true, _) => Status::Sent,
                // Nobody opens a chat to read a reaction.
                (false, Some(_)) => Status::Seen,
                (false, None) => Status::Unread,
            },
            device: heading.from.device,
            media: visible.media,
            facts: visible.facts,
            reactions: Vec::new(),
            edited: false,
            deleted: false,
        });
        if let Some(reaction) = reaction
            && added
        {
            self.react(heading, reaction);
        }
        added.then(|| self.chat.len() - 1)
    }

    fn react(&mut self, heading: &Heading<'_>, reaction: Reaction) {
        let Some(index) = self.find(heading, &reaction.to, |_| true) else {
            return;
        };
        let from = heading.from.number.clone();
        let target = &mut self.chat[index];
        target.reactions.retain(|earlier| earlier.from != from);
        if !reaction.emoji.is_empty() {
            let emoji = reaction.emoji;
            target.reactions.push(Reacted { from, emoji });
        }
        self.changed(index);
    }

    /// Only what the sender wrote can be edited; anything else is ignored.
    fn edit(&mut self, heading: &Heading<'_>, key: &MessageKey, content: Visible) -> Option<usize> {
        self.seen
            .insert((heading.from.number.clone(), heading.id.to_owned()));
        let index = self.find(heading, key.id.as_deref()?, |target| {
            target.from == heading.from.number && !target.deleted
        })?;
        let target = &mut self.chat[index];
        if let Some(media) = &mut target.media {
            media.caption = Some(content.text.clone());
        }
        if target.kind != "document" {
            target.text = content.text;
        }
        target.facts.mentions = content.facts.mentions;
        target.facts.link_preview = content.facts.link_preview;
        target.edited = true;
        self.changed(index)
    }

    fn delete(
        &mut self,
        network: &Network,
        heading: &Heading<'_>,
        key: &MessageKey,
    ) -> Option<usize> {
        self.seen
            .insert((heading.from.number.clone(), heading.id.to_owned()));
        let sender = &heading.from.number;
        let named = key.participant.as_deref();
        let named = named.and_then(|jid| network.resolve(&jid.parse::<Jid>().ok()?));
        let author = named.map_or_else(|| sender.clone(), |account| account.number.clone());
        let group = heading.to.group().and_then(|id| network.group(id));
        let allowed = author == *sender || group.is_some_and(|group| group.is_admin(sender));
        let index = self.find(heading, key.id.as_deref()?, |target| target.from == author)?;
        if !allowed {
            return None;
        }
        let target = &mut self.chat[index];
        target.deleted = true;
        target.text.clear();
        target.media = None;
        target.facts = Facts::default();
        target.reactions.clear();
        self.changed(index)
    }

    fn vote(
        &mut self,
        network: &Network,
        heading: &Heading<'_>,
        update: &PollUpdateMessage,
    ) -> Option<usize> {
        self.seen
            .insert((heading.from.number.clone(), heading.id.to_owned()));
        let id = update
            .poll_creation_message_key
            .as_option()?
            .id
            .as_deref()?;
        let index = self.find(heading, id, |target| target.facts.poll.is_some())?;
        let creator = self.chat[index].from.clone();
        let poll = self.chat[index].facts.poll.as_mut()?;
        let chosen = opened(
            network,
            &heading.from.number,
            &creator,
            id,
            &poll.message_secret,
            update,
        )?;
        let options = poll.options.iter().filter(|option| {
            let hash = compute_option_hash(option);
            chosen.iter().any(|chosen| *chosen == hash)
        });
        let options: Vec<_> = options.cloned().collect();
        let from = heading.from.number.to_string();
        poll.votes.retain(|earlier| earlier.from != from);
        if !options.is_empty() {
            poll.votes.push(Vote { from, options });
        }
        self.changed(index)
    }

    /// The newest message of the chat with the id that is as asked.
    fn find(
        &self,
        heading: &Heading<'_>,
        id: &str,
        is: impl Fn(&ChatMessage) -> bool,
    ) -> Option<usize> {
        let chat = match &heading.to {
            Recipient::Person(_) if heading.from.number != self.number => {
                Recipient::Person(heading.from.number.clone())
            }
            to => to.clone(),
        };
        self.chat
            .iter()
            .rposition(|m| m.id == id && m.is_in(&chat, &self.number) && is(m))
    }

    /// Has the message stored anew.
    pub(super) fn changed(&mut self, index: usize) -> Option<usize> {
        let change = self.chat_change(index, &self.chat[index]);
        self.changes.push(change);
        Some(index)
    }
}

/// The hashes of what a voter chose. Votes name both sides by number or by LID.
fn opened(
    network: &Network,
    voter: &PhoneNumber,
    creator: &PhoneNumber,
    poll: &str,
    secret: &[u8],
    update: &PollUpdateMessage,
) -> Option<Vec<Vec<u8>>> {
    let vote = update.vote.as_option()?;
    let ciphertext = PollVoteCiphertext {
        enc_payload: vote.enc_payload.as_deref()?,
        enc_iv: vote.enc_iv.as_deref()?,
    };
    let (voter, creator) = (network.account(voter)?, network.account(creator)?);
    let named = |server| {
        (
            creator.jid(server, 0).to_string(),
            voter.jid(server, 0).to_string(),
        )
    };
    let (by_number, by_lid) = (named(Server::Pn), named(Server::Lid));
    let ways = (addressing(&by_number), addressing(&by_lid));
    decrypt_poll_vote_with_fallback(ciphertext, secret, poll, ways.0, Some(ways.1)).ok()
}

fn addressing((creator, voter): &(String, String)) -> PollVoteAddressing<'_> {
    PollVoteAddressing {
        poll_creator_jid: creator,
        voter_jid: voter,
    }
}
