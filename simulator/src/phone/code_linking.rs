//! The phone's side of linking with a code that a person types in.

use wacore::crypto::hkdf_sha256_into;
use wacore::pair_code::PairCodeUtils;
use wacore_libsignal::crypto::aes_256_gcm_decrypt;
use wacore_libsignal::protocol::{IdentityKeyPair, KeyPair, PublicKey};

use crate::platform;

const BUNDLE_KEY_INFO: &[u8] = b"link_code_pairing_key_bundle_encryption_key";
const ADV_SECRET_INFO: &[u8] = b"adv_secret";

/// The code does not fit what the client sent: it was typed wrongly.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the code is wrong")]
pub struct WrongCode;

/// A code as the person may have typed it: any case, with dashes or spaces.
pub fn normalised(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    PairCodeUtils::validate_code(&code).then_some(code)
}

/// The phone's half of the exchange, between its hello and the client's answer.
pub struct Exchange {
    ephemeral: KeyPair,
    client_ephemeral: [u8; 32],
    /// The phone's public ephemeral key, hidden under the code.
    pub wrapped: [u8; 80],
}

/// What the client's answer says.
pub struct Opened {
    pub companion_identity: [u8; 32],
    pub adv_secret: [u8; 32],
}

impl Exchange {
    /// Slow on purpose: the code is stretched many times.
    pub fn start(code: &str, wrapped_by_client: &[u8]) -> Result<Self, WrongCode> {
        let client_ephemeral =
            PairCodeUtils::decrypt_primary_ephemeral_pub(wrapped_by_client, code)
                .map_err(|_| WrongCode)?;
        let ephemeral = KeyPair::generate(&mut platform::rng());
        let mut public = [0; 32];
        public.copy_from_slice(ephemeral.public_key.public_key_bytes());
        Ok(Self {
            wrapped: PairCodeUtils::encrypt_ephemeral_pub(&public, code),
            ephemeral,
            client_ephemeral,
        })
    }

    /// Opens the client's bundle: salt, nonce, then both identities and a random part.
    pub fn open(&self, bundle: &[u8], phone: &IdentityKeyPair) -> Result<Opened, WrongCode> {
        let (salt, rest) = bundle.split_first_chunk::<32>().ok_or(WrongCode)?;
        let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or(WrongCode)?;
        let shared = agree(&self.ephemeral.private_key, &self.client_ephemeral)?;
        let mut key = [0; 32];
        hkdf_sha256_into(&shared, Some(salt), BUNDLE_KEY_INFO, &mut key).map_err(|_| WrongCode)?;
        let mut opened = Vec::new();
        aes_256_gcm_decrypt(&key, nonce, b"", sealed, &mut opened).map_err(|_| WrongCode)?;
        let part = |at: usize| -> Result<[u8; 32], WrongCode> {
            let bytes = opened.get(at..at + 32).ok_or(WrongCode)?;
            bytes.try_into().map_err(|_| WrongCode)
        };
        let (companion_identity, own, random) = (part(0)?, part(32)?, part(64)?);
        if own != phone.public_key().public_key_bytes() {
            return Err(WrongCode);
        }
        let identities = agree(phone.private_key(), &companion_identity)?;
        let mut adv_secret = [0; 32];
        let secret = [shared, identities, random].concat();
        hkdf_sha256_into(&secret, None, ADV_SECRET_INFO, &mut adv_secret).map_err(|_| WrongCode)?;
        Ok(Opened {
            companion_identity,
            adv_secret,
        })
    }
}

fn agree(
    private: &wacore_libsignal::protocol::PrivateKey,
    public: &[u8; 32],
) -> Result<[u8; 32], WrongCode> {
    let public = PublicKey::from_djb_public_key_bytes(public).map_err(|_| WrongCode)?;
    private.calculate_agreement(&public).map_err(|_| WrongCode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(pair: &KeyPair) -> [u8; 32] {
        pair.public_key.public_key_bytes().try_into().unwrap()
    }

    #[test]
    fn a_code_may_be_typed_with_dashes_and_in_lower_case() {
        assert_eq!(normalised("abcd-1234").as_deref(), Some("ABCD1234"));
        assert_eq!(normalised("ABCD 123"), None);
        assert_eq!(normalised("ABCD123O"), None, "the alphabet has no O");
    }

    #[test]
    fn both_sides_agree_on_the_secret_and_a_wrong_code_is_noticed() {
        let mut rng = platform::rng();
        let phone = IdentityKeyPair::generate(&mut rng);
        let (companion, ephemeral) = (KeyPair::generate(&mut rng), KeyPair::generate(&mut rng));
        let code = "ABCD1234";
        let hello = PairCodeUtils::encrypt_ephemeral_pub(&raw(&ephemeral), code);
        let exchange = Exchange::start(code, &hello).unwrap();
        let primary =
            PairCodeUtils::decrypt_primary_ephemeral_pub(&exchange.wrapped, code).unwrap();
        let own: [u8; 32] = phone.public_key().public_key_bytes().try_into().unwrap();
        let (bundle, secret) =
            PairCodeUtils::prepare_key_bundle(&ephemeral, &primary, &own, &companion).unwrap();
        let opened = exchange.open(&bundle, &phone).unwrap();
        assert_eq!(opened.adv_secret, secret);
        assert_eq!(opened.companion_identity, raw(&companion));
        let mistyped = Exchange::start("ABCD1235", &hello).unwrap();
        assert!(mistyped.open(&bundle, &phone).is_err());
    }
}
