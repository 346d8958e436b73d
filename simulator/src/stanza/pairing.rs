//! Linking a new companion: the server's side of its first connection, and scanning its QR.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, SERVER_JID, Server};
use waproto::buffa::Message as _;
use waproto::codec;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;
use waproto::whatsapp::{ClientPayload, DeviceProps};

use super::iq_encrypt::number;
use super::notification::{self, Change};
use super::pairing_code::{self, Announced, Entry};
use super::{child_bytes, text};
use crate::number::PhoneNumber;
use crate::phone::code_linking::WrongCode;
use crate::phone::linking::{InvalidQr, QrCode};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::{self, Device};
use crate::state::keys::{DeviceKeys, SignedKey};
use crate::wire::connection::Command;

/// Codes a client may show one after the other.
const REFERENCES: usize = 6;
/// How long the client may take to countersign.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    InvalidQr(#[from] InvalidQr),
    #[error("this code is unknown or used up: show a fresh one")]
    UnknownCode,
    #[error("a code has eight letters and digits")]
    InvalidCode,
    #[error(transparent)]
    WrongCode(#[from] WrongCode),
    #[error("there is no phone with the number {0}")]
    UnknownPhone(PhoneNumber),
    #[error("the code does not belong to the client that shows it")]
    WrongClient,
    #[error("the client refused: {0}")]
    Refused(String),
    #[error("the client went away before it was linked")]
    ClientGone,
    #[error("the client did not answer in time")]
    TimedOut,
    #[error("the phone could not sign: {0}")]
    Signature(String),
}

/// A client that waits to be scanned.
#[derive(Clone)]
struct Waiting {
    connection: u64,
    client_static: [u8; 32],
    commands: mpsc::Sender<Command>,
}

/// Clients waiting to be linked.
#[derive(Default)]
pub struct PairingDesk {
    /// By the references in their QR codes.
    by_reference: Mutex<HashMap<String, Waiting>>,
    /// By the number they have announced a code for.
    by_number: Mutex<HashMap<PhoneNumber, Announced>>,
}

impl PairingDesk {
    fn find(&self, reference: &str) -> Option<Waiting> {
        self.by_reference.lock().get(reference).cloned()
    }

    pub fn announce(&self, number: PhoneNumber, announced: Announced) {
        self.by_number.lock().insert(number, announced);
    }

    pub fn announced(&self, number: &PhoneNumber) -> Option<Announced> {
        self.by_number.lock().get(number).cloned()
    }

    pub fn leave(&self, connection: u64) {
        self.by_reference
            .lock()
            .retain(|_, w| w.connection != connection);
        self.by_number
            .lock()
            .retain(|_, a| a.connection != connection);
    }
}

type Outcome = Result<u16, LinkError>;

/// Tells the person who waits at the phone which device was linked, once.
#[derive(Clone)]
pub struct Done(Arc<Mutex<Option<oneshot::Sender<Outcome>>>>);

impl Done {
    /// With the future that waits for it, but not for ever.
    pub fn channel() -> (Self, impl Future<Output = Outcome>) {
        let (sender, outcome) = oneshot::channel();
        let waiting = async {
            tokio::time::timeout(PATIENCE, outcome)
                .await
                .map_err(|_| LinkError::TimedOut)?
                .map_err(|_| LinkError::ClientGone)?
        };
        (Self(Arc::new(Mutex::new(Some(sender)))), waiting)
    }

    pub fn finish(&self, outcome: Outcome) {
        if let Some(sender) = self.0.lock().take() {
            // The person may have stopped waiting.
            let _ = sender.send(outcome);
        }
    }
}

/// What the phone hands to the waiting client.
#[derive(Clone)]
pub struct Offer {
    account: Arc<Account>,
    device: u16,
    identity: [u8; 32],
    sealed: Vec<u8>,
    done: Done,
}

impl Offer {
    /// Reserves a device and signs for it.
    pub fn vouch(
        network: &Network,
        account: &Arc<Account>,
        identity: [u8; 32],
        adv_secret: &[u8],
        done: Done,
    ) -> Result<Self, LinkError> {
        let device = account.reserve_device_id(&network.store);
        let sealed = account
            .phone
            .lock()
            .vouch_for(&identity, u32::from(device), adv_secret)
            .map_err(|e| LinkError::Signature(e.to_string()))?;
        Ok(Self {
            account: Arc::clone(account),
            device,
            identity,
            sealed,
            done,
        })
    }
}

