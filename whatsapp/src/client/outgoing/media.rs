//! An uploaded file as a message.

use crate::port::{Media, MediaKind};
use whatsapp_rust::{
    media::{
        AudioOptions, DocumentOptions, ImageOptions, VideoOptions, audio_message, document_message,
        image_message, video_message,
    },
    prelude::MessageField,
    upload::UploadResponse,
    waproto::whatsapp::{self as wa, message::StickerMessage},
};

pub fn message(kind: MediaKind, uploaded: UploadResponse, media: Media) -> wa::Message {
    let mimetype = Some(media.mime_type);
    let jpeg_thumbnail = media.thumbnail;
    let (width, height) = (media.width, media.height);
    match kind {
        MediaKind::Image => {
            let mut message = image_message(
                uploaded,
                ImageOptions {
                    caption: media.caption,
                    mimetype,
                    jpeg_thumbnail,
                    context_info: None,
                },
            );
            if let Some(image) = message.image_message.as_option_mut() {
                (image.width, image.height) = (width, height);
            }
            message
        }
        MediaKind::Video | MediaKind::Gif => {
            let mut message = video_message(
                uploaded,
                VideoOptions {
                    caption: media.caption,
                    mimetype,
                    jpeg_thumbnail,
                    duration_seconds: media.seconds,
                    gif_playback: (kind == MediaKind::Gif).then_some(true),
                    context_info: None,
                },
            );
            if let Some(video) = message.video_message.as_option_mut() {
                (video.width, video.height) = (width, height);
            }
            message
        }
        MediaKind::Audio | MediaKind::Voice => audio_message(
            uploaded,
            AudioOptions {
                mimetype,
                duration_seconds: media.seconds,
                ptt: Some(kind == MediaKind::Voice),
                waveform: media.waveform,
                context_info: None,
            },
        ),
        MediaKind::Document => document_message(
            uploaded,
            DocumentOptions {
                mimetype,
                title: media.file_name.clone(),
                file_name: media.file_name,
                caption: media.caption,
                page_count: None,
                jpeg_thumbnail,
                context_info: None,
            },
        ),
        // The library has no builder for it.
        MediaKind::Sticker => wa::Message {
            sticker_message: MessageField::some(StickerMessage {
                url: Some(uploaded.url),
                direct_path: Some(uploaded.direct_path),
                media_key: Some(uploaded.media_key.to_vec()),
                file_sha256: Some(uploaded.file_sha256.to_vec()),
                file_enc_sha256: Some(uploaded.file_enc_sha256.to_vec()),
                file_length: Some(uploaded.file_length),
                media_key_timestamp: Some(uploaded.media_key_timestamp),
                mimetype,
                width,
                height,
                ..StickerMessage::default()
            }),
            ..wa::Message::default()
        },
    }
}
