//! The passkey of an account, and the phone's half of linking with it: both
//! sides agree on a key and show the same code (SHORTCAKE_PASSKEY).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wacore::shortcake::ShortcakeUtils;
use wacore_libsignal::crypto::aes_256_gcm_decrypt;
use wacore_libsignal::protocol::{CurveError, KeyPair};
use waproto::buffa::Message as _;
use waproto::whatsapp::{
    CompanionEphemeralIdentity, EncryptedPairingRequest, PairingRequest, PrimaryEphemeralIdentity,
    ProloguePayload,
};

use super::Phone;
use crate::platform;

/// Whom a passkey of WhatsApp's signs for.
const RELYING_PARTY: &str = "web.whatsapp.com";
/// The person is there, and the authenticator knows them.
const PRESENT_AND_VERIFIED: u8 = 0b101;
const VALID_FOR_MS: u64 = 120_000;

#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum WrongPasskey {
    #[error("the assertion is not in WebAuthn's form")]
    Malformed,
    #[error("the assertion answers another challenge")]
    Challenge,
    #[error("the assertion is by a passkey that the account does not have")]
    Credential,
    #[error("the client does not show what it promised")]
    Broken,
}

/// What the phone's person sees of a linking with the passkey.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PasskeyShown {
    /// What the client was asked.
    pub options: Value,
    /// The code to compare, once both sides have it.
    pub code: Option<String>,
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(value: Option<&Value>) -> Result<Vec<u8>, WrongPasskey> {
    let text = value.and_then(Value::as_str);
    let text = text.ok_or(WrongPasskey::Malformed)?;
    BASE64_URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| WrongPasskey::Malformed)
}

impl Phone {
    /// The id of the account's passkey.
    fn credential(&self) -> Vec<u8> {
        let digest = Sha256::digest([b"passkey", self.account_key()].concat());
        digest[..16].to_vec()
    }

    /// What the person's authenticator answers to these options.
    pub fn assertion(&self, options: &Value) -> Result<Value, CurveError> {
        let client_data = json!({
            "type": "webauthn.get",
            "challenge": options["challenge"],
            "origin": format!("https://{RELYING_PARTY}"),
            "crossOrigin": false,
        })
        .to_string();
        let party = Sha256::digest(RELYING_PARTY);
        let authenticator = [&party[..], &[PRESENT_AND_VERIFIED], &[0; 4]].concat();
        let signed = [&authenticator[..], &Sha256::digest(&client_data)[..]].concat();
        let id = encode(&self.credential());
        Ok(json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(client_data.as_bytes()),
                "authenticatorData": encode(&authenticator),
                "signature": encode(&self.sign(&signed)?),
                "userHandle": null,
            },
        }))
    }
}

/// What a client is asked before it is linked.
#[derive(Clone)]
pub struct Question {
    challenge: [u8; 32],
    credential: Vec<u8>,
}

impl Question {
    pub fn to(phone: &Phone) -> Self {
        Self {
            challenge: platform::random_bytes(),
            credential: phone.credential(),
        }
    }

    /// WebAuthn's `PublicKeyCredentialRequestOptions`.
    pub fn options(&self) -> Value {
        json!({
            "challenge": encode(&self.challenge),
            "rpId": RELYING_PARTY,
            "timeout": VALID_FOR_MS,
            "userVerification": "required",
            "allowCredentials": [{"type": "public-key", "id": encode(&self.credential)}],
        })
    }

    /// Checks an answer; whether the signature is good only WhatsApp can tell.
    pub fn check(&self, credential: &[u8], assertion: &[u8]) -> Result<(), WrongPasskey> {
        let assertion: Value =
            serde_json::from_slice(assertion).map_err(|_| WrongPasskey::Malformed)?;
        let response = &assertion["response"];
        let client_data = decode(response.get("clientDataJSON"))?;
        let client_data: Value =
            serde_json::from_slice(&client_data).map_err(|_| WrongPasskey::Malformed)?;
        let authenticator = decode(response.get("authenticatorData"))?;
        let signature = decode(response.get("signature"))?;
        if assertion["type"] != "public-key"
            || client_data["type"] != "webauthn.get"
            || authenticator.len() < 37
            || signature.is_empty()
        {
            return Err(WrongPasskey::Malformed);
        }
        if decode(client_data.get("challenge"))? != self.challenge {
            return Err(WrongPasskey::Challenge);
        }
        let named = decode(assertion.get("rawId"))?;
        if named != self.credential || credential != self.credential {
            return Err(WrongPasskey::Credential);
        }
        Ok(())
    }
}

