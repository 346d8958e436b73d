//! Reactions. The announcements of a community take encrypted ones only, which
//! the library encrypts under ids of its own choice; ours is chosen before.

use super::{super::link::send_error, Encoder};
use crate::port::{LinkError, MessageKey};
use whatsapp_rust::{
    Jid, SendError,
    prelude::MessageField,
    wacore::{
        proto_helpers::build_reaction_message, reaction::encrypt_reaction_with_secret,
        store::traits::MsgSecretStore, time::now_millis,
    },
    wacore_binary::JidExt,
    waproto::whatsapp::{self as wa, message::EncReactionMessage},
};

impl Encoder<'_> {
    pub(super) async fn reaction(
        &self,
        to: MessageKey,
        emoji: String,
    ) -> Result<wa::Message, LinkError> {
        let mut key = self.own_key(to).await?;
        if !self.is_for_announcements().await? {
            return Ok(build_reaction_message(key, emoji, now_millis()));
        }
        let invalid = |why: &str| LinkError::Invalid(why.to_owned());
        let id = key.id.clone().unwrap_or_default();
        let author = key.participant.clone();
        let author = author.ok_or_else(|| invalid("a reaction in a group needs the author"))?;
        let secret = self.secret_of(&author, &id).await?;
        let secret = secret.ok_or_else(|| {
            invalid(
                "this community's message has not been received here, so it cannot be reacted to",
            )
        })?;
        let own = self.client.lid().or_else(|| self.client.pn());
        let own = own.ok_or(LinkError::NotConnected)?.to_non_ad().to_string();
        let (payload, iv) =
            encrypt_reaction_with_secret(&emoji, now_millis(), &secret, &id, &author, &own)
                .map_err(|error| LinkError::Failed(error.to_string()))?;
        key.participant = Some(author);
        Ok(wa::Message {
            enc_reaction_message: MessageField::some(EncReactionMessage {
                target_message_key: MessageField::some(key),
                enc_payload: Some(payload),
                enc_iv: Some(iv.to_vec()),
            }),
            ..wa::Message::default()
        })
    }

    /// Whether the chat is where a community announces.
    async fn is_for_announcements(&self) -> Result<bool, LinkError> {
        if !self.chat.is_group() {
            return Ok(false);
        }
        let failed = |error| send_error(&SendError::from(error));
        let groups = self.client.groups();
        let group = groups.query_info(self.chat).await.map_err(failed)?;
        if let Some(answer) = group.is_community_announce {
            return Ok(answer);
        }
        let group = groups.get_metadata(self.chat).await.map_err(failed)?;
        Ok(group.is_default_sub_group)
    }

    /// The secret of a message of this chat, kept under its author's number or
    /// LID.
    async fn secret_of(&self, author: &str, id: &str) -> Result<Option<Vec<u8>>, LinkError> {
        let chat = self.chat.to_string();
        let mut names = vec![author.to_owned()];
        if let Ok(jid) = author.parse::<Jid>()
            && let Ok(Some(person)) = self.client.get_lid_pn_entry(&jid).await
        {
            names.push(format!("{}@lid", person.lid));
            names.push(format!("{}@s.whatsapp.net", person.phone_number));
        }
        for name in names {
            let found = self.store.get_msg_secret(&chat, &name, id).await;
            if let Some(secret) = found.map_err(|error| LinkError::Failed(error.to_string()))? {
                return Ok(Some(secret));
            }
        }
        Ok(None)
    }
}
