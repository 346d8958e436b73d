//! Phones and devices as the interface shows them.

use std::sync::Arc;

use serde::Serialize;
use wacore_binary::Server;

use crate::number::PhoneNumber;
use crate::phone::chat::{ChatMessage, Status, rfc3339};
use crate::phone::passkey::PasskeyShown;
use crate::recipient::Recipient;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::calls::Call;
use crate::state::device::Device;
use crate::state::groups::{Addressing, Group, Role};
use crate::state::presence::Doing;

#[derive(Debug, Clone, Serialize)]
pub struct DeviceView {
    pub id: u16,
    pub jid: String,
    pub lid: String,
    /// What the client calls itself.
    pub platform: String,
    pub linked_at: String,
    pub connected: bool,
    /// Stanzas that wait for the device.
    pub queued: usize,
}

impl DeviceView {
    pub fn of(account: &Account, device: &Device) -> Self {
        let id = device.address.device;
        let record = device.record();
        Self {
            id,
            jid: account.jid(Server::Pn, id).to_string(),
            lid: account.jid(Server::Lid, id).to_string(),
            platform: record.platform,
            linked_at: rfc3339(record.linked_at * 1000),
            connected: device.link().is_some(),
            queued: device.queue_len(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct PhoneView {
    pub phone_number: PhoneNumber,
    pub name: String,
    pub lid: String,
    /// Companions, the phone itself not among them.
    pub devices: Vec<DeviceView>,
    pub unread: usize,
    /// Of the profile picture, which `/phones/{number}/picture` has.
    pub picture_id: Option<String>,
    pub presence: PresenceView,
    /// A linking with the passkey that is under way.
    pub passkey: Option<PasskeyShown>,
}

impl PhoneView {
    pub fn of(account: &Arc<Account>) -> Self {
        let companions = account.companions();
        let phone = account.phone.lock();
        let unread = phone.chat().iter().filter(|m| m.status == Status::Unread);
        Self {
            phone_number: account.number.clone(),
            name: account.name(),
            lid: account.jid(Server::Lid, 0).to_string(),
            devices: companions
                .iter()
                .map(|d| DeviceView::of(account, d))
                .collect(),
            unread: unread.count(),
            picture_id: account.picture().map(|picture| picture.id),
            presence: PresenceView::of(account),
            passkey: phone.passkey.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    #[serde(flatten)]
    message: ChatMessage,
    read: bool,
}

impl From<ChatMessage> for MessageView {
    fn from(message: ChatMessage) -> Self {
        Self {
            read: message.is_read(),
            message,
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    pub phone_number: PhoneNumber,
    pub name: String,
    pub lid: String,
    pub role: Role,
}

#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    pub jid: String,
    pub subject: String,
    pub owner: PhoneNumber,
    pub addressing_mode: Addressing,
    pub created_at: String,
    pub participants: Vec<MemberView>,
    /// Of the picture, which `/groups/{jid}/picture` has.
    pub picture_id: Option<String>,
}

impl GroupView {
    pub fn of(network: &Network, group: &Group) -> Self {
        let record = group.record();
        let members = record.members.iter().filter_map(|(number, role)| {
            let account = network.account(number)?;
            Some(MemberView {
                phone_number: number.clone(),
                name: account.name(),
                lid: account.jid(Server::Lid, 0).to_string(),
                role: *role,
            })
        });
        Self {
            jid: group.id.to_string(),
            participants: members.collect(),
            subject: record.subject,
            owner: record.owner,
            addressing_mode: record.addressing,
            created_at: rfc3339(record.created_at * 1000),
            picture_id: record.picture.map(|picture| picture.id),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct ActiveView {
    pub from: PhoneNumber,
    /// The number written to, or the group.
    pub chat: Recipient,
    pub state: Doing,
    pub since: String,
}

/// What others see of the account, and what its phone sees of them.
#[derive(Debug, Clone, Serialize)]
pub struct PresenceView {
    /// Whether the phone or a linked device shows itself as online.
    pub available: bool,
    pub last_seen: Option<String>,
    /// Who types or records now.
    pub typing: Vec<ActiveView>,
}

impl PresenceView {
    pub fn of(account: &Account) -> Self {
        let active = account.presence.active().into_iter();
        Self {
            available: account.presence.is_available(),
            last_seen: account.presence.last_seen_ms().map(rfc3339),
            typing: active
                .map(|active| ActiveView {
                    from: active.from,
                    chat: active.chat,
                    state: active.doing,
                    since: rfc3339(active.since_ms),
                })
                .collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct CallView {
    pub id: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub video: bool,
}

impl CallView {
    pub fn of(call: &Call) -> Self {
        let Call {
            id,
            from,
            to,
            video,
        } = call.clone();
        Self {
            id,
            from,
            to,
            video,
        }
    }
}
