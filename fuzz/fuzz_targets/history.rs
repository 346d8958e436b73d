//! A piece of the history that a phone sends, unpacked: up to what the ledger keeps.
#![no_main]

mod kept;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for came in whahook_whatsapp::history(bytes) {
        kept::keep(&came.body, came.quote.as_ref(), &came.mentions);
    }
});
