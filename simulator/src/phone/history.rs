//! What stood in a phone's chats before a companion was linked: told to it in
//! chunks, newest first.

use std::collections::HashMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use wacore::download::MediaType;
use wacore::upload::encrypt_media;
use wacore_binary::Server;
use waproto::buffa::MessageField;
use waproto::codec;
use waproto::whatsapp::history_sync::HistorySyncType as SyncType;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{HistorySyncNotification, HistorySyncType, ProtocolMessage};
use waproto::whatsapp::{
    Conversation, HistorySync, HistorySyncMsg, MessageKey, PhoneNumberToLIDMapping, Pushname,
    WebMessageInfo,
};

use super::Phone;
use super::chat::{ChatMessage, Status};
use super::original::whole;
use crate::recipient::Recipient;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::media::{direct_path, token_of};

/// As many messages are told of at most, the newest.
const MESSAGES: usize = 2_000;
/// As many in a chunk.
const CHUNK: usize = 200;

/// The notifications that tell a companion where its history is, in order.
pub fn history(phone: &Phone, network: &Network, account: &Account) -> Vec<ProtocolMessage> {
    let told: Vec<&ChatMessage> = phone
        .chat()
        .iter()
        .rev()
        .filter(|m| !m.deleted && m.kind != "reaction" && m.kind != "call" && !is_status(m))
        .take(MESSAGES)
        .collect();
    let chunks: Vec<_> = told.chunks(CHUNK).collect();
    let parts = chunks.len() + 1;
    let progress = |n: usize| u32::try_from(n * 100 / parts).unwrap_or(100);
    let mut notifications = vec![inline(&bootstrap(
        phone,
        network,
        account,
        &told,
        progress(1),
    ))];
    for (n, chunk) in chunks.into_iter().enumerate() {
        let history = HistorySync {
            sync_type: SyncType::RECENT,
            chunk_order: u32::try_from(n + 2).ok(),
            progress: Some(progress(n + 2)),
            conversations: conversations(phone, network, account, chunk),
            ..Default::default()
        };
        match uploaded(network, &history) {
            Ok(notification) => notifications.push(notification),
            Err(error) => tracing::error!(%error, "a phone cannot tell its history"),
        }
    }
    notifications
}

fn is_status(message: &ChatMessage) -> bool {
    message
        .to
        .group()
        .is_some_and(crate::recipient::GroupId::is_status)
}

/// Who is who, and of each chat the newest message.
fn bootstrap(
    phone: &Phone,
    network: &Network,
    account: &Account,
    told: &[&ChatMessage],
    progress: u32,
) -> HistorySync {
    let others = network.accounts();
    let others = others.iter().filter(|other| other.number != account.number);
    let (mut pushnames, mut mappings) = (Vec::new(), Vec::new());
    for other in others {
        pushnames.push(Pushname {
            id: Some(other.number.jid().to_string()),
            pushname: Some(other.name()),
        });
        mappings.push(PhoneNumberToLIDMapping {
            pn_jid: Some(other.jid(Server::Pn, 0).to_string()),
            lid_jid: Some(other.jid(Server::Lid, 0).to_string()),
        });
    }
    let mut newest: Vec<&ChatMessage> = Vec::new();
    for message in told {
        let chat = message.chat(&phone.number);
        if !newest.iter().any(|m| m.chat(&phone.number) == chat) {
            newest.push(message);
        }
    }
    HistorySync {
        sync_type: SyncType::INITIAL_BOOTSTRAP,
        chunk_order: Some(1),
        progress: Some(progress),
        conversations: conversations(phone, network, account, &newest),
        pushnames,
        phone_number_to_lid_mappings: mappings,
        ..Default::default()
    }
}

