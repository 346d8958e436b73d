//! Length-prefixed frames over the WebSocket.

use axum::extract::ws::{Message, WebSocket};
use bytes::{Buf as _, BytesMut};
use wacore_noise::framing::{FrameDecoder, encode_frame};

/// The four bytes `WA`, protocol version, dictionary version.
const INTRO_LEN: usize = 4;
/// `ED\0\1`, a three-byte length and that many bytes may precede the intro.
const ROUTING_MAGIC: &[u8] = b"ED\0\x01";

/// A peer that has not closed its side by then is left.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the socket failed: {0}")]
    Socket(#[from] axum::Error),
    #[error("the peer closed the socket")]
    Closed,
    #[error("the stream does not start as a client's does")]
    BadIntro,
    #[error("the frame could not be encoded: {0}")]
    Encode(String),
}

/// A WebSocket that speaks frames.
pub struct FrameSocket {
    socket: WebSocket,
    decoder: FrameDecoder,
}

impl FrameSocket {
    /// Reads the client's intro; returns it as well, for it opens the handshake's transcript.
    pub async fn open(mut socket: WebSocket) -> Result<(Self, [u8; INTRO_LEN]), FrameError> {
        let mut buffer = BytesMut::new();
        let intro = loop {
            if let Some(intro) = take_intro(&mut buffer)? {
                break intro;
            }
            buffer.extend_from_slice(&read_binary(&mut socket).await?);
        };
        let mut decoder = FrameDecoder::new();
        decoder.feed(&buffer);
        Ok((Self { socket, decoder }, intro))
    }

    /// The next whole frame. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<BytesMut, FrameError> {
        loop {
            if let Some(frame) = self.decoder.decode_frame() {
                return Ok(frame);
            }
            let bytes = read_binary(&mut self.socket).await?;
            self.decoder.feed(&bytes);
        }
    }

    pub async fn send(&mut self, payload: &[u8]) -> Result<(), FrameError> {
        let frame = encode_frame(payload, None).map_err(|e| FrameError::Encode(e.to_string()))?;
        self.socket.send(Message::Binary(frame.into())).await?;
        Ok(())
    }

    /// Says goodbye; errors no longer matter.
    pub async fn close(mut self) {
        let goodbye = async {
            let _ = self.socket.send(Message::Close(None)).await;
            // Dropping a socket with unread bytes resets it, and the reset can
            // overtake what was sent last: read on until the peer has closed.
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }
}

async fn read_binary(socket: &mut WebSocket) -> Result<bytes::Bytes, FrameError> {
    loop {
        match socket.recv().await.ok_or(FrameError::Closed)?? {
            Message::Binary(bytes) => return Ok(bytes),
            Message::Close(_) => return Err(FrameError::Closed),
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Cuts the intro (and edge routing before it) off the buffer once it is complete.
fn take_intro(buffer: &mut BytesMut) -> Result<Option<[u8; INTRO_LEN]>, FrameError> {
    if buffer.starts_with(ROUTING_MAGIC) {
        if buffer.len() < 7 {
            return Ok(None);
        }
        let length =
            usize::from(buffer[4]) << 16 | usize::from(buffer[5]) << 8 | usize::from(buffer[6]);
        if buffer.len() < 7 + length {
            return Ok(None);
        }
        buffer.advance(7 + length);
    }
    if buffer.len() < INTRO_LEN {
        return Ok(None);
    }
    if !buffer.starts_with(b"WA") && !ROUTING_MAGIC.starts_with(&buffer[..INTRO_LEN]) {
        return Err(FrameError::BadIntro);
    }
    let mut intro = [0; INTRO_LEN];
    intro.copy_from_slice(&buffer[..INTRO_LEN]);
    buffer.advance(INTRO_LEN);
    Ok(Some(intro))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intro_is_found_behind_edge_routing_and_across_reads() {
        let mut buffer = BytesMut::from(&b"ED\0\x01\0\0\x02ab"[..]);
        assert!(take_intro(&mut buffer).unwrap().is_none());
        buffer.extend_from_slice(b"WA\x06\x03rest");
        assert_eq!(take_intro(&mut buffer).unwrap(), Some(*b"WA\x06\x03"));
        assert_eq!(&buffer[..], b"rest");
    }

    #[test]
    fn a_stream_of_something_else_is_refused() {
        let mut buffer = BytesMut::from(&b"GET / HTTP/1.1"[..]);
        assert!(take_intro(&mut buffer).is_err());
    }
}