/// A phone scans what a client shows; returns once the client is linked.
pub async fn scan(
    network: &Network,
    phone: &PhoneNumber,
    qr: &str,
) -> Result<Arc<Device>, LinkError> {
    let qr: QrCode = qr.parse()?;
    let account = network
        .account(phone)
        .ok_or_else(|| LinkError::UnknownPhone(phone.clone()))?;
    let waiting = network
        .pairing
        .find(&qr.reference)
        .ok_or(LinkError::UnknownCode)?;
    if waiting.client_static != qr.noise_key {
        return Err(LinkError::WrongClient);
    }
    let (done, outcome) = Done::channel();
    let offer = Offer::vouch(network, &account, qr.identity, &qr.adv_secret, done)?;
    network.pairing.leave(waiting.connection);
    waiting
        .commands
        .send(Command::Pair(offer))
        .await
        .map_err(|_| LinkError::ClientGone)?;
    let id = outcome.await?;
    account.device(id).ok_or(LinkError::ClientGone)
}

/// The server's side of a connection that wants to be linked.
pub struct Registration {
    client_static: [u8; 32],
    platform: String,
    keys: Option<DeviceKeys>,
    offer: Option<Offer>,
    entry: Option<Entry>,
    connection: u64,
    commands: mpsc::Sender<Command>,
}

impl Registration {
    pub fn new(
        client_static: [u8; 32],
        payload: &ClientPayload,
        connection: u64,
        commands: mpsc::Sender<Command>,
    ) -> Self {
        let data = payload.device_pairing_data.as_option();
        Self {
            client_static,
            platform: data
                .and_then(platform_name)
                .unwrap_or_else(|| "unknown".to_owned()),
            keys: data.and_then(registered_keys),
            offer: None,
            entry: None,
            connection,
            commands,
        }
    }

    /// Hands out fresh references for the codes to show.
    pub fn invite(&self, network: &Network) -> Node {
        let mut waiting = network.pairing.by_reference.lock();
        let references = (0..REFERENCES).map(|_| {
            let secret = BASE64_STANDARD.encode(platform::random_bytes::<48>());
            let reference = format!("2@{secret}");
            waiting.insert(
                reference.clone(),
                Waiting {
                    connection: self.connection,
                    client_static: self.client_static,
                    commands: self.commands.clone(),
                },
            );
            NodeBuilder::new("ref")
                .bytes(reference.into_bytes())
                .build()
        });
        let references: Vec<_> = references.collect();
        md_set(
            network,
            NodeBuilder::new("pair-device").children(references).build(),
        )
    }

    /// The phone has scanned: tell the client.
    pub fn offer(&mut self, network: &Network, offer: Offer) -> Node {
        let account = &offer.account;
        let success = NodeBuilder::new("pair-success")
            .children([
                NodeBuilder::new("device-identity")
                    .bytes(offer.sealed.clone())
                    .build(),
                NodeBuilder::new("biz")
                    .attr("name", account.name.as_str())
                    .build(),
                NodeBuilder::new("platform").attr("name", "android").build(),
                NodeBuilder::new("device")
                    .attr("jid", account.jid(Server::Pn, offer.device))
                    .attr("lid", account.jid(Server::Lid, offer.device))
                    .build(),
            ])
            .build();
        self.offer = Some(offer);
        md_set(network, success)
    }

    /// Handles a stanza; returns what to send before the connection closes, if it shall.
    pub fn handle(&mut self, network: &Network, node: &Node) -> (Vec<Node>, bool) {
        if node.tag != "iq" {
            return (Vec::new(), false);
        }
        if let Some(answer) = node.get_optional_child("pair-device-sign") {
            let Some(offer) = self.offer.take() else {
                return (Vec::new(), false);
            };
            return match self.complete(network, &offer, answer) {
                Ok(()) => {
                    offer.done.finish(Ok(offer.device));
                    (vec![restart()], true)
                }
                Err(error) => {
                    offer.done.finish(Err(error));
                    (vec![crate::faults::failure(401)], true)
                }
            };
        }
        match text(node, "type").as_deref() {
            Some("error") => {
                if let Some(offer) = self.offer.take() {
                    let reason = node
                        .get_optional_child("error")
                        .and_then(|e| text(e, "text"));
                    offer
                        .done
                        .finish(Err(LinkError::Refused(reason.unwrap_or_default())));
                }
                (Vec::new(), false)
            }
            Some("set") if pairing_code::stage(node).is_some() => {
                (self.code_step(network, node), false)
            }
            Some("get" | "set") => {
                let namespace = text(node, "xmlns").unwrap_or_default();
                let answer = match namespace.as_str() {
                    "w:p" | "urn:xmpp:ping" => super::result(node, []),
                    _ => super::error(node, 501, "feature-not-implemented"),
                };
                (vec![answer], false)
            }
            _ => (Vec::new(), false),
        }
    }

