//! The server's side of the Noise handshake: XX, IK, and XX-fallback.

use bytes::BytesMut;
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK};
use wacore_binary::marshal::{marshal, unmarshal_ref};
use wacore_binary::{Node, util};
use wacore_libsignal::protocol::KeyPair;
use wacore_noise::{NoiseCipher, NoiseHandshake};
use waproto::buffa::{Message as _, MessageField};
use waproto::codec;
use waproto::whatsapp::handshake_message::{ClientHello, ServerHello};
use waproto::whatsapp::{ClientPayload, HandshakeMessage};

use super::certificates::Certificates;
use super::frames::{FrameError, FrameSocket};
use crate::platform;

#[derive(Debug, thiserror::Error)]
pub enum NoiseError {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the handshake failed: {0}")]
    Handshake(#[from] wacore_noise::HandshakeError),
    #[error("the handshake message is incomplete: {0} is missing or malformed")]
    Incomplete(&'static str),
    #[error("a message could not be read: {0}")]
    Decode(String),
}

/// What a finished handshake yields.
pub struct Accepted {
    pub transport: Transport,
    pub payload: ClientPayload,
    /// The client's static public key: proves who it is at later logins.
    pub client_static: [u8; 32],
}

/// Encrypts and decrypts stanzas after the handshake.
pub struct Transport {
    read: NoiseCipher,
    write: NoiseCipher,
    read_counter: u32,
    write_counter: u32,
}

impl Transport {
    fn from_handshake(noise: NoiseHandshake) -> Result<Self, NoiseError> {
        // `finish` names the keys from the initiator's side.
        let (initiator_write, initiator_read) = noise.finish()?;
        Ok(Self {
            read: initiator_write,
            write: initiator_read,
            read_counter: 0,
            write_counter: 0,
        })
    }

    pub fn open(&mut self, mut frame: BytesMut) -> Result<Node, NoiseError> {
        let decode = |e: &dyn std::fmt::Display| NoiseError::Decode(e.to_string());
        self.read
            .decrypt_in_place_with_counter(self.read_counter, &mut frame)
            .map_err(|e| decode(&e))?;
        self.read_counter = self.read_counter.wrapping_add(1);
        let bytes = util::unpack_bytes(frame).map_err(|e| decode(&e))?;
        let node = unmarshal_ref(&bytes).map_err(|e| decode(&e))?;
        Ok(node.to_owned())
    }

    pub fn seal(&mut self, node: &Node) -> Result<Vec<u8>, NoiseError> {
        let mut bytes = marshal(node).map_err(|e| NoiseError::Decode(e.to_string()))?;
        self.write
            .encrypt_in_place_with_counter(self.write_counter, &mut bytes)
            .map_err(|e| NoiseError::Decode(e.to_string()))?;
        self.write_counter = self.write_counter.wrapping_add(1);
        Ok(bytes)
    }
}

/// Runs the handshake on a freshly opened socket.
pub async fn accept(
    socket: &mut FrameSocket,
    intro: [u8; 4],
    certificates: &Certificates,
) -> Result<Accepted, NoiseError> {
    let hello = read_message(socket)
        .await?
        .client_hello
        .into_option()
        .ok_or(NoiseError::Incomplete("client hello"))?;
    if hello.r#static.is_some() && hello.payload.is_some() {
        match answer_ik(&hello, intro, certificates) {
            Ok((reply, accepted)) => {
                socket
                    .send(&codec::handshake_message_to_vec(&reply))
                    .await?;
                return Ok(accepted);
            }
            // The client knows another server key than ours: offer ours anew.
            Err(NoiseError::Handshake(_)) => {
                return run_xx(
                    socket,
                    &hello,
                    NOISE_PATTERN_XXFALLBACK,
                    intro,
                    certificates,
                )
                .await;
            }
            Err(error) => return Err(error),
        }
    }
    run_xx(socket, &hello, NOISE_PATTERN_XX, intro, certificates).await
}

async fn run_xx(
    socket: &mut FrameSocket,
    hello: &ClientHello,
    pattern: &str,
    intro: [u8; 4],
    certificates: &Certificates,
) -> Result<Accepted, NoiseError> {
    let client_ephemeral = key32(hello.ephemeral.as_deref(), "client ephemeral")?;
    let ephemeral = KeyPair::generate(&mut platform::rng());
    let mut noise = NoiseHandshake::new(pattern, &intro)?;
    noise.authenticate(&client_ephemeral);
    noise.authenticate(ephemeral.public_key.public_key_bytes());
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    let encrypted_static = noise.encrypt(&certificates.server_public())?;
    noise.mix_shared_secret(certificates.server_private(), &client_ephemeral)?;
    let encrypted_chain = noise.encrypt(certificates.chain())?;
    let reply = server_hello(&ephemeral, Some(encrypted_static), encrypted_chain);
    socket
        .send(&codec::handshake_message_to_vec(&reply))
        .await?;

    let finish = read_message(socket)
        .await?
        .client_finish
        .into_option()
        .ok_or(NoiseError::Incomplete("client finish"))?;
    let sealed_static = finish
        .r#static
        .ok_or(NoiseError::Incomplete("client static"))?;
    let sealed_payload = finish.payload.ok_or(NoiseError::Incomplete("payload"))?;
    let client_static = key32(Some(&noise.decrypt(&sealed_static)?), "client static")?;
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
    let payload = decode_payload(&noise.decrypt(&sealed_payload)?)?;
    Ok(Accepted {
        transport: Transport::from_handshake(noise)?,
        payload,
        client_static,
    })
}

fn answer_ik(
    hello: &ClientHello,
    intro: [u8; 4],
    certificates: &Certificates,
) -> Result<(HandshakeMessage, Accepted), NoiseError> {
    let client_ephemeral = key32(hello.ephemeral.as_deref(), "client ephemeral")?;
    let sealed_static = hello.r#static.as_deref().unwrap_or_default();
    let sealed_payload = hello.payload.as_deref().unwrap_or_default();
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &intro)?;
    noise.authenticate(&certificates.server_public());
    noise.authenticate(&client_ephemeral);
    noise.mix_shared_secret(certificates.server_private(), &client_ephemeral)?;
    let client_static = key32(Some(&noise.decrypt(sealed_static)?), "client static")?;
    noise.mix_shared_secret(certificates.server_private(), &client_static)?;
    let payload = decode_payload(&noise.decrypt(sealed_payload)?)?;

