//! Times as the thread and the list have them, in the reader's own zone. A
//! formatter is made once: there are hundreds of times on the page.

use super::words::Texts;
use crate::{i18n::locale, wire};
use js_sys::{Array, Date, Function, Intl::DateTimeFormat};
use std::cell::OnceCell;
use wasm_bindgen::{JsCast, JsValue};
use whahook_contract::Timestamp;

struct Formats {
    hour: Function,
    date: Function,
    day: Function,
}

thread_local! {
    static FORMATS: OnceCell<Formats> = const { OnceCell::new() };
}

fn made(options: &[(&str, &str)]) -> Function {
    let locales = Array::of1(&locale().code().into());
    DateTimeFormat::new(&locales, wire::object(options).unchecked_ref()).format()
}

fn written(at: Timestamp, pick: fn(&Formats) -> &Function) -> String {
    FORMATS.with(|formats| {
        let formats = formats.get_or_init(|| Formats {
            hour: made(&[("hour", "numeric"), ("minute", "2-digit")]),
            date: made(&[("day", "numeric"), ("month", "short"), ("year", "2-digit")]),
            day: made(&[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
            ]),
        });
        let text = pick(formats).call1(&JsValue::UNDEFINED, &date(at));
        text.ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    })
}

fn date(at: Timestamp) -> Date {
    #[allow(clippy::cast_precision_loss)] // milliseconds since 1970 fit a double
    let ms = at.timestamp_millis() as f64;
    Date::new(&JsValue::from_f64(ms))
}

pub fn hour(at: Timestamp) -> String {
    written(at, |formats| &formats.hour)
}

/// The number of a day in the reader's calendar.
pub fn number(at: Timestamp) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // whole minutes of less than a day
    let offset = date(at).get_timezone_offset() as i64;
    (at.timestamp() - offset * 60).div_euclid(86_400)
}

/// What a day is called in the thread.
pub fn day(at: Timestamp, today: i64, texts: &Texts) -> String {
    match today - number(at) {
        0 => texts.today.to_owned(),
        1 => texts.yesterday.to_owned(),
        _ => written(at, |formats| &formats.day),
    }
}

/// In the list: the hour of today, or the day.
pub fn brief(at: Timestamp, today: i64, texts: &Texts) -> String {
    match today - number(at) {
        0 => hour(at),
        1 => texts.yesterday.to_owned(),
        _ => written(at, |formats| &formats.date),
    }
}
