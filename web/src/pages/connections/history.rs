//! What happened to an account and how well it was connected, as markup. Lists
//! this long are written as text: a node of its own for each part of each line
//! would be most of what the page downloads.

use super::{situation::Tone, words::Texts};
use crate::{components::icon::Icon, format, i18n::Locale};
use std::fmt::Write as _;
use whahook_contract::{
    Timestamp,
    activity::{ActivityKind, ActivityView, UptimeDay, UptimeView},
};

/// How well an account was connected on a day. The style sheet gives each a
/// height as well as a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quality {
    Good,
    /// Down for less than a twentieth of the time.
    Short,
    Bad,
    /// Not linked on that day.
    Unlinked,
}

impl Quality {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Short => "waiting",
            Self::Bad => "bad",
            Self::Unlinked => "none",
        }
    }

    const fn of(day: &UptimeDay) -> Self {
        let linked = day.ready_s + day.down_s;
        match day.down_s {
            _ if linked == 0 => Self::Unlinked,
            0 => Self::Good,
            down if down * 20 < linked => Self::Short,
            _ => Self::Bad,
        }
    }
}

fn day_words(day: &UptimeDay, texts: &Texts) -> String {
    let date = format::day(day.date, &texts.months);
    match Quality::of(day) {
        Quality::Unlinked => (texts.day_unlinked)(&date),
        Quality::Good => (texts.day_good)(&date),
        Quality::Short | Quality::Bad => (texts.day_down)(&date, &format::duration(day.down_s)),
    }
}

/// A bar for each day, with its words for the pointer.
pub fn bars(uptime: &UptimeView, texts: &Texts) -> String {
    uptime.days.iter().fold(String::new(), |mut html, day| {
        let quality = Quality::of(day).class();
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<i class="{quality}" data-tip="{}"></i>"#,
            day_words(day, texts),
        );
        html
    })
}

/// The same for those who see no bars: the share, and the days that were not
/// good.
pub fn uptime_words(uptime: &UptimeView, texts: &Texts, locale: Locale) -> String {
    let mut words = (texts.uptime_words)(&share(uptime.ready_ratio, locale));
    for day in &uptime.days {
        if matches!(Quality::of(day), Quality::Short | Quality::Bad) {
            let _ = write!(words, " {}.", day_words(day, texts));
        }
    }
    words
}

pub fn share(ready_ratio: Option<f64>, locale: Locale) -> String {
    ready_ratio.map_or_else(|| "–".to_owned(), |ratio| format::percent(ratio, locale))
}

/// The lines of a timeline; `local` writes a time in the reader's zone.
pub fn timeline(
    entries: &[ActivityView],
    texts: &Texts,
    local: &dyn Fn(Timestamp) -> String,
) -> String {
    let mut html = String::new();
    for entry in entries {
        let (tone, icon, what) = headline(entry, texts);
        let lasted = match (entry.lasted_s, entry.kind) {
            (Some(seconds), _) => (texts.lasted)(&format::duration(seconds)),
            (None, ActivityKind::Session) => texts.lasts.to_owned(),
            (None, _) => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<li class="{tone}">{}<div><p><b>{}</b> <span class="lasted">{lasted}</span></p>"#,
            icon.markup(),
            format::escaped(&what),
        );
        if let Some(reason) = entry.reason {
            let _ = write!(html, "<p>{}</p>", (texts.reason)(reason).why);
        }
        if let Some(detail) = &entry.detail {
            let _ = write!(
                html,
                r#"<p class="hint" lang="en">{}</p>"#,
                format::escaped(detail)
            );
        }
        let by = entry.by.as_ref();
        let by = by.map(|by| (texts.by)(by.kind, by.name.as_deref().unwrap_or_default()));
        let _ = write!(
            html,
            r#"<p class="since"><time datetime="{}">{}</time>{}</p></div></li>"#,
            format::iso(entry.at),
            format::escaped(&local(entry.at)),
            format::escaped(&by.map(|by| format!(" · {by}")).unwrap_or_default()),
        );
    }
    html
}

fn headline(entry: &ActivityView, texts: &Texts) -> (&'static str, Icon, String) {
    let label = entry.label.as_deref().unwrap_or_default();
    match (entry.kind, entry.status) {
        (ActivityKind::Session, Some(status)) => {
            let tone = Tone::of(status, entry.reason);
            let icon = match tone {
                Tone::Good => Icon::Check,
                Tone::Waiting => Icon::Clock,
                Tone::Bad => Icon::Alert,
                Tone::Idle => Icon::Pause,
            };
            let what = (texts.headline)(status, entry.reason);
            (tone.class(), icon, what.to_owned())
        }
        (ActivityKind::Linked, _) => ("good", Icon::Link, texts.was_linked.to_owned()),
        (ActivityKind::Created, _) => ("idle", Icon::Plus, (texts.was_created)(label)),
        (ActivityKind::Renamed | ActivityKind::Session, _) => {
            ("idle", Icon::Pencil, (texts.was_renamed)(label))
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{super::words::texts, *};
    use whahook_contract::{
        activity::{By, Origin},
        session::{Reason, Status},
    };

    fn day(day: u32, ready_s: i64, down_s: i64) -> UptimeDay {
        UptimeDay {
            date: chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day"),
            ready_s,
            down_s,
            unlinked_s: 86_400 - ready_s - down_s,
        }
    }

    #[test]
    fn each_day_has_a_bar_and_those_that_were_not_good_are_named() {
        let texts = texts();
        let uptime = UptimeView {
            days: vec![
                day(1, 0, 0),
                day(2, 86_400, 0),
                day(3, 86_160, 240),
                day(4, 43_200, 43_200),
            ],
            ready_ratio: Some(0.8333),
        };
        let html = bars(&uptime, texts);
        let qualities: Vec<_> = html.split("class=\"").skip(1).map(|it| &it[..3]).collect();
        assert_eq!(qualities, ["non", "goo", "wai", "bad"]);
        let words = uptime_words(&uptime, texts, Locale::En);
        assert!(words.contains("83.33 %"), "{words}");
        assert!(
            words.contains("3 Nov") && words.contains("4 min"),
            "{words}"
        );
        assert!(words.contains("4 Nov") && words.contains("12 h"), "{words}");
        assert!(!words.contains("2 Nov"), "{words}");
    }

    #[test]
    fn a_line_says_what_why_for_how_long_and_by_whom() {
        let entry = ActivityView {
            id: 7,
            kind: ActivityKind::Session,
            at: Timestamp::UNIX_EPOCH,
            status: Some(Status::Reconnecting),
            reason: Some(Reason::KeepaliveTimeout),
            detail: Some("no answer <b>at all</b>".into()),
            label: None,
            lasted_s: Some(190),
            by: Some(By::named(Origin::Person, "Ana \"<script>\"".into())),
        };
        let texts = texts();
        let html = timeline(&[entry], texts, &|at| at.to_rfc3339());
        for part in [
            "waiting",
            (texts.headline)(Status::Reconnecting, None),
            (texts.reason)(Reason::KeepaliveTimeout).why,
            "3 min",
            "Ana &quot;&lt;script>",
            "no answer &lt;b>at all&lt;/b>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }
}
