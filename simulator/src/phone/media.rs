//! Files in messages: encrypted and uploaded, downloaded and checked.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wacore::download::{DownloadUtils, Downloadable, MediaType};
use wacore::upload::encrypt_media;
use waproto::whatsapp::Message;
use waproto::whatsapp::message::{
    AudioMessage, DocumentMessage, FutureProofMessage, ImageMessage, StickerMessage, VideoMessage,
};

use crate::bytes64;
use crate::platform;
use crate::state::media::{BlobError, MediaStore, direct_path, token_of};

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("{0} is no type of media")]
    Kind(String),
    #[error("the message does not say where its file is")]
    Incomplete,
    #[error(transparent)]
    Servers(#[from] BlobError),
    #[error("the encrypted file is not the one that was sent: its hash differs")]
    EncryptedHash,
    #[error("the file cannot be decrypted: {0}")]
    Decrypt(String),
    #[error("the file is not the one that was sent: its hash differs")]
    Hash,
    #[error("the file has {found} bytes, the message says {told}")]
    Size { told: u64, found: u64 },
    #[error("the file cannot be encrypted: {0}")]
    Encrypt(String),
}

/// The file of a message as the phone knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub mime_type: String,
    pub file_name: Option<String>,
    pub size: u64,
    /// Of the decrypted bytes, hex.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Pixels, as the message tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// How loud a voice note is from stretch to stretch.
    #[serde(default, with = "bytes64", skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
    /// What is shown before the file is there: a JPEG.
    #[serde(default, with = "bytes64", skip_serializing_if = "Vec::is_empty")]
    pub thumbnail: Vec<u8>,
    /// Why the phone cannot show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where the encrypted file is, and what opens it.
    pub direct_path: String,
    #[serde(with = "bytes64")]
    pub media_key: Vec<u8>,
    #[serde(with = "bytes64")]
    pub encrypted_sha256: Vec<u8>,
    /// The keys are derived for one of WhatsApp's kinds of files.
    pub keys: Keys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

impl Keys {
    fn media_type(self) -> MediaType {
        match self {
            Self::Image => MediaType::Image,
            Self::Video => MediaType::Video,
            Self::Audio => MediaType::Audio,
            Self::Document => MediaType::Document,
            Self::Sticker => MediaType::Sticker,
        }
    }
}

/// The file that a message names, not looked at yet.
pub fn attached(message: &Message) -> Option<Media> {
    if let Some(image) = message.image_message.as_option() {
        return Some(Media {
            caption: image.caption.clone(),
            width: image.width,
            height: image.height,
            thumbnail: image.jpeg_thumbnail.clone().unwrap_or_default(),
            ..named(image, Keys::Image, image.mimetype.as_ref())
        });
    }
    if let Some(video) = message.video_message.as_option() {
        return Some(Media {
            caption: video.caption.clone(),
            width: video.width,
            height: video.height,
            seconds: video.seconds,
            thumbnail: video.jpeg_thumbnail.clone().unwrap_or_default(),
            ..named(video, Keys::Video, video.mimetype.as_ref())
        });
    }
    if let Some(audio) = message.audio_message.as_option() {
        return Some(Media {
            seconds: audio.seconds,
            waveform: audio.waveform.clone().unwrap_or_default(),
            ..named(audio, Keys::Audio, audio.mimetype.as_ref())
        });
    }
    if let Some(sticker) = message.sticker_message.as_option() {
        return Some(Media {
            width: sticker.width,
            height: sticker.height,
            ..named(sticker, Keys::Sticker, sticker.mimetype.as_ref())
        });
    }
    if let Some(document) = message.document_message.as_option() {
        return Some(Media {
            file_name: document.file_name.clone(),
            caption: document.caption.clone(),
            thumbnail: document.jpeg_thumbnail.clone().unwrap_or_default(),
            ..named(document, Keys::Document, document.mimetype.as_ref())
        });
    }
    let wrapped = message.document_with_caption_message.as_option()?;
    attached(wrapped.message.as_option()?)
}

fn named(file: &dyn Downloadable, keys: Keys, mime_type: Option<&String>) -> Media {
    Media {
        mime_type: mime_type.cloned().unwrap_or_default(),
        file_name: None,
        size: file.file_length().unwrap_or_default(),
        sha256: hex::encode(file.file_sha256().unwrap_or_default()),
        caption: None,
        width: None,
        height: None,
        seconds: None,
        waveform: Vec::new(),
        thumbnail: Vec::new(),
        error: None,
        direct_path: file.direct_path().unwrap_or_default().to_owned(),
        media_key: file.media_key().unwrap_or_default().to_vec(),
        encrypted_sha256: file.file_enc_sha256().unwrap_or_default().to_vec(),
        keys,
    }
}

impl Media {
    /// The phone downloads it, and notes why if it cannot.
    pub fn check(&mut self, servers: &MediaStore) {
        self.error = self.open(servers).err().map(|error| error.to_string());
    }

