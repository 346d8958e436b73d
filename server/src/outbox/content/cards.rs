//! Contacts to share. Phones read vCards of version 3; the crates for it read
//! and write whole address books, where this needs four lines.

use super::{Error, length, some_length};
use crate::outbox::recipient;
use phonenumber::country;
use whahook_contract::message::ContactCard;
use whahook_whatsapp::port::Card;

const MOST: usize = 20;
const NAME_MAX: usize = 256;
const VCARD_MAX: usize = 16_384;

pub fn check(contacts: &mut [ContactCard], country: Option<country::Id>) -> Result<(), Error> {
    if !(1..=MOST).contains(&contacts.len()) {
        return Err(Error::invalid(
            "contacts",
            format!("`contacts` must be 1 to {MOST}, not {}", contacts.len()),
        ));
    }
    for (n, contact) in contacts.iter_mut().enumerate() {
        check_one(contact, country).map_err(|error| error.within(&format!("contacts[{n}]")))?;
    }
    Ok(())
}

fn check_one(contact: &mut ContactCard, country: Option<country::Id>) -> Result<(), Error> {
    length("name", &contact.name, NAME_MAX)?;
    some_length("organization", contact.organization.as_deref(), NAME_MAX)?;
    match (&mut contact.phone_number, &contact.vcard) {
        (Some(number), None) => {
            let person = recipient::parse(number, country);
            let person = person.map_err(|error| error.at("phone_number"))?;
            let Some(known) = person.phone_number else {
                return Err(Error::invalid(
                    "phone_number",
                    format!("`{number}` is not a phone number, like +6287733760363"),
                ));
            };
            *number = known;
            Ok(())
        }
        (None, Some(vcard)) => check_vcard(vcard, contact.organization.is_some()),
        _ => Err(Error::invalid(
            "phone_number",
            "a contact must have either `phone_number` or `vcard`",
        )),
    }
}

fn check_vcard(vcard: &str, organization: bool) -> Result<(), Error> {
    let lines: Vec<&str> = vcard.lines().filter(|line| !line.is_empty()).collect();
    let is = |line: Option<&&str>, what: &str| line.is_some_and(|l| l.eq_ignore_ascii_case(what));
    let begins = |line: &&&str| line.to_ascii_uppercase().starts_with("BEGIN:VCARD");
    if vcard.len() > VCARD_MAX
        || !is(lines.first(), "BEGIN:VCARD")
        || !is(lines.last(), "END:VCARD")
        || lines.iter().filter(begins).count() != 1
    {
        return Err(Error::invalid(
            "vcard",
            format!(
                "`vcard` must be one vCard, from `BEGIN:VCARD` to `END:VCARD`, of at most \
                 {VCARD_MAX} bytes"
            ),
        ));
    }
    if organization {
        return Err(Error::invalid(
            "organization",
            "`organization` goes with `phone_number`; a `vcard` has its own `ORG`",
        ));
    }
    Ok(())
}

/// As phones show it: the number can be written to on WhatsApp with one tap.
pub fn card(contact: &ContactCard) -> Card {
    let vcard = contact.vcard.clone().unwrap_or_else(|| {
        let number = contact.phone_number.as_deref().unwrap_or_default();
        let digits = number.trim_start_matches('+');
        let name = escaped(&contact.name);
        let mut lines = vec![
            "BEGIN:VCARD".to_owned(),
            "VERSION:3.0".to_owned(),
            format!("N:;{name};;;"),
            format!("FN:{name}"),
        ];
        if let Some(organization) = &contact.organization {
            lines.push(format!("ORG:{};", escaped(organization)));
        }
        lines.push(format!("TEL;type=CELL;type=VOICE;waid={digits}:{number}"));
        lines.push("END:VCARD".to_owned());
        lines.join("\n")
    });
    Card {
        name: contact.name.clone(),
        vcard,
    }
}

/// A value of a vCard (RFC 2426, section 4).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' => escaped.push_str("\\n"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_vcard_is_escaped() {
        let contact = ContactCard {
            name: "Ana; \"A,B\"\nEND:VCARD".to_owned(),
            phone_number: Some("+593991203344".to_owned()),
            organization: Some("C:\\ Ltd".to_owned()),
            vcard: None,
        };
        assert_eq!(
            card(&contact).vcard,
            "BEGIN:VCARD\nVERSION:3.0\nN:;Ana\\; \"A\\,B\"\\nEND:VCARD;;;\n\
             FN:Ana\\; \"A\\,B\"\\nEND:VCARD\nORG:C:\\\\ Ltd;\n\
             TEL;type=CELL;type=VOICE;waid=593991203344:+593991203344\nEND:VCARD"
        );
    }
}
