//! WhatsApp's refusals of a message: its number for each as a stable code.
//! `docs/OPERATIONS.md` says what to do about them.

/// The code of a refusal; one that is not known keeps its number.
pub fn code(number: &str) -> String {
    let known = match number {
        "400" => "rejected_malformed",
        "404" => "rejected_recipient_not_found",
        "421" => "rejected_group_changed",
        "429" => "rejected_too_many",
        "475" => "rejected_new_chats_capped",
        "479" => "rejected_invalid_field",
        "487" | "488" | "489" | "490" => "rejected_not_understood",
        "491" => "rejected_invalid_content",
        "495" => "rejected_missing_secret",
        "499" => "rejected_deleted",
        "500" | "552" => "rejected_internal",
        "503" => "rejected_unavailable",
        "550" => "rejected_delete_not_allowed",
        "551" => "rejected_group_unsupported",
        other => return format!("rejected_{other}"),
    };
    known.to_owned()
}

/// The same may succeed in a while: trouble of WhatsApp's own, or a chat that had
/// changed, which is asked about anew for the next attempt.
pub fn passes(number: &str) -> bool {
    matches!(number, "421" | "429" | "500" | "503" | "552")
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::message::DETAILS;

    #[test]
    fn a_refusal_has_a_stable_code_also_one_that_is_not_known() {
        assert_eq!(code("479"), "rejected_invalid_field");
        assert_eq!(code("999"), "rejected_999");
        for number in (400..600).map(|number| number.to_string()) {
            let code = code(&number);
            let known = DETAILS.contains(&code.as_str());
            assert!(known || code == format!("rejected_{number}"), "{code}");
        }
        assert!(passes("503") && passes("421") && !passes("400"));
    }
}
