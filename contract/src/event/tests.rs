use super::*;
use crate::{
    Timestamp,
    ids::{AccountId, UserId},
};
use uuid::Uuid;

fn session() -> SessionId {
    SessionId::new(UserId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)))
}

#[test]
fn a_pushed_qr_has_the_fields_of_the_contract_and_reads_back() {
    let event = Event::Qr {
        qr: Some("2@a,b".into()),
        session_id: session(),
        expires_at: Timestamp::UNIX_EPOCH,
    };
    let pushed = Pushed::new(4, session().account, &event).expect("serializes");
    let json = serde_json::to_value(&pushed).expect("serializes");
    assert_eq!(json["qr"], "2@a,b");
    assert_eq!(json["seq"], 4);
    assert_eq!(json["sessionId"], session().to_string());
    assert_eq!(json["expiresAt"], "1970-01-01T00:00:00Z");
    let back: Pushed = serde_json::from_value(json).expect("reads back");
    assert_eq!(back.event("whatsapp:qr").expect("fits"), event);
}

#[test]
fn the_ledger_never_keeps_the_text_of_a_qr() {
    let event = Event::Qr {
        qr: Some("secret".into()),
        session_id: session(),
        expires_at: Timestamp::UNIX_EPOCH,
    };
    let kept = serde_json::to_string(&event.for_ledger()).expect("serializes");
    assert!(!kept.contains("secret"), "{kept}");
}

#[test]
fn a_ledger_event_has_its_name_as_type_and_its_payload_as_data() {
    let event = LedgerEvent {
        seq: 1,
        account_id: session().account,
        at: Timestamp::UNIX_EPOCH,
        event: Event::Disconnected {
            session_id: session(),
            reason: Some(Reason::PhoneUnlinked),
        },
    };
    let json = serde_json::to_value(&event).expect("serializes");
    assert_eq!(json["type"], event.event.name());
    assert_eq!(json["data"]["reason"], "phone_unlinked");
}
