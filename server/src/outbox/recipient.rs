//! To whom: the forms in which a recipient may be written.

use super::Error;
use phonenumber::{Mode, country};
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
        return if is_e164(digits) {
            Ok(digits.to_owned())
        } else {
            Err(invalid(&format!(
                "`{text}` is not an international number: it needs 7 to 15 digits and does not \
                 begin with 0"
            )))
        };
    }
    // Without a plus it is ambiguous. A national prefix (0) says local; else
    // what is a real international number is taken for one.
    if !digits.starts_with('0') && is_international(digits) {
        return Ok(digits.to_owned());
    }
    if let Some(country) = country {
        return valid(Some(country), digits).ok_or_else(|| {
            invalid(&format!(
                "`{text}` is not a number of {country:?}, nor an international one with its country code"
            ))
        });
    }
    if !digits.starts_with('0') && is_e164(digits) && digits.len() >= 10 {
        return Ok(digits.to_owned());
    }
    Err(invalid(&format!(
        "`{text}` has no country code, and neither the account's own number nor DEFAULT_COUNTRY \
         says which it is"
    )))
}

fn is_international(digits: &str) -> bool {
    let is_valid = |digits: &str| valid(None, &format!("+{digits}")).is_some();
    is_valid(digits) || of_today(digits).is_some_and(|today| is_valid(&today))
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
    number
        .is_valid()
        .then(|| plus.trim_start_matches('+').to_owned())
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
