//! A message as WhatsApp's protocol has it, in the shapes of its own clients.

mod context;
mod media;
mod reaction;
mod upload;

pub use upload::{UploadTurns, Uploads, media_type};

use super::store::SessionStore;
use crate::port::{Card, Kind, LinkError, MessageKey, Outgoing, Preview};
use whatsapp_rust::{
    Client, Jid,
    prelude::MessageField,
    wacore::{proto_helpers::MessageExt, time::now_millis, types::message::AddressingMode},
    wacore_binary::JidExt,
    waproto::whatsapp::{
        self as wa,
        message::{
            ContactMessage, ContactsArrayMessage, ExtendedTextMessage, FutureProofMessage,
            LocationMessage, PollContentType, PollCreationMessage, ProtocolMessage,
            extended_text_message::PreviewType, poll_creation_message, protocol_message,
        },
    },
};

/// What turns a message for a chat into WhatsApp's form.
pub struct Encoder<'a> {
    pub client: &'a Client,
    pub store: &'a SessionStore,
    pub uploads: &'a Uploads,
    pub turns: &'a UploadTurns,
    pub chat: &'a Jid,
}

impl Encoder<'_> {
    /// # Errors
    /// The message cannot be sent as it is, or not now.
    pub async fn encode(&self, message: Outgoing) -> Result<wa::Message, LinkError> {
        let context = self.context(&message).await?;
        match message.kind {
            Kind::Text {
                text,
                preview: None,
            } if context.is_none() => Ok(wa::Message {
                conversation: Some(text),
                ..wa::Message::default()
            }),
            Kind::Reaction { to, emoji } => self.reaction(to, emoji).await,
            Kind::Edit { of, becomes } => {
                let key = self.own_key(of).await?;
                // Mentions are of the new words.
                let becomes = Box::pin(self.content(*becomes)).await?;
                Ok(protocol_message(ProtocolMessage {
                    key: MessageField::some(key),
                    r#type: Some(protocol_message::Type::MessageEdit),
                    edited_message: MessageField::some(with(becomes, context)),
                    timestamp_ms: Some(now_millis()),
                    ..ProtocolMessage::default()
                }))
            }
            Kind::Delete { of } => Ok(protocol_message(ProtocolMessage {
                key: MessageField::some(self.key(of).await),
                r#type: Some(protocol_message::Type::Revoke),
                ..ProtocolMessage::default()
            })),
            content => {
                let content = Box::pin(self.content(content)).await?;
                Ok(with(content, context))
            }
        }
    }

    /// What people see in the chat, without what it answers and whom it names.
    async fn content(&self, kind: Kind) -> Result<wa::Message, LinkError> {
        Ok(match kind {
            Kind::Text { text, preview } => text_message(text, preview),
            Kind::Media(file) => {
                let kind = file.kind;
                let uploaded =
                    self.uploads
                        .upload(self.client, self.store.folder(), self.turns, &file);
                media::message(kind, uploaded.await?, *file)
            }
            Kind::Location {
                latitude,
                longitude,
                name,
                address,
            } => wa::Message {
                location_message: MessageField::some(LocationMessage {
                    degrees_latitude: Some(latitude),
                    degrees_longitude: Some(longitude),
                    name,
                    address,
                    ..LocationMessage::default()
                }),
                ..wa::Message::default()
            },
            Kind::Contacts(cards) => contacts(cards),
            Kind::Poll {
                question,
                options,
                multiple,
                secret,
            } => poll(question, options, multiple, secret),
            Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. } => {
                return Err(LinkError::Invalid(
                    "this is no content of its own".to_owned(),
                ));
            }
        })
    }

    /// A message of this chat, as the protocol refers to it.
    async fn key(&self, key: MessageKey) -> wa::MessageKey {
        // Who wrote it is said only in groups, and only of others.
        let said = self.chat.is_group() && !key.from_me;
        let participant = match key.author.filter(|_| said) {
            Some(author) => Some(self.member(author).await),
            None => None,
        };
        wa::MessageKey {
            remote_jid: Some(self.chat.to_string()),
            from_me: Some(key.from_me),
            id: Some(key.id),
            participant,
        }
    }

    /// The same, where a group also wants to know that we wrote it.
    async fn own_key(&self, key: MessageKey) -> Result<wa::MessageKey, LinkError> {
        let ours = key.from_me && self.chat.is_group();
        let mut key = self.key(key).await;
        if ours {
            key.participant = Some(self.own_jid().await?);
        }
        Ok(key)
    }

    /// Whether this chat knows people by their LIDs.
    async fn is_by_lid(&self) -> bool {
        if !self.chat.is_group() {
            return self.chat.is_lid();
        }
        let group = self.client.groups().query_info(self.chat).await;
        // A group that cannot be asked about cannot be written to either;
        // sending tells why.
        group.is_ok_and(|group| group.addressing_mode == AddressingMode::Lid)
    }

    /// A person as this group knows them: a message's author must be named as
    /// the message named them.
    async fn member(&self, person: String) -> String {
        let Ok(jid) = person.parse::<Jid>() else {
            return person;
        };
        let by_lid = self.is_by_lid().await;
        if jid.is_lid() == by_lid {
            return person;
        }
        match self.client.get_lid_pn_entry(&jid).await {
            Ok(Some(known)) if by_lid => format!("{}@lid", known.lid),
            Ok(Some(known)) => format!("{}@s.whatsapp.net", known.phone_number),
            _ => person,
        }
    }

    /// Who we are in this chat: our number or our LID.
    async fn own_jid(&self) -> Result<String, LinkError> {
        let by_lid = self.is_by_lid().await;
        let lid = self.client.lid().filter(|_| by_lid);
        let own = lid.or_else(|| self.client.pn());
        let own = own.ok_or(LinkError::NotConnected)?;
        Ok(own.to_non_ad().to_string())
    }
}

