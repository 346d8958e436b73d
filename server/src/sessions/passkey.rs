//! Whether an assertion answers what WhatsApp asked for: told here, in words,
//! before WhatsApp would refuse it without any.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::Value;

/// # Errors
/// What does not fit, in words.
pub fn answers(assertion: &Value, options: Option<&Value>) -> Result<(), String> {
    let client_data = assertion
        .pointer("/response/clientDataJSON")
        .and_then(Value::as_str)
        .ok_or("`response.clientDataJSON` is missing")?;
    let client_data: Value = bytes(client_data)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("`response.clientDataJSON` is not JSON in base64url")?;
    let text = |name: &str| client_data.get(name).and_then(Value::as_str);
    if text("type") != Some("webauthn.get") {
        return Err("it was not made by asking for a passkey (`webauthn.get`)".to_owned());
    }
    let asked = options.and_then(|options| options.get("challenge"));
    let asked = asked.and_then(Value::as_str).and_then(bytes);
    if asked.is_some() && text("challenge").and_then(bytes) != asked {
        return Err("it answers another challenge than the one on show".to_owned());
    }
    Ok(())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn assertion(client_data: &Value) -> Value {
        let client_data = BASE64_URL_SAFE_NO_PAD.encode(client_data.to_string());
        json!({"response": {"clientDataJSON": client_data}})
    }

    #[test]
    fn an_answer_to_another_challenge_is_told_apart() {
        let options = json!({"challenge": "AQID"});
        let answer = |challenge: &str| {
            let data = json!({"type": "webauthn.get", "challenge": challenge});
            answers(&assertion(&data), Some(&options))
        };
        assert_eq!(answer("AQID"), Ok(()));
        assert_eq!(answer("AQID="), Ok(()));
        assert!(answer("AQIE").unwrap_err().contains("another challenge"));
    }

    #[test]
    fn what_is_no_assertion_says_why() {
        let created = assertion(&json!({"type": "webauthn.create", "challenge": "AQID"}));
        assert!(answers(&created, None).is_err());
        assert!(answers(&json!({}), None).unwrap_err().contains("missing"));
    }
}
