//! The public keys that the server keeps for a device and hands to its peers.

use serde::{Deserialize, Serialize};
use wacore_libsignal::protocol::{IdentityKey, PreKeyBundle, PublicKey, SignalProtocolError};

use crate::bytes64;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedKey {
    pub id: u32,
    #[serde(with = "bytes64")]
    pub public: [u8; 32],
    #[serde(with = "bytes64")]
    pub signature: Vec<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceKeys {
    pub registration_id: u32,
    #[serde(with = "bytes64")]
    pub identity: [u8; 32],
    pub signed: SignedKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneTimeKey {
    pub id: u32,
    pub public: [u8; 32],
}

/// What a peer needs to start a session.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub keys: DeviceKeys,
    pub one_time: Option<OneTimeKey>,
    /// Proof that the companion belongs to the account; phones have none.
    pub device_identity: Option<Vec<u8>>,
}

impl Bundle {
    pub fn to_signal(&self, device: u16) -> Result<PreKeyBundle, SignalProtocolError> {
        let public = |raw: &[u8; 32]| PublicKey::from_djb_public_key_bytes(raw);
        let one_time = match &self.one_time {
            Some(key) => Some((key.id.into(), public(&key.public)?)),
            None => None,
        };
        PreKeyBundle::new(
            self.keys.registration_id,
            u32::from(device).into(),
            one_time,
            self.keys.signed.id.into(),
            public(&self.keys.signed.public)?,
            self.keys.signed.signature.clone(),
            IdentityKey::new(public(&self.keys.identity)?),
        )
    }
}
