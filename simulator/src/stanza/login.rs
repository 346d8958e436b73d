//! The first word of the server to a client that has finished the handshake.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, Server};
use waproto::whatsapp::ClientPayload;

use crate::number::PhoneNumber;
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;

/// Who a client says it is.
pub enum Caller {
    /// A device without an account: it wants to be linked.
    Stranger,
    Device {
        number: PhoneNumber,
        device: u16,
    },
}

impl Caller {
    pub fn of(payload: &ClientPayload) -> Option<Self> {
        let Some(username) = payload.username else {
            return Some(Self::Stranger);
        };
        Some(Self::Device {
            number: username.to_string().parse().ok()?,
            device: u16::try_from(payload.device.unwrap_or_default()).ok()?,
        })
    }

    pub fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Stranger => None,
            Self::Device { number, .. } => Some(number),
        }
    }
}

/// Finds the device and checks that the client holds its key.
pub fn admit(
    network: &Network,
    number: &PhoneNumber,
    device: u16,
    client_static: &[u8; 32],
) -> Option<(Arc<Account>, Arc<Device>)> {
    let account = network.account(number);
    account.and_then(|account| {
        let device = account.device(device).filter(|d| d.address.device != 0)?;
        (device.record().noise_key == client_static).then_some((account, device))
    })
}

pub fn success(account: &Account, device: &Device) -> Node {
    NodeBuilder::new("success")
        .attr("t", platform::now_secs())
        .attr("lid", account.jid(Server::Lid, device.address.device))
        .attr("props", 1)
        .attr("location", "sim")
        .attr("creation", device.record().linked_at)
        .build()
}