    /// The person has typed the code: tell the client.
    pub fn enter_code(&mut self, network: &Network, entry: Entry) -> Node {
        let hello = entry.primary_hello(network);
        self.entry = Some(entry);
        hello
    }

    fn code_step(&mut self, network: &Network, iq: &Node) -> Vec<Node> {
        match pairing_code::stage(iq).as_deref() {
            Some("companion_hello") => {
                let answer = pairing_code::hello(network, iq, self.connection, &self.commands);
                vec![answer.unwrap_or_else(|| super::error(iq, 400, "bad-request"))]
            }
            Some("companion_finish") => {
                let Some(entry) = self.entry.take() else {
                    return vec![super::error(iq, 400, "bad-request")];
                };
                match entry.finish(network, iq) {
                    Ok(offer) => vec![super::result(iq, []), self.offer(network, offer)],
                    Err(error) => {
                        entry.done.finish(Err(error));
                        vec![super::result(iq, [])]
                    }
                }
            }
            _ => vec![super::error(iq, 501, "feature-not-implemented")],
        }
    }

    /// Checks the countersigned identity and makes the device.
    fn complete(&self, network: &Network, offer: &Offer, answer: &Node) -> Result<(), LinkError> {
        let refused = |why: &str| LinkError::Refused(why.to_owned());
        let bytes = child_bytes(answer, "device-identity").ok_or_else(|| refused("no identity"))?;
        let mut identity = codec::adv_signed_device_identity_decode(&bytes)
            .map_err(|e| refused(&e.to_string()))?;
        // Clients leave the account's key out; peers need it to check the rest.
        let account_key = offer.account.phone.lock().account_key().to_vec();
        identity.account_signature_key = Some(account_key);
        let bytes = codec::adv_signed_device_identity_to_vec(&identity);
        if validate_adv_with_identity_key(&bytes, &offer.identity, None) != AdvValidation::Valid {
            return Err(refused("the countersignature is wrong"));
        }
        let keys = self.keys.clone().filter(|k| k.identity == offer.identity);
        let record = device::Record {
            noise_key: self.client_static.to_vec(),
            device_identity: bytes,
            key_index: u32::from(offer.device),
            platform: self.platform.clone(),
            linked_at: platform::now_secs(),
            keys,
            greeted: false,
        };
        let account = &offer.account;
        let device = Arc::new(Device::new(account.address(offer.device), record));
        device.update(&network.store, |_| {});
        account.insert_device(Arc::clone(&device));
        account.devices_changed(&network.store, platform::now_secs());
        notification::devices_changed(network, account, &device, Change::Added);
        Ok(())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(offer) = self.offer.take() {
            offer.done.finish(Err(LinkError::ClientGone));
        }
        if let Some(entry) = self.entry.take() {
            entry.done.finish(Err(LinkError::ClientGone));
        }
    }
}

/// The linked client must connect anew, as the device it now is.
fn restart() -> Node {
    NodeBuilder::new("stream:error").attr("code", "515").build()
}

fn md_set(network: &Network, child: Node) -> Node {
    NodeBuilder::new("iq")
        .attr("from", SERVER_JID)
        .attr("type", "set")
        .attr("id", network.stanza_id())
        .attr("xmlns", "md")
        .children([child])
        .build()
}

fn registered_keys(data: &DevicePairingRegistrationData) -> Option<DeviceKeys> {
    let bytes32 = |bytes: &Option<Vec<u8>>| bytes.as_deref()?.try_into().ok();
    Some(DeviceKeys {
        registration_id: number(data.e_regid.as_deref()?)?,
        identity: bytes32(&data.e_ident)?,
        signed: SignedKey {
            id: number(data.e_skey_id.as_deref()?)?,
            public: bytes32(&data.e_skey_val)?,
            signature: data.e_skey_sig.clone()?,
        },
    })
}

/// What the client calls itself.
fn platform_name(data: &DevicePairingRegistrationData) -> Option<String> {
    let props = DeviceProps::decode_from_slice(data.device_props.as_deref()?).ok()?;
    props.os.filter(|os| !os.is_empty())
}
