//! A simulated phone: a real Signal endpoint with chats.

mod changes;
pub mod chat;
pub mod code_linking;
pub mod compose;
mod content;
pub mod facts;
pub mod greeting;
mod history;
pub mod inbox;
pub mod keys;
pub mod linking;
pub mod media;
pub mod missed;
mod original;
pub mod outbox;
pub mod passkey;
pub mod receipts;
mod retry;
mod sender_keys;
mod signal_store;

use std::collections::{HashMap, HashSet, VecDeque};

use futures::FutureExt as _;
use wacore::messages::MessageUtils;
use wacore::send::{
    extract_ciphertext, media_type_from_message, should_hide_decrypt_fail_for_send,
};
use wacore::types::message::EditAttribute;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use wacore_libsignal::protocol::{
    CiphertextMessage, CurveError, KeyPair, PreKeySignalMessage, SignalMessage,
    SignalProtocolError, UsePQRatchet, message_decrypt, message_encrypt, process_prekey_bundle,
};
use waproto::whatsapp::Message;

use self::chat::ChatMessage;
use self::keys::{PhoneKeys, Secrets};
use self::passkey::PasskeyShown;
use self::receipts::GroupTicks;
use self::sender_keys::SenderKeys;
use self::signal_store::{Identities, OneTimeKeys, Sessions, SignedKey, protocol_address};
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::GroupId;
use crate::state::device::{Address, Device};
use crate::state::keys::OneTimeKey;
use crate::state::persist::{Change, Kind, Store};

/// One-time keys that a phone keeps at the server.
const STOCK: usize = 30;
/// Messages kept to answer a retry request, newest last.
const RECENT: usize = 256;

/// A stanza on its way from one device to another.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub from: Address,
    pub to: Address,
    pub node: Node,
}

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the device has no keys at the server yet")]
    NoKeys,
    #[error(transparent)]
    Signal(#[from] SignalProtocolError),
}

/// A message as it was sent, kept for a device that could not read it.
struct Sent {
    id: String,
    message: Message,
    /// The stanza's attributes without the encrypted part.
    stanza: Node,
}

pub struct Phone {
    pub number: PhoneNumber,
    secrets: Secrets,
    keys: PhoneKeys,
    sessions: Sessions,
    sender_keys: SenderKeys,
    identities: Identities,
    one_time: OneTimeKeys,
    signed: SignedKey,
    chat: Vec<ChatMessage>,
    seen: HashSet<(PhoneNumber, String)>,
    recent: VecDeque<Sent>,
    /// Retry requests sent, by sender and message.
    retries: HashMap<(Address, String), u8>,
    group_ticks: GroupTicks,
    /// Messages that nobody is sent again yet, with who has asked.
    withheld: HashMap<String, Vec<Envelope>>,
    changes: Vec<Change>,
    /// A linking with the passkey that is under way.
    pub passkey: Option<PasskeyShown>,
}

impl Phone {
    pub fn new(number: PhoneNumber, secrets: Secrets) -> Result<Self, CurveError> {
        let keys = secrets.open()?;
        Ok(Self {
            sessions: Sessions::new(number.clone()),
            sender_keys: SenderKeys::new(number.clone()),
            identities: Identities::new(number.clone(), &keys),
            one_time: OneTimeKeys::new(number.clone()),
            signed: SignedKey::new(&keys),
            chat: Vec::new(),
            seen: HashSet::new(),
            recent: VecDeque::new(),
            retries: HashMap::new(),
            group_ticks: GroupTicks::default(),
            withheld: HashMap::new(),
            changes: Vec::new(),
            passkey: None,
            number,
            secrets,
            keys,
        })
    }

    pub fn keys(&self) -> &PhoneKeys {
        &self.keys
    }

    pub fn address(&self) -> Address {
        Address {
            number: self.number.clone(),
            device: 0,
        }
    }

    pub fn chat(&self) -> &[ChatMessage] {
        &self.chat
    }

    /// Submits what changed since the last time; call it before the lock is released.
    pub fn save(&mut self, store: &Store) {
        let mut changes = std::mem::take(&mut self.changes);
        changes.extend(self.sessions.take_changes());
        changes.extend(self.sender_keys.take_changes());
        changes.extend(self.identities.take_changes());
        changes.extend(self.one_time.take_changes());
        store.submit(changes);
    }

    /// Makes the secrets part of the next save; once, when the phone is new.
    pub fn save_secrets(&mut self) {
        let key = self.number.digits().to_owned();
        self.changes
            .push(Change::put_json(Kind::Phone, key, &self.secrets));
    }

    /// Refills the server's stock of one-time keys.
    pub fn replenish(&mut self, store: &Store, own: &Device) -> Result<(), SignalProtocolError> {
        let stock = own.one_time_keys().len();
        if stock > STOCK / 3 {
            return Ok(());
        }
        let mut fresh = Vec::with_capacity(STOCK);
        for _ in stock..STOCK {
            fresh.push(self.fresh_one_time_key()?);
        }
        // The private halves must not be younger on disk than the public ones.
        self.save(store);
        own.add_one_time_keys(store, fresh);
        Ok(())
    }

