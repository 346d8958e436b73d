//! A passkey's assertion, as people and programs hand it in.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::Value;
use whatsapp_rust::passkey::Assertion;

/// Reads a `PublicKeyCredential` as `toJSON()` writes it.
///
/// # Errors
/// What is missing, in words.
pub fn assertion(credential: &Value) -> Result<Assertion, String> {
    let text = |value: &Value, name: &str| {
        let found = value.get(name).and_then(Value::as_str);
        found
            .map(ToOwned::to_owned)
            .ok_or_else(|| format!("`{name}` is missing"))
    };
    let bytes = |value: &Value, name: &str| {
        let encoded = text(value, name)?;
        BASE64_URL_SAFE_NO_PAD
            .decode(encoded.trim_end_matches('='))
            .map_err(|_| format!("`{name}` is not base64url"))
    };
    if text(credential, "type")? != "public-key" {
        return Err("`type` must be `public-key`".to_owned());
    }
    let credential_id = bytes(credential, "rawId")?;
    let response = credential
        .get("response")
        .ok_or("`response` is missing; hand in the assertion, not its options")?;
    for name in ["clientDataJSON", "authenticatorData", "signature"] {
        bytes(response, name)?;
    }
    Ok(Assertion {
        assertion_json: credential.to_string().into_bytes(),
        credential_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn credential() -> Value {
        json!({"id": "AQID", "rawId": "AQID", "type": "public-key", "response": {
            "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"
        }})
    }

    #[test]
    fn an_assertion_is_passed_on_as_it_is_with_its_credential() {
        let assertion = assertion(&credential()).unwrap();
        assert_eq!(assertion.credential_id, [1, 2, 3]);
        let passed: Value = serde_json::from_slice(&assertion.assertion_json).unwrap();
        assert_eq!(passed, credential());
    }

    #[test]
    fn what_is_missing_is_named() {
        let without = |path: &str| {
            let mut credential = credential();
            let (parent, name) = path.rsplit_once('/').unwrap();
            let object = credential.pointer_mut(parent).unwrap();
            object.as_object_mut().unwrap().remove(name);
            assertion(&credential).unwrap_err()
        };
        assert_eq!(without("/rawId"), "`rawId` is missing");
        assert_eq!(without("/response/signature"), "`signature` is missing");
        assert!(without("/response").starts_with("`response` is missing"));
    }
}
