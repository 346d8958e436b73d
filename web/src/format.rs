//! Numbers, times and names as people read them.

use crate::i18n::Locale;
use chrono::{Datelike, NaiveDate};
use js_sys::Date;
use wasm_bindgen::JsValue;
use whahook_contract::Timestamp;

/// Calling codes of two digits; `1` and `7` have one, all others three.
const TWO_DIGIT_CODES: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// `+593987654321` → `+593 98 765 4321`. Grouping by each country's custom
/// would need its tables; groups of up to four read well everywhere.
pub fn phone(e164: &str) -> String {
    let digits = e164.trim_start_matches('+');
    if digits.len() < 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return e164.to_owned();
    }
    let code = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        _ if TWO_DIGIT_CODES.contains(&&digits[..2]) => 2,
        _ => 3,
    };
    let (code, mut rest) = digits.split_at(code);
    let mut groups = Vec::new();
    // The last group has four digits, those before it three, or four where
    // three would leave a single digit in front.
    let mut size = 4;
    while rest.len() > size + 1 {
        let (head, group) = rest.split_at(rest.len() - size);
        groups.push(group);
        rest = head;
        size = if matches!(rest.len(), 4 | 7 | 8) {
            4
        } else {
            3
        };
    }
    groups.push(rest);
    groups.push(code);
    groups.reverse();
    format!("+{}", groups.join(" "))
}

/// What a person typed as an international number, with its plus; `None` where
/// that cannot be one. Whether it is one says the server.
pub fn international(typed: &str) -> Option<String> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}'))
        .collect();
    let digits = plain
        .strip_prefix('+')
        .or_else(|| plain.strip_prefix("00"))
        .unwrap_or(&plain);
    let right = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    right.then(|| format!("+{digits}"))
}

/// As text inside of markup and its attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// One or two letters for an avatar; the style sheet capitalises them.
pub fn initials(name: &str) -> String {
    let mut letters = name
        .split(' ')
        .filter_map(|word| word.chars().next())
        .filter(|letter| !letter.is_ascii_punctuation() && !"·•…–—".contains(*letter));
    let first = letters.next().unwrap_or('?');
    letters
        .next_back()
        .into_iter()
        .fold(String::from(first), |mut all, last| {
            all.push(last);
            all
        })
}

/// `3 min`, `2 h 4 min`, `5 d 3 h`: the two largest units.
pub fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let (large, small) = match () {
        () if days > 0 => ((days, "d"), (hours % 24, "h")),
        () if hours > 0 => ((hours, "h"), (minutes % 60, "min")),
        () if minutes > 0 => ((minutes, "min"), (0, "")),
        () => ((seconds.max(0), "s"), (0, "")),
    };
    match small {
        (0, _) => format!("{} {}", large.0, large.1),
        (n, unit) => format!("{} {} {n} {unit}", large.0, large.1),
    }
}

/// `2:05`, as on a timer.
pub fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `99.98 %`. Never rounded up: 100 % is without any interruption.
pub fn percent(ratio: f64, locale: Locale) -> String {
    #[allow(clippy::cast_possible_truncation)] // at most 10,000
    let hundredths = (ratio * 10_000.0 + 1e-6).floor() as i64;
    let point = match locale {
        Locale::En => '.',
        Locale::Es => ',',
    };
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) => format!("{whole}{point}{rest:02} %"),
    }
}

/// `640 B`, `12 kB`, `3.4 MB`. In whole numbers: see `wire::json`.
pub fn bytes(size: f64, locale: Locale) -> String {
    let point = match locale {
        Locale::En => '.',
        Locale::Es => ',',
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a file's size
    let size = size as u64;
    match size {
        ..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} kB", (size + 500) / 1_000),
        _ => {
            let tenths = (size + 50_000) / 100_000;
            format!("{}{point}{} MB", tenths / 10, tenths % 10)
        }
    }
}

/// `23 Nov`
pub fn day(date: NaiveDate, months: &[&str; 12]) -> String {
    let month = months.get(date.month0() as usize);
    format!("{} {}", date.day(), month.copied().unwrap_or_default())
}

/// A pairing code in two groups of four.
pub fn pair_code(code: &str) -> (String, String) {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let middle = code.len().min(4);
    (code[..middle].to_owned(), code[middle..].to_owned())
}

/// A path as the value of a parameter.
pub fn in_query(path: &str) -> String {
    path.replace('%', "%25")
        .replace('&', "%26")
        .replace('#', "%23")
        .replace('+', "%2B")
}

/// Number of avatar colours in the style sheet (`.hue-0` …).
const HUES: u128 = 8;

/// The same colour for the same id, always.
pub const fn hue(id: u128) -> u128 {
    id % HUES
}

/// For those without JavaScript, and until the browser localises it.
#[cfg(feature = "ssr")]
pub fn utc(at: Timestamp, months: &[&str; 12]) -> String {
    use chrono::Timelike;
    let month = months
        .get(at.month0() as usize)
        .copied()
        .unwrap_or_default();
    format!(
        "{} {month}, {:02}:{:02} UTC",
        at.day(),
        at.hour(),
        at.minute()
    )
}

/// For machines, as `<time>` wants it.
#[cfg(feature = "ssr")]
pub fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The browser has a formatter of its own: chrono's stays out of the download.
#[cfg(not(feature = "ssr"))]
pub fn iso(at: Timestamp) -> String {
    date(at).to_iso_string().into()
}

