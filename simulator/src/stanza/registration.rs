//! The server's side of a connection that wants to be linked.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc;
use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, SERVER_JID, Server};
use waproto::buffa::Message as _;
use waproto::codec;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;
use waproto::whatsapp::{ClientPayload, DeviceProps};

use super::iq_encrypt::number;
use super::notification::{self, Change};
use super::pairing::{LinkError, Offer, Waiting};
use super::pairing_code::{self, Entry};
use super::passkey::Passkey;
use super::{child_bytes, text};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::{self, Device};
use crate::state::keys::{DeviceKeys, SignedKey};
use crate::wire::connection::Command;

/// Codes a client may show one after the other.
const REFERENCES: usize = 6;

/// How far the linking has come.
pub struct Registration {
    client_static: [u8; 32],
    platform: String,
    keys: Option<DeviceKeys>,
    offer: Option<Offer>,
    entry: Option<Entry>,
    passkey: Option<Passkey>,
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
            passkey: None,
            connection,
            commands,
        }
    }

    /// Hands out fresh references for the codes to show.
    pub fn invite(&self, network: &Network) -> Node {
        let references = (0..REFERENCES).map(|_| {
            let secret = BASE64_STANDARD.encode(platform::random_bytes::<48>());
            let reference = format!("2@{secret}");
            let waiting = Waiting {
                connection: self.connection,
                client_static: self.client_static,
                commands: self.commands.clone(),
            };
            network.pairing.expect(reference.clone(), waiting);
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
                NodeBuilder::new("biz").attr("name", account.name()).build(),
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
        let kind = text(node, "type");
        if let (Some("get" | "set"), Some(passkey)) = (kind.as_deref(), &mut self.passkey)
            && let Some(answers) =
                passkey.handle(network, node, &self.client_static, &self.commands)
        {
            return (answers, false);
        }
        match kind.as_deref() {
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

    /// The account has a passkey: ask the client for it.
    pub fn ask_passkey(&mut self, network: &Network, account: &Arc<Account>) -> Node {
        // The one before, if there was one, ends first.
        self.passkey = None;
        self.passkey.insert(Passkey::of(account)).request(network)
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
