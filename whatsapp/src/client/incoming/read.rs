//! What a decrypted message says.

use crate::port::{Attachment, Body, Card, MediaKind, Quoted, RemoteFile};
use whatsapp_rust::{
    download::Downloadable,
    wacore::proto_helpers::MessageExt as _,
    waproto::whatsapp::{
        ContextInfo, Message,
        message::{
            ContactMessage, PollCreationMessage, PollUpdateMessage, VideoMessage,
            protocol_message::Type,
        },
    },
};

pub struct SaidNow {
    pub what: What,
    pub quote: Option<Quoted>,
    pub mentions: Vec<String>,
}

pub enum What {
    Body(Body),
    Vote(SealedVote),
}

pub struct SealedVote {
    pub poll: String,
    /// Whether the voter made the poll.
    pub from_voter: bool,
    /// JID of who made it, in a group.
    pub creator: Option<String>,
    pub payload: Vec<u8>,
    pub iv: Vec<u8>,
}

/// `None`: only apps exchange it.
pub fn said(message: &Message) -> Option<SaidNow> {
    let once = message.is_view_once();
    let message = message.get_base_message();
    let mut body = what(message)?;
    if let What::Body(Body::Media(media)) = &mut body {
        media.view_once |= once;
    }
    let context = context(message);
    Some(SaidNow {
        what: body,
        quote: context.and_then(quoted),
        mentions: context.map_or_else(Vec::new, mentioned),
    })
}

fn what(message: &Message) -> Option<What> {
    if let Some(protocol) = message.protocol_message.as_option() {
        let of = id(&protocol.key.as_option()?.id)?;
        return match protocol.r#type {
            Some(Type::MessageEdit) => {
                let edited = protocol.edited_message.as_option()?;
                let text = words(edited.get_base_message())?;
                Some(What::Body(Body::Edit { of, text }))
            }
            Some(Type::Revoke) => Some(What::Body(Body::Delete {
                of,
                as_admin: false,
            })),
            _ => None,
        };
    }
    if let Some(update) = message.poll_update_message.as_option() {
        return vote(update).map(What::Vote);
    }
    if let Some(body) = body(message) {
        return Some(What::Body(body));
    }
    (!is_for_apps(message)).then_some(What::Body(Body::Unsupported))
}

fn vote(update: &PollUpdateMessage) -> Option<SealedVote> {
    let key = update.poll_creation_message_key.as_option()?;
    let vote = update.vote.as_option()?;
    Some(SealedVote {
        poll: id(&key.id)?,
        from_voter: key.from_me.unwrap_or_default(),
        creator: key.participant.clone(),
        payload: vote.enc_payload.clone()?,
        iv: vote.enc_iv.clone()?,
    })
}

fn body(message: &Message) -> Option<Body> {
    if let Some(text) = message.text_content() {
        return Some(Body::Text(text.to_owned()));
    }
    if let Some(media) = attachment(message) {
        return Some(Body::Media(Box::new(media)));
    }
    if let Some(reaction) = message.reaction_message.as_option() {
        return Some(Body::Reaction {
            to: id(&reaction.key.as_option()?.id)?,
            emoji: reaction.text.clone().unwrap_or_default(),
        });
    }
    if let Some(poll) = poll(message) {
        return Some(poll);
    }
    contacts(message)
        .or_else(|| place(message))
        .or_else(|| pressed(message).map(Body::Text))
}

/// What a person chose of what a business offered.
fn pressed(message: &Message) -> Option<String> {
    if let Some(pressed) = message.template_button_reply_message.as_option() {
        return pressed.selected_display_text.clone();
    }
    let chosen = message.list_response_message.as_option()?;
    chosen.title.clone()
}

fn words(message: &Message) -> Option<String> {
    let text = message.text_content().or_else(|| message.get_caption());
    text.map(ToOwned::to_owned)
}

fn attachment(message: &Message) -> Option<Attachment> {
    if let Some(image) = message.image_message.as_option() {
        return Some(Attachment {
            caption: image.caption.clone(),
            width: image.width,
            height: image.height,
            view_once: image.view_once.unwrap_or_default(),
            ..attached(MediaKind::Image, image, image.mimetype.as_ref())
        });
    }
    if let Some(video) = message.video_message.as_option() {
        let kind = match video.gif_playback {
            Some(true) => MediaKind::Gif,
            _ => MediaKind::Video,
        };
        return Some(film(kind, video));
    }
    if let Some(round) = message.ptv_message.as_option() {
        return Some(film(MediaKind::Video, round));
    }
    if let Some(audio) = message.audio_message.as_option() {
        let kind = match audio.ptt {
            Some(true) => MediaKind::Voice,
            _ => MediaKind::Audio,
        };
        return Some(Attachment {
            seconds: audio.seconds,
            view_once: audio.view_once.unwrap_or_default(),
            ..attached(kind, audio, audio.mimetype.as_ref())
        });
    }
    if let Some(sticker) = message.sticker_message.as_option() {
        return Some(Attachment {
            width: sticker.width,
            height: sticker.height,
            ..attached(MediaKind::Sticker, sticker, sticker.mimetype.as_ref())
        });
    }
    let document = message.document_message.as_option()?;
    Some(Attachment {
        caption: document.caption.clone(),
        file_name: document
            .file_name
            .clone()
            .or_else(|| document.title.clone()),
        ..attached(MediaKind::Document, document, document.mimetype.as_ref())
    })
}

