//! Files that came in: fetched from WhatsApp's media servers and decrypted in a
//! stream.

use crate::{
    client::outgoing::media_type,
    port::{DownloadError, MediaKind, RemoteFile},
};
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
};
use whatsapp_rust::{
    Client, IqError, anyhow,
    download::{DownloadParams, DownloadWriter, MediaDecryptionError},
    http::HttpStatusError,
};

/// The media servers' answers that say that they do not have a file.
const GONE: [u16; 2] = [404, 410];
const BUFFER: usize = 64 * 1024;

pub async fn download(
    client: &Client,
    kind: MediaKind,
    file: &RemoteFile,
    limit: u64,
    into: File,
) -> Result<(), DownloadError> {
    let bytes = |hex: &str| hex::decode(hex).map_err(|_| DownloadError::Damaged);
    // What others wrote must not lead to another host.
    if !file.direct_path.starts_with('/') {
        return Err(DownloadError::Gone);
    }
    let params = DownloadParams::encrypted(
        &file.direct_path,
        &bytes(&file.key)?,
        &bytes(&file.sha256)?,
        &bytes(&file.encrypted_sha256)?,
        file.size,
        media_type(kind),
    );
    let into = Bounded {
        // The library writes sixteen bytes at a time.
        file: BufWriter::with_capacity(BUFFER, into),
        at: 0,
        limit,
    };
    let downloaded = client.download_to_writer(&params, into).await;
    match downloaded {
        Ok(_) => Ok(()),
        Err(_) if !client.is_connected() => Err(DownloadError::NotConnected),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &anyhow::Error) -> DownloadError {
    for cause in error.chain() {
        if let Some(HttpStatusError { status }) = cause.downcast_ref() {
            return if GONE.contains(status) {
                DownloadError::Gone
            } else {
                DownloadError::NotNow(format!("HTTP {status}"))
            };
        }
        if let Some(MediaDecryptionError::InvalidMac) = cause.downcast_ref() {
            return DownloadError::Damaged;
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            if error.get_ref().is_some_and(|it| it.is::<TooLarge>()) {
                return DownloadError::TooLarge;
            }
            let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
            if full.contains(&error.kind()) {
                return DownloadError::NotWritten(error.to_string());
            }
        }
        if let Some(IqError::NotConnected) = cause.downcast_ref() {
            return DownloadError::NotConnected;
        }
    }
    DownloadError::NotNow(format!("{error:#}"))
}

/// A file that takes only so much: what a message says of its size may be wrong.
struct Bounded {
    file: BufWriter<File>,
    at: u64,
    limit: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the file is larger than allowed")]
struct TooLarge;

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.at + bytes.len() as u64 > self.limit {
            return Err(io::Error::other(TooLarge));
        }
        let written = self.file.write(bytes)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl DownloadWriter for Bounded {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(limit: u64) -> Bounded {
        let file = BufWriter::new(tempfile::tempfile().unwrap());
        Bounded { file, at: 0, limit }
    }

    #[test]
    fn a_file_that_is_larger_than_it_may_be_is_refused() {
        let mut file = bounded(10);
        file.write_all(b"0123456789").unwrap();
        let error = file.write_all(b"x").unwrap_err();
        assert_eq!(refused(&error.into()), DownloadError::TooLarge);
        // The next attempt begins anew.
        file.truncate(0).unwrap();
        file.rewind().unwrap();
        file.write_all(b"0123456789").unwrap();
        file.rewind().unwrap();
        assert_eq!(file.file.get_ref().metadata().unwrap().len(), 10);
    }

    #[test]
    fn what_the_servers_answer_says_whether_another_attempt_helps() {
        let answer = |status| {
            let status = HttpStatusError { status };
            refused(&anyhow::Error::new(status).context("no"))
        };
        assert_eq!(answer(404), DownloadError::Gone);
        assert_eq!(answer(410), DownloadError::Gone);
        assert_eq!(answer(503), DownloadError::NotNow("HTTP 503".to_owned()));
        let damaged = refused(&MediaDecryptionError::InvalidMac.into());
        assert_eq!(damaged, DownloadError::Damaged);
    }
}
