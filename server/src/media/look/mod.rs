//! What a file is and how it looks, found out from its bytes.

mod kind;
mod picture;
mod sound;
mod video;

pub use kind::mime_type;
pub use picture::small;

use super::model::OPUS;
use std::path::Path;

/// What phones show of a file before they have it. What cannot be found out is
/// missing; that keeps nobody from sending the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Where what is inside tells more than the first bytes.
    pub mime_type: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    /// 64 levels from 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
}

/// Takes the processor for up to seconds: not for a task that others wait for.
#[must_use]
pub fn look(file: &Path, mime_type: &str) -> Look {
    match mime_type {
        "image/jpeg" | "image/png" | "image/webp" => picture::look(file),
        "video/mp4" | "video/3gpp" => video::look(file),
        OPUS => sound::look(file, true),
        "audio/mp4" => {
            let look = sound::look(file, false);
            Look {
                // Its head tells too, whatever the sound is encoded with.
                seconds: look.seconds.or_else(|| video::look(file).seconds),
                ..look
            }
        }
        sound if sound.starts_with("audio/") => sound::look(file, false),
        _ => Look::default(),
    }
}

#[cfg(test)]
mod tests;