fn film(kind: MediaKind, video: &VideoMessage) -> Attachment {
    Attachment {
        caption: video.caption.clone(),
        width: video.width,
        height: video.height,
        seconds: video.seconds,
        view_once: video.view_once.unwrap_or_default(),
        ..attached(kind, video, video.mimetype.as_ref())
    }
}

fn attached(kind: MediaKind, file: &dyn Downloadable, mime_type: Option<&String>) -> Attachment {
    let in_hex = |bytes: Option<&[u8]>| bytes.map(hex::encode).unwrap_or_default();
    Attachment {
        kind,
        file: RemoteFile {
            direct_path: file.direct_path().unwrap_or_default().to_owned(),
            key: in_hex(file.media_key()),
            sha256: in_hex(file.file_sha256()),
            encrypted_sha256: in_hex(file.file_enc_sha256()),
            size: file.file_length().unwrap_or_default(),
        },
        mime_type: mime_type.cloned(),
        file_name: None,
        caption: None,
        width: None,
        height: None,
        seconds: None,
        view_once: false,
    }
}

fn poll(message: &Message) -> Option<Body> {
    let versions = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
    ];
    let poll: &PollCreationMessage = versions.into_iter().find_map(|poll| poll.as_option())?;
    Some(Body::Poll {
        question: poll.name.clone().unwrap_or_default(),
        options: poll
            .options
            .iter()
            .filter_map(|option| option.option_name.clone())
            .collect(),
        multiple: poll.selectable_options_count != Some(1),
    })
}

fn contacts(message: &Message) -> Option<Body> {
    let card = |contact: &ContactMessage| Card {
        name: contact.display_name.clone().unwrap_or_default(),
        vcard: contact.vcard.clone().unwrap_or_default(),
    };
    if let Some(contact) = message.contact_message.as_option() {
        return Some(Body::Contacts(vec![card(contact)]));
    }
    let several = message.contacts_array_message.as_option()?;
    Some(Body::Contacts(several.contacts.iter().map(card).collect()))
}

fn place(message: &Message) -> Option<Body> {
    if let Some(place) = message.location_message.as_option() {
        return Some(Body::Location {
            latitude: degrees(place.degrees_latitude, 90.0)?,
            longitude: degrees(place.degrees_longitude, 180.0)?,
            name: place.name.clone(),
            address: place.address.clone(),
        });
    }
    let live = message.live_location_message.as_option()?;
    Some(Body::Location {
        latitude: degrees(live.degrees_latitude, 90.0)?,
        longitude: degrees(live.degrees_longitude, 180.0)?,
        name: live.caption.clone(),
        address: None,
    })
}

/// Others are nowhere, or no number at all, which JSON cannot tell.
fn degrees(told: Option<f64>, most: f64) -> Option<f64> {
    told.filter(|degrees| degrees.abs() <= most)
}

/// What no message can have for an id, no database is asked for.
fn id(told: &Option<String>) -> Option<String> {
    told.clone().filter(|id| !id.contains('\0'))
}

/// Whether there is nothing in it for people.
fn is_for_apps(message: &Message) -> bool {
    let rest = Message {
        message_context_info: Default::default(),
        sender_key_distribution_message: Default::default(),
        fast_ratchet_key_sender_key_distribution_message: Default::default(),
        keep_in_chat_message: Default::default(),
        pin_in_chat_message: Default::default(),
        placeholder_message: Default::default(),
        album_message: Default::default(),
        secret_encrypted_message: Default::default(),
        message_history_bundle: Default::default(),
        message_history_notice: Default::default(),
        ..message.clone()
    };
    rest == Message::default()
}

fn context(message: &Message) -> Option<&ContextInfo> {
    macro_rules! first {
        ($($field:ident),*) => {
            $(if let Some(content) = message.$field.as_option() {
                return content.context_info.as_option();
            })*
        };
    }
    first!(
        extended_text_message,
        image_message,
        video_message,
        ptv_message,
        audio_message,
        document_message,
        sticker_message,
        location_message,
        live_location_message,
        contact_message,
        contacts_array_message,
        poll_creation_message,
        poll_creation_message_v2,
        poll_creation_message_v3
    );
    None
}

fn mentioned(context: &ContextInfo) -> Vec<String> {
    let mut jids = context.mentioned_jid.clone();
    jids.retain(|jid| !jid.contains('\0'));
    jids
}

fn quoted(context: &ContextInfo) -> Option<Quoted> {
    let original = context.quoted_message.as_option();
    Some(Quoted {
        id: id(&context.stanza_id)?,
        author: id(&context.participant),
        text: original.and_then(|message| words(message.get_base_message())),
    })
}
