//! The certificate chain that the server presents in its handshake.
//!
//! Leaf and intermediate are really signed (XEdDSA), by a root of the
//! simulator's own, so that a client whose root can be set verifies for real.

use serde::{Deserialize, Serialize};
use wacore_libsignal::protocol::{KeyPair, PrivateKey};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp::CertChain;
use waproto::whatsapp::cert_chain::NoiseCertificate;
use waproto::whatsapp::cert_chain::noise_certificate::Details;

use crate::bytes64;
use crate::platform;

const YEAR_SECS: u64 = 365 * 24 * 3600;

/// The private keys behind the chain, as they are stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    #[serde(with = "bytes64")]
    root: Vec<u8>,
    #[serde(with = "bytes64")]
    intermediate: Vec<u8>,
    #[serde(with = "bytes64")]
    leaf: Vec<u8>,
    issued_at: u64,
}

impl Secrets {
    pub fn generate() -> Self {
        let fresh = || {
            KeyPair::generate(&mut platform::rng())
                .private_key
                .serialize()
                .to_vec()
        };
        Self {
            root: fresh(),
            intermediate: fresh(),
            leaf: fresh(),
            issued_at: u64::try_from(platform::now_secs()).unwrap_or_default(),
        }
    }
}

/// The server's static key with the chain that vouches for it.
pub struct Certificates {
    root_public: [u8; 32],
    server: KeyPair,
    chain: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
#[error("the stored certificate keys are unusable: {0}")]
pub struct InvalidSecrets(String);

impl Certificates {
    pub fn from_secrets(secrets: &Secrets) -> Result<Self, InvalidSecrets> {
        let root = key_pair(&secrets.root)?;
        let intermediate = key_pair(&secrets.intermediate)?;
        let server = key_pair(&secrets.leaf)?;
        // A day of slack for clients whose clock is behind ours.
        let not_before = secrets.issued_at.saturating_sub(24 * 3600);
        let not_after = secrets.issued_at + 20 * YEAR_SECS;
        let intermediate_details = Details {
            serial: Some(1),
            // Encoded although zero: clients compare the field itself.
            issuer_serial: Some(0),
            key: Some(intermediate.public_key.public_key_bytes().to_vec()),
            not_before: Some(not_before),
            not_after: Some(not_after),
        };
        let leaf_details = Details {
            serial: Some(2),
            issuer_serial: Some(1),
            key: Some(server.public_key.public_key_bytes().to_vec()),
            not_before: Some(not_before),
            not_after: Some(not_after),
        };
        let chain = CertChain {
            leaf: MessageField::some(signed(&leaf_details, &intermediate)?),
            intermediate: MessageField::some(signed(&intermediate_details, &root)?),
        };
        Ok(Self {
            root_public: raw_public(&root),
            server,
            chain: chain.encode_to_vec(),
        })
    }

    /// The encoded chain, sent encrypted in the server's hello.
    pub fn chain(&self) -> &[u8] {
        &self.chain
    }

    pub fn server_private(&self) -> &[u8] {
        self.server.private_key.serialize()
    }

    pub fn server_public(&self) -> [u8; 32] {
        raw_public(&self.server)
    }

    /// The root's public key, raw 32 bytes.
    pub fn root_public(&self) -> [u8; 32] {
        self.root_public
    }
}

fn key_pair(private: &[u8]) -> Result<KeyPair, InvalidSecrets> {
    PrivateKey::deserialize(private)
        .and_then(KeyPair::try_from)
        .map_err(|e| InvalidSecrets(e.to_string()))
}

fn raw_public(pair: &KeyPair) -> [u8; 32] {
    let mut raw = [0; 32];
    raw.copy_from_slice(pair.public_key.public_key_bytes());
    raw
}

fn signed(details: &Details, issuer: &KeyPair) -> Result<NoiseCertificate, InvalidSecrets> {
    let details = details.encode_to_vec();
    let signature = issuer
        .calculate_signature(&details, &mut platform::rng())
        .map_err(|e| InvalidSecrets(e.to_string()))?;
    Ok(NoiseCertificate {
        details: Some(details),
        signature: Some(signature.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use wacore_libsignal::protocol::PublicKey;
    use waproto::codec;

    use super::*;

    #[test]
    fn the_chain_verifies_from_the_root_to_the_server_key() {
        let certificates = Certificates::from_secrets(&Secrets::generate()).unwrap();
        let chain = codec::cert_chain_decode(certificates.chain()).unwrap();
        let intermediate = chain.intermediate.into_option().unwrap();
        let leaf = chain.leaf.into_option().unwrap();
        let root = PublicKey::from_djb_public_key_bytes(&certificates.root_public()).unwrap();
        let intermediate_bytes = intermediate.details.unwrap();
        assert!(root.verify_signature(&intermediate_bytes, &intermediate.signature.unwrap()));
        let details = codec::noise_certificate_details_decode(&intermediate_bytes).unwrap();
        assert_eq!(details.issuer_serial, Some(0), "must be on the wire");
        let issuer = PublicKey::from_djb_public_key_bytes(&details.key.unwrap()).unwrap();
        let leaf_bytes = leaf.details.unwrap();
        assert!(issuer.verify_signature(&leaf_bytes, &leaf.signature.unwrap()));
        let details = codec::noise_certificate_details_decode(&leaf_bytes).unwrap();
        assert_eq!(details.key.unwrap(), certificates.server_public());
    }
}
