//! The secrets a phone is born with.

use serde::{Deserialize, Serialize};
use wacore_libsignal::protocol::{CurveError, IdentityKey, IdentityKeyPair, KeyPair, PrivateKey};

use crate::bytes64;
use crate::platform;
use crate::state::keys::{DeviceKeys, SignedKey};

/// As stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    #[serde(with = "bytes64")]
    identity: Vec<u8>,
    #[serde(with = "bytes64")]
    signed: Vec<u8>,
    #[serde(with = "bytes64")]
    signature: Vec<u8>,
    registration_id: u32,
    /// Names this account's device list among its versions.
    adv_raw_id: u32,
    #[serde(with = "bytes64")]
    app_state_key_id: Vec<u8>,
    #[serde(with = "bytes64")]
    app_state_key: Vec<u8>,
}

/// As used.
pub struct PhoneKeys {
    pub identity: IdentityKeyPair,
    pub signed_id: u32,
    pub signed: KeyPair,
    pub signature: Vec<u8>,
    pub registration_id: u32,
    pub adv_raw_id: u32,
    pub app_state_key_id: Vec<u8>,
    pub app_state_key: Vec<u8>,
}

impl Secrets {
    pub fn generate() -> Result<Self, CurveError> {
        let mut rng = platform::rng();
        let identity = KeyPair::generate(&mut rng);
        let signed = KeyPair::generate(&mut rng);
        let signature = identity.calculate_signature(&signed.public_key.serialize(), &mut rng)?;
        // An app state key's id is its device and epoch, then a counter.
        let counter = platform::random_bytes::<4>();
        Ok(Self {
            identity: identity.private_key.serialize().to_vec(),
            signed: signed.private_key.serialize().to_vec(),
            signature: signature.to_vec(),
            registration_id: platform::random_u32() & 0x3fff,
            adv_raw_id: platform::random_u32() >> 1,
            app_state_key_id: [&[0, 0][..], &counter].concat(),
            app_state_key: platform::random_bytes::<32>().to_vec(),
        })
    }

    pub fn open(&self) -> Result<PhoneKeys, CurveError> {
        let pair = |private: &[u8]| PrivateKey::deserialize(private).and_then(KeyPair::try_from);
        let identity = pair(&self.identity)?;
        Ok(PhoneKeys {
            identity: IdentityKeyPair::new(
                IdentityKey::new(identity.public_key),
                identity.private_key,
            ),
            signed_id: 1,
            signed: pair(&self.signed)?,
            signature: self.signature.clone(),
            registration_id: self.registration_id,
            adv_raw_id: self.adv_raw_id,
            app_state_key_id: self.app_state_key_id.clone(),
            app_state_key: self.app_state_key.clone(),
        })
    }
}

impl PhoneKeys {
    /// What the server may show to peers.
    pub fn public(&self) -> DeviceKeys {
        let raw = |bytes: &[u8]| {
            let mut raw = [0; 32];
            raw.copy_from_slice(bytes);
            raw
        };
        DeviceKeys {
            registration_id: self.registration_id,
            identity: raw(self.identity.public_key().public_key_bytes()),
            signed: SignedKey {
                id: self.signed_id,
                public: raw(self.signed.public_key.public_key_bytes()),
                signature: self.signature.clone(),
            },
        }
    }
}
