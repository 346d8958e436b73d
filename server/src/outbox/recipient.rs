//! To whom: the forms in which a recipient may be written.

use super::Error;
use phonenumber::{Metadata, Mode, country, metadata::DATABASE};
use whahook_contract::message::Recipient;

const EXAMPLES: &str = "write it as +6287733760363, 6287733760363, \
    6287733760363@s.whatsapp.net, 123456789012345@lid or 120363012345678901@g.us";

/// Read a recipient. `country` reads numbers that are written without a country
/// code.
///
/// # Errors
/// It is none of the forms: says which would be right.
pub fn parse(text: &str, country: Option<country::Id>) -> Result<Recipient, Error> {
    let text = text.trim();
    match text.split_once('@') {
        Some((user, "s.whatsapp.net" | "c.us")) => {
            let digits = user.strip_prefix('+').unwrap_or(user);
            if is_e164(digits) {
                Ok(person(digits))
            } else {
                Err(invalid(&format!("`{text}` is not a phone number's JID")))
            }
        }
        Some((user, "lid")) if is_digits(user, 5, 20) => Ok(Recipient {
            phone_number: None,
            lid: Some(text.to_owned()),
            jid: text.to_owned(),
        }),
        Some((user, "g.us")) if is_group(user) => Ok(Recipient {
            phone_number: None,
            lid: None,
            jid: text.to_owned(),
        }),
        Some(_) => Err(invalid(&format!("`{text}` is not a JID of WhatsApp"))),
        None => number(text, country).map(|digits| person(&digits)),
    }
}

/// The country of a number with `+` and digits.
pub fn country_of(phone_number: &str) -> Option<country::Id> {
    let number = phonenumber::parse(None, phone_number).ok()?;
    number.country().id()
}

fn person(digits: &str) -> Recipient {
    Recipient {
        phone_number: Some(format!("+{digits}")),
        lid: None,
        jid: format!("{digits}@s.whatsapp.net"),
    }
}

/// The digits of an international number, without the plus.
fn number(text: &str, country: Option<country::Id>) -> Result<String, Error> {
    if text.is_empty() {
        return Err(invalid("there is no recipient"));
    }
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}'))
        .collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.is_empty() {
        return Err(invalid(&format!("`{text}` is not a phone number")));
    }
    if plain.starts_with('+') {
        return international(digits).ok_or_else(|| {
            invalid(&format!(
                "`{text}` is not an international number: after the country's code it needs as \
                 many digits as the numbers there have"
            ))
        });
    }
    // Without a plus it is ambiguous. A national prefix (0) says local; else
    // what is a real international number is taken for one.
    if !digits.starts_with('0')
        && let Some(international) = valid_international(digits)
    {
        return Ok(international);
    }
    if let Some(country) = country {
        return valid(Some(country), digits).ok_or_else(|| {
            invalid(&format!(
                "`{text}` is not a number of {country:?}, nor an international one with its country code"
            ))
        });
    }
    if digits.len() >= 10
        && let Some(international) = international(digits)
    {
        return Ok(international);
    }
    Err(invalid(&format!(
        "`{text}` has no country code, and neither the account's own number nor DEFAULT_COUNTRY \
         says which it is"
    )))
}

/// The digits of an international number as they are dialled from everywhere. One
/// that is as long as numbers of its country is taken as it is: the library knows
/// which are in use only as of its day.
fn international(digits: &str) -> Option<String> {
    let (code, countries) = (1..=3).find_map(|length| {
        let code = digits.get(..length).filter(|code| !code.starts_with('0'))?;
        Some((code, DATABASE.by_code(&code.parse().ok()?)?))
    })?;
    let own = digits.strip_prefix(code)?;
    let fits = |own: &str| {
        countries
            .iter()
            .any(|country| has_length(country, own.len()))
    };
    // What is dialled within the country only: +44 (0)7911 …
    if own.starts_with('0') && countries.iter().any(|it| it.national_prefix() == Some("0")) {
        let own = own.trim_start_matches('0');
        let stripped = || Some(format!("{code}{own}")).filter(|it| is_e164(it) && fits(own));
        return valid_international(digits).or_else(stripped);
    }
    if is_e164(digits) && fits(own) {
        return Some(digits.to_owned());
    }
    valid_international(digits)
}

/// Whether a country has numbers that are so long, its code apart.
fn has_length(country: &Metadata, length: usize) -> bool {
    let kinds = country.descriptors();
    let kinds = [
        kinds.mobile(),
        kinds.fixed_line(),
        kinds.voip(),
        kinds.toll_free(),
        kinds.shared_cost(),
        kinds.premium_rate(),
        kinds.personal_number(),
        kinds.pager(),
        kinds.uan(),
        kinds.voicemail(),
    ];
    let has = |length: &u16| {
        kinds
            .iter()
            .flatten()
            .any(|it| it.possible_length().contains(length))
    };
    u16::try_from(length).is_ok_and(|length| has(&length))
}

/// A number that is in use as far as the library knows, or was in its form of before.
fn valid_international(digits: &str) -> Option<String> {
    let valid = |digits: &str| valid(None, &format!("+{digits}"));
    if of_today(digits).is_some_and(|today| valid(&today).is_some()) {
        return Some(digits.to_owned());
    }
    valid(digits)
}