/// In the browser's time zone: the hour alone when it is today.
pub fn local(at: Timestamp, now: Timestamp, locale: Locale) -> String {
    let (at, now) = (date(at), date(now));
    let mut options = vec![("hour", "numeric"), ("minute", "2-digit")];
    if at.to_date_string() != now.to_date_string() {
        options.extend([("day", "numeric"), ("month", "short")]);
        if at.get_full_year() != now.get_full_year() {
            options.push(("year", "numeric"));
        }
    }
    at.to_locale_string(locale.code(), &crate::wire::object(&options))
        .into()
}

/// What a field for day and hour has, in the reader's own zone, as everybody's.
pub fn instant(local: &str) -> Option<String> {
    let at = Date::new(&local.into());
    at.get_time().is_finite().then(|| at.to_iso_string().into())
}

/// An instant as a field for day and hour takes it, moved by milliseconds.
pub fn local_input(at: Timestamp, by_ms: f64) -> String {
    let at = date(at);
    let offset = at.get_timezone_offset() * 60_000.0;
    at.set_time(at.get_time() + by_ms - offset);
    let iso = String::from(at.to_iso_string());
    iso.chars().take("2026-12-31T23:59".len()).collect()
}

/// The day alone, in the browser's time zone.
pub fn local_day(at: Timestamp, locale: Locale) -> String {
    let options = crate::wire::object(&[("day", "numeric"), ("month", "long")]);
    date(at)
        .to_locale_date_string(locale.code(), &options)
        .into()
}

fn date(at: Timestamp) -> Date {
    #[allow(clippy::cast_precision_loss)] // milliseconds since 1970 fit a double
    let ms = at.timestamp_millis() as f64;
    Date::new(&JsValue::from_f64(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_for_people() {
        for (e164, shown) in [
            ("+593987654321", "+593 98 765 4321"),
            ("+6287733760363", "+62 877 3376 0363"),
            ("+15551234567", "+1 555 123 4567"),
            ("+4915112345678", "+49 151 1234 5678"),
            ("+34600123456", "+34 60 012 3456"),
            ("+4712345678", "+47 1234 5678"),
            ("+5511912345678", "+55 119 1234 5678"),
            ("+123", "+123"),
            ("not a number", "not a number"),
        ] {
            assert_eq!(phone(e164), shown);
        }
    }

    #[test]
    fn no_digit_of_a_number_is_lost_or_left_alone() {
        for length in 6..=15 {
            let e164 = format!("+593{}", &"987654321012"[..length - 3]);
            let shown = phone(&e164);
            assert_eq!(shown.replace(' ', ""), e164);
            assert!(shown.split(' ').all(|group| group.len() > 1), "{shown}");
        }
    }

    #[test]
    fn a_path_with_parameters_of_its_own_survives_in_a_query() {
        assert_eq!(in_query("/docs?a=b&c=%20#d"), "/docs?a=b%26c=%2520%23d");
    }

    #[test]
    fn a_typed_number_is_international_or_refused() {
        for (typed, number) in [
            (" +593 98-765 4321 ", Some("+593987654321")),
            ("00 62 (877) 3376.0363", Some("+6287733760363")),
            ("593987654321", Some("+593987654321")),
            ("0987654321", None),
            ("+59398", None),
            ("my phone", None),
            ("", None),
        ] {
            assert_eq!(international(typed).as_deref(), number, "{typed}");
        }
    }

    #[test]
    fn times_that_passed_are_told_in_two_units() {
        for (seconds, words) in [
            (-3, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (7_440, "2 h 4 min"),
            (86_400, "1 d"),
            (442_800, "5 d 3 h"),
        ] {
            assert_eq!(duration(seconds), words);
        }
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        for (ratio, words) in [
            (1.0, "100 %"),
            (0.999_99, "99.99 %"),
            (0.9998, "99.98 %"),
            (0.5, "50 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(percent(ratio, Locale::En), words);
        }
        assert_eq!(percent(0.9998, Locale::Es), "99,98 %");
    }

    #[test]
    fn a_size_is_told_in_the_unit_that_fits() {
        for (size, words) in [
            (70.0, "70 B"),
            (1_500.0, "2 kB"),
            (12_345.0, "12 kB"),
            (3_440_000.0, "3.4 MB"),
        ] {
            assert_eq!(bytes(size, Locale::En), words);
        }
        assert_eq!(bytes(3_440_000.0, Locale::Es), "3,4 MB");
    }

    #[test]
    fn a_day_is_named_by_its_month() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
        assert_eq!(day(date, &Locale::En.texts().months), "3 Nov");
    }

    #[test]
    fn a_pairing_code_has_two_groups_however_it_is_written() {
        for code in ["ABCD1234", "ABCD-1234"] {
            assert_eq!(pair_code(code), ("ABCD".into(), "1234".into()));
        }
        assert_eq!(pair_code("AB"), ("AB".into(), String::new()));
    }

    #[test]
    fn an_avatar_has_one_or_two_letters() {
        for (name, letters) in [
            ("Ana Morales", "AM"),
            ("Store · Quito", "SQ"),
            ("ana", "a"),
            ("WhatsApp 1", "W1"),
            ("élan de vie", "év"),
            ("… ", "?"),
        ] {
            assert_eq!(initials(name), letters);
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_time_is_readable_without_a_browser() {
        let at = Timestamp::from_timestamp(1_762_938_840, 0).unwrap();
        assert_eq!(utc(at, &Locale::En.texts().months), "12 Nov, 09:14 UTC");
        assert_eq!(iso(at), "2025-11-12T09:14:00Z");
    }
}
