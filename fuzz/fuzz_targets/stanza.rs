//! A stanza as it comes over the wire, once it is decrypted: up to who wrote a
//! message, and when.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::SystemTime;
use wacore::messages::parse_message_info;
use wacore_binary::{Jid, marshal::unmarshal_ref, util::unpack};
use whahook::inbox::model::written_at;
use whahook_contract::Timestamp;

fuzz_target!(|frame: &[u8]| {
    let Ok(bytes) = unpack(frame) else { return };
    let Ok(node) = unmarshal_ref(&bytes) else {
        return;
    };
    let (own, own_lid) = (Jid::pn("593987654321"), Jid::lid("100000000000001"));
    let Ok(info) = parse_message_info(&node, &own, Some(&own_lid)) else {
        return;
    };
    let told = Timestamp::from(SystemTime::from(info.timestamp));
    let now = Timestamp::UNIX_EPOCH;
    assert!(written_at(told, now) >= told);
});
