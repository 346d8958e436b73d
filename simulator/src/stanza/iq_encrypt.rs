//! `encrypt`: devices upload their public keys and fetch those of others.

use sha2::Digest as _;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{Session, child_bytes, error, jid, notification, result};
use crate::state::device::Device;
use crate::state::keys::{Bundle, DeviceKeys, OneTimeKey, SignedKey};

pub fn handle(session: &mut Session<'_>, iq: &Node) -> Option<Node> {
    if iq.get_optional_child("count").is_some() {
        let count = session.device.one_time_keys().len();
        let count = NodeBuilder::new("count").attr("value", count).build();
        return Some(result(iq, [count]));
    }
    if iq.get_optional_child("digest").is_some() {
        return Some(digest(session.device, iq));
    }
    if let Some(wanted) = iq.get_optional_child("key") {
        return Some(fetch(session, iq, wanted));
    }
    if let Some(rotate) = iq.get_optional_child("rotate") {
        let signed = signed_key(rotate)?;
        session.device.update(&session.network.store, |record| {
            if let Some(keys) = &mut record.keys {
                keys.signed = signed;
            }
        });
        return Some(result(iq, []));
    }
    Some(match upload(session, iq) {
        Some(()) => result(iq, []),
        None => error(iq, 400, "bad-request"),
    })
}

fn upload(session: &mut Session<'_>, iq: &Node) -> Option<()> {
    let store = &session.network.store;
    let keys = DeviceKeys {
        registration_id: number(&child_bytes(iq, "registration")?)?,
        identity: child_bytes(iq, "identity")?.try_into().ok()?,
        signed: signed_key(iq)?,
    };
    let one_time = iq
        .get_optional_child("list")?
        .get_children_by_tag("key")
        .map(one_time_key)
        .collect::<Option<Vec<_>>>()?;
    let mut first = false;
    session.device.update(store, |record| {
        record.keys = Some(keys);
        first = !std::mem::replace(&mut record.greeted, true);
    });
    session.device.add_one_time_keys(store, one_time);
    if first {
        let mut phone = session.account.phone.lock();
        let device = session.device.address.device;
        let greeting = phone.greet(session.network, session.account, device);
        phone.save(store);
        drop(phone);
        session.network.dispatch(greeting);
    }
    Some(())
}

fn fetch(session: &Session<'_>, iq: &Node, wanted: &Node) -> Node {
    let users = wanted.get_children_by_tag("user").filter_map(|user| {
        let asked = jid(user, "jid")?;
        let entry = NodeBuilder::new("user").attr("jid", asked.clone());
        let owner = session.network.resolve(&asked);
        let device = owner.and_then(|owner| owner.device(asked.device));
        let bundle = device
            .as_ref()
            .and_then(|device| device.take_bundle(&session.network.store));
        Some(match bundle {
            Some(bundle) => {
                if let Some(device) = device.filter(|d| d.stock_just_ran_low()) {
                    notification::keys_run_low(session.network, &device);
                }
                entry
                    .attr("t", crate::platform::now_secs())
                    .children(bundle_nodes(bundle))
                    .build()
            }
            None => entry
                .children([NodeBuilder::new("error")
                    .attr("code", 406)
                    .attr("text", "not-acceptable")
                    .build()])
                .build(),
        })
    });
    let users: Vec<_> = users.collect();
    result(iq, [NodeBuilder::new("list").children(users).build()])
}

fn bundle_nodes(bundle: Bundle) -> Vec<Node> {
    let mut nodes = vec![
        registration(&bundle.keys),
        NodeBuilder::new("type").bytes(vec![5]).build(),
        NodeBuilder::new("identity")
            .bytes(bundle.keys.identity.to_vec())
            .build(),
        skey(&bundle.keys.signed),
    ];
    if let Some(key) = bundle.one_time {
        nodes.push(
            NodeBuilder::new("key")
                .children([
                    key_id(key.id),
                    NodeBuilder::new("value").bytes(key.public.to_vec()).build(),
                ])
                .build(),
        );
    }
    if let Some(identity) = bundle.device_identity {
        nodes.push(NodeBuilder::new("device-identity").bytes(identity).build());
    }
    nodes
}

/// The stored keys with their hash, for the device to compare with its own.
fn digest(device: &Device, iq: &Node) -> Node {
    let Some(keys) = device.record().keys else {
        return error(iq, 404, "item-not-found");
    };
    let one_time = device.one_time_keys();
    let mut hash = sha1::Sha1::new();
    hash.update(keys.identity);
    hash.update(keys.signed.public);
    hash.update(&keys.signed.signature);
    for key in &one_time {
        hash.update(key.public);
    }
    let list = one_time.iter().map(|key| key_id(key.id));
    let digest = NodeBuilder::new("digest")
        .children([
            registration(&keys),
            NodeBuilder::new("type").bytes(vec![5]).build(),
            NodeBuilder::new("identity")
                .bytes(keys.identity.to_vec())
                .build(),
            skey(&keys.signed),
            NodeBuilder::new("list").children(list).build(),
            NodeBuilder::new("hash")
                .bytes(hash.finalize().to_vec())
                .build(),
        ])
        .build();
    result(iq, [digest])
}

fn registration(keys: &DeviceKeys) -> Node {
    NodeBuilder::new("registration")
        .bytes(keys.registration_id.to_be_bytes().to_vec())
        .build()
}

fn skey(key: &SignedKey) -> Node {
    NodeBuilder::new("skey")
        .children([
            key_id(key.id),
            NodeBuilder::new("value").bytes(key.public.to_vec()).build(),
            NodeBuilder::new("signature")
                .bytes(key.signature.clone())
                .build(),
        ])
        .build()
}

/// Key ids travel as three bytes.
fn key_id(id: u32) -> Node {
    NodeBuilder::new("id")
        .bytes(id.to_be_bytes()[1..].to_vec())
        .build()
}

fn signed_key(parent: &Node) -> Option<SignedKey> {
    let skey = parent.get_optional_child("skey")?;
    Some(SignedKey {
        id: number(&child_bytes(skey, "id")?)?,
        public: child_bytes(skey, "value")?.try_into().ok()?,
        signature: child_bytes(skey, "signature")?,
    })
}

fn one_time_key(key: &Node) -> Option<OneTimeKey> {
    Some(OneTimeKey {
        id: number(&child_bytes(key, "id")?)?,
        public: child_bytes(key, "value")?.try_into().ok()?,
    })
}

/// Up to four big-endian bytes.
pub fn number(bytes: &[u8]) -> Option<u32> {
    (bytes.len() <= 4).then(|| bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
}
