//! Whom a message is for, as somebody wrote it; the first byte chooses the country
//! that numbers without a country code are of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phonenumber::country;
use whahook::outbox::parse_recipient;

const COUNTRIES: [Option<country::Id>; 6] = [
    None,
    Some(country::ID),
    Some(country::EC),
    Some(country::BR),
    Some(country::MX),
    Some(country::US),
];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let country = COUNTRIES[usize::from(choice) % COUNTRIES.len()];
    let Ok(to) = parse_recipient(text, country) else {
        return;
    };
    assert!(to.jid.len() < 64, "{to:?}");
    let again = parse_recipient(&to.jid, country).expect("a JID is a recipient");
    assert_eq!(again, to);
    // A JID is WhatsApp's word, and read as it is.
    if let Some(number) = to.phone_number.as_ref().filter(|_| !text.contains('@')) {
        let again = parse_recipient(number, country).expect("so is a number");
        assert_eq!(again, to);
    }
});
