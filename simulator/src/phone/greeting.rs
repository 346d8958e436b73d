//! What a phone sends a newly linked companion: app state keys, then history.

use wacore_binary::Node;
use waproto::buffa::MessageField;
use waproto::whatsapp::Message;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{
    AppStateSyncKey, AppStateSyncKeyData, AppStateSyncKeyFingerprint, AppStateSyncKeyId,
    AppStateSyncKeyShare, ProtocolMessage,
};

use super::history::history;
use super::outbox::message_stanza;
use super::{Envelope, Phone, Sent};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;

impl Phone {
    /// Everything a new companion waits for, in the order it expects.
    pub fn greet(&mut self, network: &Network, account: &Account, device: u16) -> Vec<Envelope> {
        let mut envelopes = self.share_keys(network, account, device);
        for chunk in history(self, network, account) {
            envelopes.extend(self.peer_message(network, account, device, chunk));
        }
        envelopes
    }

    pub(super) fn share_keys(
        &mut self,
        network: &Network,
        account: &Account,
        device: u16,
    ) -> Vec<Envelope> {
        let key = AppStateSyncKey {
            key_id: MessageField::some(AppStateSyncKeyId {
                key_id: Some(self.keys.app_state_key_id.clone()),
            }),
            key_data: MessageField::some(AppStateSyncKeyData {
                key_data: Some(self.keys.app_state_key.clone()),
                fingerprint: MessageField::some(AppStateSyncKeyFingerprint {
                    raw_id: Some(self.keys.adv_raw_id),
                    current_index: Some(0),
                    device_indexes: vec![0],
                }),
                timestamp: Some(platform::now_millis()),
            }),
        };
        let share = ProtocolMessage {
            r#type: Some(Type::AppStateSyncKeyShare),
            app_state_sync_key_share: MessageField::some(AppStateSyncKeyShare { keys: vec![key] }),
            ..Default::default()
        };
        self.peer_message(network, account, device, share)
            .into_iter()
            .collect()
    }

    /// A message from the phone's app to the companion's, which no chat shows.
    fn peer_message(
        &mut self,
        network: &Network,
        account: &Account,
        device: u16,
        content: ProtocolMessage,
    ) -> Option<Envelope> {
        let device = account.device(device)?;
        let id = platform::message_id();
        let message = Message {
            protocol_message: MessageField::some(content),
            ..Default::default()
        };
        let stanza: Node = message_stanza(account, &id, &message)
            .attr("category", "peer")
            .build();
        let envelope = self.envelope(network, account, &device, &message, &stanza);
        self.remember_sent(Sent {
            id,
            message,
            stanza,
        });
        envelope
    }
}
