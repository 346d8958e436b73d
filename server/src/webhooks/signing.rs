//! Secrets, and signatures as Standard Webhooks prescribes them.

use crate::{config::Secret, platform::ids::Ids};
use base64::{Engine, prelude::BASE64_STANDARD};
use standardwebhooks::{Webhook, WebhookError};

const START: &str = "whsec_";

pub fn new_secret(ids: &Ids) -> String {
    let bytes: [u8; 32] = ids.bytes();
    format!("{START}{}", BASE64_STANDARD.encode(bytes))
}

/// The header `webhook-signature`: one for each secret that is good now.
pub fn sign(
    secrets: &[Secret],
    message_id: &str,
    timestamp: i64,
    body: &str,
) -> Result<String, WebhookError> {
    let signatures = secrets.iter().map(|secret| {
        let webhook = Webhook::new(secret.expose())?;
        webhook.sign(message_id, timestamp, body.as_bytes())
    });
    Ok(signatures.collect::<Result<Vec<_>, _>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::Clock;

    #[test]
    fn a_signature_is_the_one_of_the_standards_own_example() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = "{\"test\": 2432232314}";
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = sign(&[secret], id, 1_614_265_330, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_two_secrets_are_good_both_sign() {
        let ids = Ids::new(Clock::system());
        let secrets = [new_secret(&ids), new_secret(&ids)].map(Secret::new);
        let signed = sign(&secrets, "a", 0, "{}").unwrap();
        let alone = sign(&secrets[1..], "a", 0, "{}").unwrap();
        assert_eq!(signed.split(' ').nth(1), Some(alone.as_str()));
        assert_eq!(signed.split(' ').count(), 2);
    }
}