    fn fresh_one_time_key(&mut self) -> Result<OneTimeKey, SignalProtocolError> {
        let pair = KeyPair::generate(&mut platform::rng());
        let id = self.one_time.add(&pair)?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key.public_key_bytes());
        Ok(OneTimeKey { id, public })
    }

    /// Encrypts for one device, with a new session if there is none.
    fn seal(&mut self, store: &Store, to: &Device, message: &Message) -> Result<Node, SealError> {
        let peer = protocol_address(&to.address);
        if !self.sessions.knows(&peer) {
            let bundle = to.take_bundle(store).ok_or(SealError::NoKeys)?;
            let bundle = bundle.to_signal(to.address.device)?;
            at_once(process_prekey_bundle(
                &peer,
                &mut self.sessions,
                &mut self.identities,
                &bundle,
                &mut platform::rng(),
                UsePQRatchet::No,
            ))?;
        }
        let plaintext = MessageUtils::encode_and_pad(message);
        let sealed = at_once(message_encrypt(
            &plaintext,
            &peer,
            &mut self.sessions,
            &mut self.identities,
        ))?;
        let (kind, _, bytes) = extract_ciphertext(sealed).ok_or_else(|| {
            SignalProtocolError::InvalidArgument("not a pairwise message".to_owned())
        })?;
        Ok(enc(kind, message).bytes(bytes.into_vec()).build())
    }

    /// Decrypts an `<enc>` of the device.
    fn open(
        &mut self,
        from: &Address,
        kind: &str,
        bytes: &[u8],
    ) -> Result<Vec<u8>, SignalProtocolError> {
        let peer = protocol_address(from);
        let ciphertext = match kind {
            "pkmsg" => {
                CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(bytes)?)
            }
            "msg" => CiphertextMessage::SignalMessage(SignalMessage::try_from(bytes)?),
            other => {
                return Err(SignalProtocolError::InvalidArgument(format!(
                    "messages of type {other} are not supported"
                )));
            }
        };
        let opened = at_once(message_decrypt(
            &ciphertext,
            &peer,
            &mut self.sessions,
            &mut self.identities,
            &mut self.one_time,
            &self.signed,
            &mut platform::rng(),
            UsePQRatchet::No,
        ))?;
        if let Some(id) = opened.consumed_prekey_id {
            use wacore_libsignal::protocol::PreKeyStore as _;
            at_once(self.one_time.remove_pre_key(id))?;
        }
        Ok(opened.plaintext)
    }

    /// Adds a message to the chats unless it is there already.
    fn record(&mut self, message: ChatMessage) -> bool {
        if !self.seen.insert((message.from.clone(), message.id.clone())) {
            return false;
        }
        self.changes
            .push(self.chat_change(self.chat.len(), &message));
        self.chat.push(message);
        true
    }

    fn chat_change(&self, index: usize, message: &ChatMessage) -> Change {
        let key = format!("{}/{index:016}", self.number.digits());
        Change::put_json(Kind::Chat, key, message)
    }

    fn remember_sent(&mut self, sent: Sent) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(sent);
    }

    /// Forgets the session with a device that is no more.
    pub fn forget_device(&mut self, store: &Store, device: &Address) {
        self.sessions.forget(&protocol_address(device));
        self.sender_keys.not_shared(device);
        self.save(store);
    }

    /// Somebody has left the group.
    pub fn renew_sender_key(&mut self, group: &GroupId) {
        let own = self.address();
        self.sender_keys.renew(group, &own);
    }

    // Loading

    pub fn restore_session(&mut self, peer: &str, bytes: &[u8]) {
        self.sessions.restore(peer, bytes);
    }

    pub fn restore_sender_key(&mut self, name: &str, bytes: &[u8]) {
        self.sender_keys.restore(name, bytes);
    }

    pub fn restore_identity(&mut self, peer: &str, bytes: &[u8]) {
        self.identities.restore(peer, bytes);
    }

    pub fn restore_one_time_key(&mut self, id: u32, bytes: &[u8]) {
        self.one_time.restore(id, bytes);
    }

    pub fn restore_chat(&mut self, message: ChatMessage) {
        self.seen.insert((message.from.clone(), message.id.clone()));
        self.chat.push(message);
    }
}

/// The frame of an encrypted part, with what the server is told of its content.
fn enc(kind: &'static str, message: &Message) -> NodeBuilder {
    let builder = NodeBuilder::new("enc").attr("v", "2").attr("type", kind);
    let builder = match media_type_from_message(message) {
        Some(kind) => builder.attr("mediatype", kind),
        None => builder,
    };
    let edit = EditAttribute::infer_from_message(message);
    if should_hide_decrypt_fail_for_send(edit.as_ref(), message) {
        builder.attr("decrypt-fail", "hide")
    } else {
        builder
    }
}

/// Runs a Signal operation to its end; the stores are in memory, so nothing ever waits.
fn at_once<F: Future>(operation: F) -> F::Output {
    operation
        .now_or_never()
        .expect("operations on in-memory stores never wait")
}
