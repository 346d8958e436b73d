//! What a decrypted message says: from its bytes to what the ledger keeps.
#![no_main]

mod kept;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|plaintext: &[u8]| {
    if let Some(said) = whahook_whatsapp::said(plaintext) {
        kept::keep(&said.body, said.quote.as_ref(), &said.mentions);
    }
});