/// The phone's half of the exchange that follows.
pub struct Exchange {
    ephemeral: KeyPair,
    nonce: [u8; 32],
    companion: CompanionEphemeralIdentity,
    companion_identity: Vec<u8>,
    commitment: Vec<u8>,
}

/// What the client asks the phone to vouch for.
pub struct Opened {
    pub noise_key: [u8; 32],
    pub identity: [u8; 32],
    pub adv_secret: [u8; 32],
}

fn bytes32(bytes: Option<Vec<u8>>) -> Result<[u8; 32], WrongPasskey> {
    let bytes = bytes.ok_or(WrongPasskey::Broken)?;
    bytes.try_into().map_err(|_| WrongPasskey::Broken)
}

impl Exchange {
    /// Begins with what the client has committed itself to.
    pub fn start(prologue: &[u8], reference: &str) -> Result<Self, WrongPasskey> {
        let broken = |_| WrongPasskey::Broken;
        let prologue = ProloguePayload::decode_from_slice(prologue).map_err(broken)?;
        let companion_identity = prologue
            .companion_ephemeral_identity
            .ok_or(WrongPasskey::Broken)?;
        let companion =
            CompanionEphemeralIdentity::decode_from_slice(&companion_identity).map_err(broken)?;
        let commitment = prologue.commitment.into_option().and_then(|c| c.hash);
        if companion.r#ref.as_deref() != Some(reference) {
            return Err(WrongPasskey::Broken);
        }
        Ok(Self {
            ephemeral: KeyPair::generate(&mut platform::rng()),
            nonce: platform::random_bytes(),
            companion,
            companion_identity,
            commitment: commitment.ok_or(WrongPasskey::Broken)?,
        })
    }

    fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.ephemeral.public_key.public_key_bytes());
        public
    }

    /// The phone's answer to the prologue.
    pub fn primary_identity(&self) -> Vec<u8> {
        PrimaryEphemeralIdentity {
            public_key: Some(self.public().to_vec()),
            nonce: Some(self.nonce.to_vec()),
        }
        .encode_to_vec()
    }

    /// The client reveals its nonce: the code that both sides show.
    pub fn code(&self, companion_nonce: &[u8]) -> Result<String, WrongPasskey> {
        let nonce: [u8; 32] = companion_nonce
            .try_into()
            .map_err(|_| WrongPasskey::Broken)?;
        let promised = ShortcakeUtils::commitment_hash(&self.companion_identity, &nonce);
        if promised.as_slice() != self.commitment {
            return Err(WrongPasskey::Broken);
        }
        let code = ShortcakeUtils::derive_verification_code(&nonce, &self.public(), &self.nonce);
        let (left, right) = code.split_at(4);
        Ok(format!("{left}-{right}"))
    }

    /// The client's person has compared the codes.
    pub fn open(&self, wrapped: &[u8]) -> Result<Opened, WrongPasskey> {
        let broken = |_| WrongPasskey::Broken;
        let wrapped = EncryptedPairingRequest::decode_from_slice(wrapped).map_err(broken)?;
        let iv = wrapped.iv.ok_or(WrongPasskey::Broken)?;
        let iv: [u8; 12] = iv.try_into().map_err(|_| WrongPasskey::Broken)?;
        let sealed = wrapped.encrypted_payload.ok_or(WrongPasskey::Broken)?;
        let companion = bytes32(self.companion.public_key.clone())?;
        let platform = self.companion.device_type.ok_or(WrongPasskey::Broken)?;
        let reference = self.companion.r#ref.as_deref().unwrap_or_default();
        // The agreement is the same from either side.
        let key =
            ShortcakeUtils::derive_encryption_key(&self.ephemeral, &companion, platform, reference)
                .map_err(|_| WrongPasskey::Broken)?;
        let mut opened = Vec::new();
        aes_256_gcm_decrypt(&key, &iv, b"", &sealed, &mut opened)
            .map_err(|_| WrongPasskey::Broken)?;
        let request = PairingRequest::decode_from_slice(&opened).map_err(broken)?;
        Ok(Opened {
            noise_key: bytes32(request.companion_public_key)?,
            identity: bytes32(request.companion_identity_key)?,
            adv_secret: bytes32(request.adv_secret)?,
        })
    }
}
