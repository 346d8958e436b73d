//! The phone's side of linking: reading a QR and vouching for a companion.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wacore_libsignal::protocol::CurveError;
use waproto::buffa::Message as _;
use waproto::codec;
use waproto::whatsapp::{
    ADVDeviceIdentity, ADVKeyIndexList, ADVSignedDeviceIdentity, ADVSignedDeviceIdentityHMAC,
    ADVSignedKeyIndexList,
};

use super::Phone;
use crate::platform;

const ACCOUNT_SIGNATURE_PREFIX: &[u8] = &[6, 0];
const KEY_INDEX_SIGNATURE_PREFIX: &[u8] = &[6, 2];
/// The camera of an ordinary phone sees a link to this page before the code.
const DEEP_LINK: &str = "https://wa.me/settings/linked_devices#";

/// What a linking QR says.
pub struct QrCode {
    pub reference: String,
    pub noise_key: [u8; 32],
    pub identity: [u8; 32],
    pub adv_secret: Vec<u8>,
}

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("this is no linking code: it must be a reference and three keys, separated by commas")]
pub struct InvalidQr;

impl std::str::FromStr for QrCode {
    type Err = InvalidQr;

    fn from_str(text: &str) -> Result<Self, InvalidQr> {
        let text = text.trim();
        let text = text.strip_prefix(DEEP_LINK).unwrap_or(text);
        let mut parts = text.split(',');
        let reference = parts.next().filter(|r| !r.is_empty()).ok_or(InvalidQr)?;
        let mut key = || {
            let part = parts.next().ok_or(InvalidQr)?;
            BASE64_STANDARD.decode(part).map_err(|_| InvalidQr)
        };
        let (noise, identity, adv_secret) = (key()?, key()?, key()?);
        Ok(Self {
            reference: reference.to_owned(),
            noise_key: noise.try_into().map_err(|_| InvalidQr)?,
            identity: identity.try_into().map_err(|_| InvalidQr)?,
            adv_secret,
        })
    }
}

impl Phone {
    /// The signed identity for a companion, as pair-success carries it.
    pub fn vouch_for(
        &self,
        companion_identity: &[u8; 32],
        key_index: u32,
        adv_secret: &[u8],
    ) -> Result<Vec<u8>, CurveError> {
        let details = ADVDeviceIdentity {
            raw_id: Some(self.keys.adv_raw_id),
            timestamp: Some(u64::try_from(platform::now_secs()).unwrap_or_default()),
            key_index: Some(key_index),
            ..Default::default()
        }
        .encode_to_vec();
        let signed = [ACCOUNT_SIGNATURE_PREFIX, &details, companion_identity].concat();
        let signature = self.sign(&signed)?;
        let identity = codec::adv_signed_device_identity_to_vec(&ADVSignedDeviceIdentity {
            details: Some(details),
            account_signature_key: Some(self.account_key().to_vec()),
            account_signature: Some(signature),
            ..Default::default()
        });
        let mut mac =
            Hmac::<Sha256>::new_from_slice(adv_secret).expect("HMAC takes keys of any length");
        mac.update(&identity);
        let sealed = ADVSignedDeviceIdentityHMAC {
            details: Some(identity),
            hmac: Some(mac.finalize().into_bytes().to_vec()),
            ..Default::default()
        };
        Ok(sealed.encode_to_vec())
    }

    /// The signed list of the companions that are linked now.
    pub fn sign_key_indexes(
        &self,
        indexes: &[u32],
        changed_at: i64,
    ) -> Result<Vec<u8>, CurveError> {
        let details = codec::adv_key_index_list_to_vec(&ADVKeyIndexList {
            raw_id: Some(self.keys.adv_raw_id),
            timestamp: Some(u64::try_from(changed_at).unwrap_or_default()),
            current_index: Some(indexes.iter().copied().max().unwrap_or_default()),
            valid_indexes: [&[0], indexes].concat(),
            ..Default::default()
        });
        let signature = self.sign(&[KEY_INDEX_SIGNATURE_PREFIX, &details].concat())?;
        Ok(codec::adv_signed_key_index_list_to_vec(
            &ADVSignedKeyIndexList {
                details: Some(details),
                account_signature: Some(signature),
                account_signature_key: Some(self.account_key().to_vec()),
            },
        ))
    }

    /// The key that signs for the account: the phone's identity.
    pub fn account_key(&self) -> &[u8] {
        self.keys.identity.public_key().public_key_bytes()
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, CurveError> {
        let key = self.keys.identity.private_key();
        Ok(key
            .calculate_signature(bytes, &mut platform::rng())?
            .to_vec())
    }
}
