//! Files on their way to WhatsApp's media servers: encrypted and sent in a
//! stream, and what was uploaded once is not uploaded again.

use crate::port::{LinkError, Media, MediaKind};
use moka::future::Cache;
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use whatsapp_rust::{
    Client, IqError, anyhow,
    http::HttpStatusError,
    upload::UploadResponse,
    wacore::{
        download::MediaType,
        upload::{EncryptedMediaInfo, UploadSource, encrypt_media_streaming},
    },
};

/// WhatsApp keeps what was uploaded for weeks.
const USED_AGAIN_FOR: Duration = Duration::from_secs(12 * 60 * 60);
const REMEMBERED: u64 = 10_000;
/// Files that one link uploads at a time.
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Uploads are not shared between accounts.
    device: PathBuf,
    sha256: String,
    /// The key that a file is encrypted with depends on its kind.
    app_info: &'static str,
}

/// What was uploaded lately, of all devices.
#[derive(Clone)]
pub struct Uploads(Cache<Key, UploadResponse>);

/// How many files a link uploads at a time.
pub struct UploadTurns(Semaphore);

impl Default for UploadTurns {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Default for Uploads {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(REMEMBERED);
        Self(cache.time_to_live(USED_AGAIN_FOR).build())
    }
}

impl Uploads {
    /// Upload a file, or take the upload of before; several that want the same
    /// wait for one.
    pub async fn upload(
        &self,
        client: &Client,
        device: &Path,
        turns: &UploadTurns,
        media: &Media,
    ) -> Result<UploadResponse, LinkError> {
        let media_type = media_type(media.kind);
        let key = Key {
            device: device.to_owned(),
            sha256: media.sha256.clone(),
            app_info: media_type.app_info(),
        };
        let upload = async {
            let turn = turns.0.acquire().await;
            let _turn = turn.map_err(|_| LinkError::NotConnected)?;
            upload(client, media, media_type).await
        };
        let uploaded = self.0.try_get_with(key, upload).await;
        uploaded.map_err(|error| (*error).clone())
    }
}

pub const fn media_type(kind: MediaKind) -> MediaType {
    match kind {
        MediaKind::Image => MediaType::Image,
        MediaKind::Video | MediaKind::Gif => MediaType::Video,
        MediaKind::Audio | MediaKind::Voice => MediaType::Audio,
        MediaKind::Document => MediaType::Document,
        MediaKind::Sticker => MediaType::Sticker,
    }
}

async fn upload(
    client: &Client,
    media: &Media,
    media_type: MediaType,
) -> Result<UploadResponse, LinkError> {
    let path = media.file.clone();
    let encrypted = spawn_blocking(move || encrypt(&path, media_type)).await;
    let encrypted = encrypted.map_err(|error| LinkError::Failed(error.to_string()))?;
    let (ciphertext, info) = encrypted.map_err(|error| unreadable(&error))?;
    if hex::encode(info.file_sha256) != media.sha256 {
        return Err(LinkError::Invalid("media_damaged".to_owned()));
    }
    let uploaded = client.upload_stream(ciphertext, info, media_type).await;
    uploaded.map_err(|error| refused(client, &error))
}

/// An encrypted file without a name: nothing is left of it after a crash.
struct Ciphertext {
    file: Arc<File>,
    length: u64,
}

fn encrypt(path: &Path, media_type: MediaType) -> io::Result<(Ciphertext, EncryptedMediaInfo)> {
    let plain = BufReader::new(File::open(path)?);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::tempfile_in(folder)?;
    let written = encrypt_media_streaming(plain, BufWriter::new(&file), media_type);
    // The library wraps what the file system said.
    let info = written.map_err(|error| {
        error
            .downcast::<io::Error>()
            .unwrap_or_else(|other| io::Error::other(other.to_string()))
    })?;
    file.flush()?;
    let length = file.metadata()?.len();
    let file = Arc::new(file);
    Ok((Ciphertext { file, length }, info))
}

impl UploadSource for Ciphertext {
    fn len(&self) -> u64 {
        self.length
    }

    fn reader_from(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Reader {
            file: self.file.clone(),
            at: offset,
        }))
    }
}

/// Reads on from a place of its own.
struct Reader {
    file: Arc<File>,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn unreadable(error: &io::Error) -> LinkError {
    match error.kind() {
        io::ErrorKind::NotFound => LinkError::Invalid("media_missing".to_owned()),
        _ => LinkError::NotNow(format!("media_unreadable: {error}")),
    }
}

/// Why the media servers did not take a file, and whether they might later.
fn refused(client: &Client, error: &anyhow::Error) -> LinkError {
    if !client.is_connected() {
        return LinkError::NotConnected;
    }
    if let Some(HttpStatusError { status }) = error.downcast_ref() {
        return match status {
            // What else may be wrong is the servers' or the login's.
            400 | 406 | 411 | 413 | 415 | 422 => {
                LinkError::Invalid(format!("upload_refused_{status}"))
            }
            _ => LinkError::NotNow(format!("upload_failed: HTTP {status}")),
        };
    }
    match error.downcast_ref() {
        Some(IqError::Timeout) => LinkError::Timeout,
        _ => LinkError::NotNow(format!("upload_failed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_encrypted_beside_itself_and_read_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        std::fs::write(&path, vec![7; 100_000]).unwrap();
        let (ciphertext, info) = encrypt(&path, MediaType::Image).unwrap();
        assert_eq!(info.file_length, 100_000);
        let mut whole = Vec::new();
        let mut reader = ciphertext.reader_from(0).unwrap();
        reader.read_to_end(&mut whole).unwrap();
        assert_eq!(whole.len() as u64, ciphertext.len());
        let mut rest = Vec::new();
        let mut reader = ciphertext.reader_from(65_536).unwrap();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, whole[65_536..]);
        drop((reader, ciphertext));
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "only the file itself is left");
    }

    #[test]
    fn a_file_that_is_gone_is_no_reason_to_try_again() {
        let folder = tempfile::tempdir().unwrap();
        let error = encrypt(&folder.path().join("gone"), MediaType::Image).err();
        let error = unreadable(&error.unwrap());
        assert_eq!(error, LinkError::Invalid("media_missing".to_owned()));
    }
}