/// The chats of these messages, each with its own.
fn conversations(
    phone: &Phone,
    network: &Network,
    account: &Account,
    messages: &[&ChatMessage],
) -> Vec<Conversation> {
    let mut order = Vec::new();
    let mut by_chat: HashMap<Recipient, Vec<HistorySyncMsg>> = HashMap::new();
    for message in messages {
        let chat = message.chat(&phone.number);
        let of_chat = by_chat.entry(chat.clone()).or_insert_with(|| {
            order.push(chat);
            Vec::new()
        });
        of_chat.push(HistorySyncMsg {
            message: MessageField::some(info(network, account, message)),
            ..Default::default()
        });
    }
    let of = |chat: Recipient| {
        let messages = by_chat.remove(&chat).unwrap_or_default();
        let unread = phone
            .chat()
            .iter()
            .filter(|m| m.status == Status::Unread && m.is_in(&chat, &phone.number));
        let (name, lid) = match &chat {
            Recipient::Person(number) => {
                let person = network.account(number);
                let lid = person.as_ref().map(|p| p.jid(Server::Lid, 0).to_string());
                (person.map(|p| p.name()), lid)
            }
            Recipient::Group(id) => (network.group(id).map(|g| g.record().subject), None),
        };
        Conversation {
            id: chat.jid().to_string(),
            name,
            lid_jid: lid,
            unread_count: u32::try_from(unread.count()).ok(),
            conversation_timestamp: messages
                .first()
                .and_then(|m| m.message.as_option()?.message_timestamp),
            messages,
            ..Default::default()
        }
    };
    order.into_iter().map(of).collect()
}

fn info(network: &Network, account: &Account, message: &ChatMessage) -> WebMessageInfo {
    let from_me = message.from == account.number;
    let chat = message.chat(&account.number);
    let group = chat.group().and_then(|id| network.group(id));
    let author = network.account(&message.from);
    let participant = group.filter(|_| !from_me).and_then(|group| {
        let author = author.as_ref()?;
        Some(group.jid_of(author, 0).to_string())
    });
    let at = chrono::DateTime::parse_from_rfc3339(&message.at);
    WebMessageInfo {
        key: MessageField::some(MessageKey {
            remote_jid: Some(chat.jid().to_string()),
            from_me: Some(from_me),
            id: Some(message.id.clone()),
            participant: participant.clone(),
        }),
        message: MessageField::some(whole(message)),
        message_timestamp: at.ok().and_then(|at| u64::try_from(at.timestamp()).ok()),
        participant,
        push_name: author.filter(|_| !from_me).map(|author| author.name()),
        ..Default::default()
    }
}

/// The first chunk travels in its notification.
fn inline(history: &HistorySync) -> ProtocolMessage {
    let payload = deflated(&codec::history_sync_to_vec(history));
    notification(HistorySyncNotification {
        sync_type: Some(HistorySyncType::INITIAL_BOOTSTRAP),
        chunk_order: history.chunk_order,
        progress: history.progress,
        file_length: Some(payload.len() as u64),
        initial_hist_bootstrap_inline_payload: Some(payload),
        ..Default::default()
    })
}

/// The others lie on the media servers.
fn uploaded(network: &Network, history: &HistorySync) -> Result<ProtocolMessage, String> {
    let payload = deflated(&codec::history_sync_to_vec(history));
    let sealed = encrypt_media(&payload, MediaType::History).map_err(|error| error.to_string())?;
    let token = token_of(&sealed.data_to_upload);
    let kept = network.media.put(&token, sealed.data_to_upload.into());
    kept.map_err(|error| error.to_string())?;
    Ok(notification(HistorySyncNotification {
        sync_type: Some(HistorySyncType::RECENT),
        chunk_order: history.chunk_order,
        progress: history.progress,
        file_length: Some(payload.len() as u64),
        file_sha256: Some(sealed.file_sha256.to_vec()),
        file_enc_sha256: Some(sealed.file_enc_sha256.to_vec()),
        media_key: Some(sealed.media_key.to_vec()),
        direct_path: Some(direct_path(&token)),
        ..Default::default()
    }))
}

fn notification(content: HistorySyncNotification) -> ProtocolMessage {
    ProtocolMessage {
        r#type: Some(Type::HistorySyncNotification),
        history_sync_notification: MessageField::some(content),
        ..Default::default()
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
}