    /// Downloads and decrypts the file; every hash must fit.
    pub fn open(&self, servers: &MediaStore) -> Result<Vec<u8>, MediaError> {
        if self.direct_path.is_empty() || self.media_key.is_empty() {
            return Err(MediaError::Incomplete);
        }
        let encrypted = servers.at(&self.direct_path)?;
        if Sha256::digest(&encrypted).as_slice() != self.encrypted_sha256 {
            return Err(MediaError::EncryptedHash);
        }
        let kind = self.keys.media_type();
        let bytes = DownloadUtils::verify_and_decrypt(&encrypted, &self.media_key, kind)
            .map_err(|error| MediaError::Decrypt(error.to_string()))?;
        if hex::encode(Sha256::digest(&bytes)) != self.sha256 {
            return Err(MediaError::Hash);
        }
        let found = bytes.len() as u64;
        if found != self.size {
            let told = self.size;
            return Err(MediaError::Size { told, found });
        }
        Ok(bytes)
    }
}

/// A file that a person sends.
pub struct Attachment {
    /// `image`, `video`, `gif`, `audio`, `voice`, `document` or `sticker`; without it
    /// the type of the file tells.
    pub kind: Option<String>,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub caption: Option<String>,
    /// The id of the message that it answers.
    pub quoted: Option<String>,
    /// It can be looked at once, and on phones only.
    pub view_once: bool,
    pub bytes: Bytes,
}

impl Attachment {
    pub(crate) fn kind(&self) -> Result<&'static str, MediaError> {
        let family = self.mime_type.split('/').next().unwrap_or_default();
        match self.kind.as_deref().unwrap_or(family) {
            "image" => Ok("image"),
            "video" => Ok("video"),
            "gif" if self.kind.is_some() => Ok("gif"),
            "audio" => Ok("audio"),
            "voice" => Ok("voice"),
            "sticker" => Ok("sticker"),
            "document" => Ok("document"),
            _ if self.kind.is_none() => Ok("document"),
            other => Err(MediaError::Kind(other.to_owned())),
        }
    }

    /// Encrypts and uploads the file; the message that names it.
    pub(crate) fn upload(self, servers: &MediaStore) -> Result<Message, MediaError> {
        let kind = self.kind()?;
        let keys = match kind {
            "image" => Keys::Image,
            "video" | "gif" => Keys::Video,
            "audio" | "voice" => Keys::Audio,
            "sticker" => Keys::Sticker,
            _ => Keys::Document,
        };
        let sealed = encrypt_media(&self.bytes, keys.media_type())
            .map_err(|error| MediaError::Encrypt(error.to_string()))?;
        let token = token_of(&sealed.data_to_upload);
        servers.put(&token, sealed.data_to_upload.into())?;
        let mut message = Message::default();
        // The messages have the same fields but share no type.
        macro_rules! file {
            ($field:ident, $type:ident { $($more:tt)* }) => {
                message.$field = $type {
                    direct_path: Some(direct_path(&token)),
                    media_key: Some(sealed.media_key.to_vec()),
                    file_sha256: Some(sealed.file_sha256.to_vec()),
                    file_enc_sha256: Some(sealed.file_enc_sha256.to_vec()),
                    file_length: Some(self.bytes.len() as u64),
                    media_key_timestamp: Some(platform::now_secs()),
                    mimetype: Some(self.mime_type),
                    $($more)*
                    ..Default::default()
                }
                .into()
            };
        }
        match keys {
            Keys::Image => file!(
                image_message,
                ImageMessage {
                    caption: self.caption,
                }
            ),
            Keys::Video => file!(
                video_message,
                VideoMessage {
                    caption: self.caption,
                    gif_playback: Some(kind == "gif"),
                }
            ),
            Keys::Audio => file!(
                audio_message,
                AudioMessage {
                    ptt: Some(kind == "voice"),
                }
            ),
            Keys::Sticker => file!(sticker_message, StickerMessage {}),
            Keys::Document => file!(
                document_message,
                DocumentMessage {
                    caption: self.caption,
                    file_name: self.file_name,
                }
            ),
        }
        if self.view_once {
            once(&mut message)?;
            message = Message {
                view_once_message_v2: FutureProofMessage {
                    message: message.into(),
                }
                .into(),
                ..Default::default()
            };
        }
        Ok(message)
    }
}

fn once(message: &mut Message) -> Result<(), MediaError> {
    if let Some(image) = message.image_message.as_option_mut() {
        image.view_once = Some(true);
    } else if let Some(video) = message.video_message.as_option_mut() {
        video.view_once = Some(true);
    } else if let Some(audio) = message.audio_message.as_option_mut() {
        audio.view_once = Some(true);
    } else {
        return Err(MediaError::Kind("what can be looked at once".to_owned()));
    }
    Ok(())
}