    let ephemeral = KeyPair::generate(&mut platform::rng());
    noise.authenticate(ephemeral.public_key.public_key_bytes());
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
    let encrypted_chain = noise.encrypt(certificates.chain())?;
    let reply = server_hello(&ephemeral, None, encrypted_chain);
    let accepted = Accepted {
        transport: Transport::from_handshake(noise)?,
        payload,
        client_static,
    };
    Ok((reply, accepted))
}

fn server_hello(
    ephemeral: &KeyPair,
    sealed_static: Option<Vec<u8>>,
    payload: Vec<u8>,
) -> HandshakeMessage {
    HandshakeMessage {
        server_hello: MessageField::some(ServerHello {
            ephemeral: Some(ephemeral.public_key.public_key_bytes().to_vec()),
            r#static: sealed_static,
            payload: Some(payload),
            ..Default::default()
        }),
        ..Default::default()
    }
}

async fn read_message(socket: &mut FrameSocket) -> Result<HandshakeMessage, NoiseError> {
    let frame = socket.next().await?;
    codec::handshake_message_decode(&frame).map_err(|e| NoiseError::Decode(e.to_string()))
}

fn decode_payload(bytes: &[u8]) -> Result<ClientPayload, NoiseError> {
    ClientPayload::decode_from_slice(bytes).map_err(|e| NoiseError::Decode(e.to_string()))
}

fn key32(bytes: Option<&[u8]>, name: &'static str) -> Result<[u8; 32], NoiseError> {
    bytes
        .and_then(|b| b.try_into().ok())
        .ok_or(NoiseError::Incomplete(name))
}

#[cfg(test)]
mod tests {
    use wacore_noise::{IkHandshakeState, IkServerHelloOutcome};

    use super::super::certificates::Secrets;
    use super::*;

    #[test]
    fn a_client_that_knows_the_server_logs_in_with_its_first_message() {
        let certificates = Certificates::from_secrets(&Secrets::generate()).unwrap();
        let client = KeyPair::generate(&mut platform::rng());
        let login = ClientPayload {
            username: Some(593_987_654_321),
            ..Default::default()
        };
        let intro = *b"WA\x06\x03";
        let mut state = IkHandshakeState::new(
            client.clone(),
            certificates.server_public(),
            login.encode_to_vec(),
            &intro,
        )
        .unwrap();
        let hello = codec::handshake_message_decode(&state.build_client_hello().unwrap()).unwrap();
        let hello = hello.client_hello.into_option().unwrap();
        let (reply, mut accepted) = answer_ik(&hello, intro, &certificates).unwrap();
        assert_eq!(accepted.payload.username, login.username);
        assert_eq!(accepted.client_static, client.public_key.public_key_bytes());
        let outcome = state
            .read_server_hello(&codec::handshake_message_to_vec(&reply))
            .unwrap();
        let IkServerHelloOutcome::Continue(ciphers) = outcome else {
            panic!("the client fell back");
        };
        let node = wacore_binary::builder::NodeBuilder::new("success").build();
        let mut sealed = accepted.transport.seal(&node).unwrap();
        ciphers
            .read_cipher
            .decrypt_in_place_with_counter(0, &mut sealed)
            .unwrap();
        assert_eq!(unmarshal_ref(&sealed[1..]).unwrap().to_owned(), node);
    }

    #[test]
    fn a_client_that_knows_another_server_is_not_taken_for_one_of_ours() {
        let certificates = Certificates::from_secrets(&Secrets::generate()).unwrap();
        let other = Certificates::from_secrets(&Secrets::generate()).unwrap();
        let client = KeyPair::generate(&mut platform::rng());
        let intro = *b"WA\x06\x03";
        let mut state =
            IkHandshakeState::new(client, other.server_public(), Vec::new(), &intro).unwrap();
        let hello = codec::handshake_message_decode(&state.build_client_hello().unwrap()).unwrap();
        let hello = hello.client_hello.into_option().unwrap();
        let refused = answer_ik(&hello, intro, &certificates);
        assert!(matches!(refused, Err(NoiseError::Handshake(_))));
    }
}