/// A number of a country whose numbers have grown, in the form of today, when it
/// is in that of before: mobile numbers of Brazil got a ninth digit, those of
/// Mexico lost the 1 after the country code. WhatsApp still knows many by the
/// form of before.
fn of_today(digits: &str) -> Option<String> {
    if let Some((area, own)) = digits
        .strip_prefix("55")
        .and_then(|it| it.split_at_checked(2))
    {
        let is_mobile = own.len() == 8 && own.starts_with(['6', '7', '8', '9']);
        return is_mobile.then(|| format!("55{area}9{own}"));
    }
    let own = digits.strip_prefix("521").filter(|own| own.len() == 10)?;
    Some(format!("52{own}"))
}

fn valid(country: Option<country::Id>, text: &str) -> Option<String> {
    let number = phonenumber::parse(country, text).ok()?;
    let plus = number.format().mode(Mode::E164).to_string();
    let digits = plus.trim_start_matches('+');
    (number.is_valid() && is_e164(digits)).then(|| digits.to_owned())
}

fn is_e164(digits: &str) -> bool {
    is_digits(digits, 7, 15) && !digits.starts_with('0')
}

fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// New groups have a number of 18 digits, old ones `creator-time`.
fn is_group(user: &str) -> bool {
    match user.split_once('-') {
        Some((creator, time)) => is_digits(creator, 7, 15) && is_digits(time, 9, 11),
        None => is_digits(user, 10, 25),
    }
}

fn invalid(what: &str) -> Error {
    Error::invalid("to", format!("{what}; {EXAMPLES}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str, country: Option<country::Id>) -> Option<String> {
        parse(text, country).ok().map(|to| to.jid)
    }

    #[test]
    fn every_documented_form_is_read() {
        let indonesian = Some("6287733760363@s.whatsapp.net".to_owned());
        for text in [
            "+6287733760363",
            "6287733760363",
            "+62 877-3376-0363",
            "6287733760363@s.whatsapp.net",
            "6287733760363@c.us",
        ] {
            assert_eq!(jid(text, None), indonesian, "{text}");
        }
        assert_eq!(jid("087733760363", Some(country::ID)), indonesian);
        assert_eq!(jid("87733760363", Some(country::ID)), indonesian);
        assert_eq!(
            jid("0987654321", Some(country::EC)),
            Some("593987654321@s.whatsapp.net".to_owned())
        );
        for text in [
            "123456789012345@lid",
            "120363012345678901@g.us",
            "6287733760363-1612345678@g.us",
        ] {
            assert_eq!(jid(text, None).as_deref(), Some(text));
        }
    }

    #[test]
    fn an_international_number_is_read_as_people_write_it() {
        for (text, digits) in [
            ("+62 0877-3376-0363", "6287733760363"),
            ("+62 (0)877 3376 0363", "6287733760363"),
            ("62 0877 3376 0363", "6287733760363"),
            ("+44 (0)7911 123456", "447911123456"),
            ("+44 7911 123456", "447911123456"),
            ("+49 (0)151 23456789", "4915123456789"),
            ("+593 (0)99 120 3344", "593991203344"),
            ("+7 8 912 345 67 89", "79123456789"),
            ("+7 912 345 67 89", "79123456789"),
            // The zero belongs to these.
            ("+39 06 1234 5678", "390612345678"),
            ("+225 07 07 12 34 56", "2250707123456"),
            ("+54 9 11 2345-6789", "5491123456789"),
            // Not in use as far as the library knows, but as long as others are.
            ("+1 555 000 1111", "15550001111"),
            ("+44 7000 000000", "447000000000"),
            ("+593 99 000 0001", "593990000001"),
        ] {
            let expected = Some(format!("{digits}@s.whatsapp.net"));
            assert_eq!(jid(text, None), expected, "{text}");
            assert_eq!(jid(text, Some(country::EC)), expected, "{text}, in Ecuador");
        }
        for text in [
            "+44 7911 1234567",
            "+593 99 120 33",
            "+1 555 000 111",
            "+1 555 000 11112",
            "+52 55 1234 567",
            "+999 123 456 789",
            "+62 0",
            "+44",
        ] {
            assert_eq!(jid(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_number_in_a_form_of_before_is_read_as_it_is() {
        for digits in [
            "553187654321",
            "5215512345678",
            "5531987654321",
            "525512345678",
        ] {
            let expected = Some(format!("{digits}@s.whatsapp.net"));
            assert_eq!(jid(digits, Some(country::EC)), expected);
            assert_eq!(jid(&format!("+{digits}"), Some(country::EC)), expected);
        }
    }

    #[test]
    fn a_number_tells_its_country() {
        assert_eq!(country_of("+6287733760363"), Some(country::ID));
        assert_eq!(country_of("+593987654321"), Some(country::EC));
        assert_eq!(country_of("Ana"), None);
    }

    #[test]
    fn what_is_no_recipient_is_refused_with_the_field_and_examples() {
        for text in [
            "",
            "hello",
            "+",
            "+0123456789",
            "0987654321",
            "12",
            "x@s.whatsapp.net",
            "123@example.com",
            "status@broadcast",
            "+1234567890123456",
            "593987654321@lid; DROP",
        ] {
            match parse(text, None) {
                Err(Error::Invalid { field, message }) => {
                    assert_eq!(field, "to");
                    assert!(message.contains("+6287733760363"), "{message}");
                }
                other => panic!("{text:?} was read as {other:?}"),
            }
        }
    }

    #[test]
    fn a_person_has_a_number_and_a_lid_only_where_it_is_known() {
        let to = parse("+6287733760363", None).unwrap();
        assert_eq!(to.phone_number.as_deref(), Some("+6287733760363"));
        assert_eq!(to.lid, None);
        let to = parse("123456789012345@lid", None).unwrap();
        assert_eq!(to.phone_number, None);
        assert_eq!(to.lid.as_deref(), Some("123456789012345@lid"));
    }
}