fn protocol_message(message: ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(message),
        ..wa::Message::default()
    }
}

/// With what it answers and whom it names, and a document in the wrapping that
/// lets it have a caption.
fn with(mut message: wa::Message, context: Option<wa::ContextInfo>) -> wa::Message {
    if let Some(context) = context {
        message.set_context_info(context);
    }
    let document = message.document_message.as_option();
    if document.is_some_and(|document| document.caption.is_some()) {
        message = wa::Message {
            document_with_caption_message: MessageField::some(FutureProofMessage {
                message: MessageField::some(message),
            }),
            ..wa::Message::default()
        };
    }
    message
}

fn text_message(text: String, preview: Option<Preview>) -> wa::Message {
    let mut extended = ExtendedTextMessage {
        text: Some(text),
        ..ExtendedTextMessage::default()
    };
    if let Some(preview) = preview {
        extended.matched_text = Some(preview.url);
        extended.title = preview.title;
        extended.description = preview.description;
        extended.jpeg_thumbnail = preview.thumbnail;
        extended.preview_type = Some(PreviewType::None);
    }
    wa::Message {
        extended_text_message: MessageField::some(extended),
        ..wa::Message::default()
    }
}

fn contacts(mut cards: Vec<Card>) -> wa::Message {
    let message = |card: Card| ContactMessage {
        display_name: Some(card.name),
        vcard: Some(card.vcard),
        ..ContactMessage::default()
    };
    if cards.len() == 1
        && let Some(card) = cards.pop()
    {
        return wa::Message {
            contact_message: MessageField::some(message(card)),
            ..wa::Message::default()
        };
    }
    wa::Message {
        contacts_array_message: MessageField::some(ContactsArrayMessage {
            display_name: Some(format!("{} contacts", cards.len())),
            contacts: cards.into_iter().map(message).collect(),
            ..ContactsArrayMessage::default()
        }),
        ..wa::Message::default()
    }
}

/// As WhatsApp's clients choose: the third version for one answer, the first
/// for several.
fn poll(question: String, options: Vec<String>, multiple: bool, secret: [u8; 32]) -> wa::Message {
    let option = |name: String| poll_creation_message::Option {
        option_name: Some(name),
        option_hash: None,
    };
    let poll = MessageField::some(PollCreationMessage {
        name: Some(question),
        options: options.into_iter().map(option).collect(),
        // None: as many as one likes.
        selectable_options_count: Some(u32::from(!multiple)),
        poll_content_type: Some(PollContentType::TEXT),
        ..PollCreationMessage::default()
    });
    let mut message = wa::Message {
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(secret.to_vec()),
            ..wa::MessageContextInfo::default()
        }),
        ..wa::Message::default()
    };
    if multiple {
        message.poll_creation_message = poll;
    } else {
        message.poll_creation_message_v3 = poll;
    }
    message
}
