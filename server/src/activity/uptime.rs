//! How much of each day an account was connected. Pure.

use super::model::Counts;
use chrono::{Days, NaiveDate, TimeDelta};
use whahook_contract::{
    Timestamp,
    activity::{UptimeDay, UptimeView},
};

/// A stretch of time, and what it counts as.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub from: Timestamp,
    pub to: Timestamp,
    pub counts: Counts,
}

/// Days of the calendar, as a clock with an offset from UTC shows them.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    pub offset: TimeDelta,
}

impl Calendar {
    fn day_of(self, at: Timestamp) -> NaiveDate {
        (at + self.offset).date_naive()
    }

    fn begin(self, day: NaiveDate) -> Timestamp {
        day.and_time(chrono::NaiveTime::MIN).and_utc() - self.offset
    }

    /// When the first of so many days began that end with today.
    pub fn first_of(self, days: u64, now: Timestamp) -> Timestamp {
        self.begin(first_day(self.day_of(now), days))
    }
}

fn first_day(today: NaiveDate, days: u64) -> NaiveDate {
    today - Days::new(days.saturating_sub(1))
}

#[derive(Default, Clone, Copy)]
struct Sums {
    ready: TimeDelta,
    down: TimeDelta,
    unlinked: TimeDelta,
}

impl Sums {
    fn add(&mut self, counts: Counts, time: TimeDelta) {
        let sum = match counts {
            Counts::Ready => &mut self.ready,
            Counts::Down => &mut self.down,
            Counts::Unlinked => &mut self.unlinked,
        };
        *sum += time;
    }
}

pub fn uptime(stretches: &[Stretch], calendar: Calendar, days: u64, now: Timestamp) -> UptimeView {
    let first = first_day(calendar.day_of(now), days);
    let mut total = Sums::default();
    let days = first
        .iter_days()
        .take(usize::try_from(days).unwrap_or(usize::MAX))
        .map(|date| {
            let begin = calendar.begin(date);
            let end = calendar.begin(date + Days::new(1)).min(now);
            let mut sums = Sums::default();
            for stretch in stretches {
                let time = stretch.to.min(end) - stretch.from.max(begin);
                if time > TimeDelta::zero() {
                    sums.add(stretch.counts, time);
                    total.add(stretch.counts, time);
                }
            }
            UptimeDay {
                date,
                ready_s: sums.ready.num_seconds(),
                down_s: sums.down.num_seconds(),
                unlinked_s: sums.unlinked.num_seconds(),
            }
        })
        .collect();
    let linked = total.ready + total.down;
    UptimeView {
        days,
        ready_ratio: (linked > TimeDelta::zero())
            .then(|| total.ready.as_seconds_f64() / linked.as_seconds_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn stretch(from: &str, to: &str, counts: Counts) -> Stretch {
        Stretch {
            from: at(from),
            to: at(to),
            counts,
        }
    }

    const UTC: Calendar = Calendar {
        offset: TimeDelta::zero(),
    };

    #[test]
    fn time_is_counted_on_the_day_that_it_belongs_to() {
        let stretches = [
            stretch(
                "2026-11-20T12:00:00Z",
                "2026-11-21T18:00:00Z",
                Counts::Unlinked,
            ),
            stretch(
                "2026-11-21T18:00:00Z",
                "2026-11-22T06:00:00Z",
                Counts::Ready,
            ),
            stretch("2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z", Counts::Down),
            stretch(
                "2026-11-22T07:00:00Z",
                "2026-11-22T09:00:00Z",
                Counts::Ready,
            ),
        ];
        let view = uptime(&stretches, UTC, 3, at("2026-11-22T09:00:00Z"));
        let days: Vec<_> = view
            .days
            .iter()
            .map(|d| (d.date.to_string(), d.ready_s, d.down_s, d.unlinked_s))
            .collect();
        assert_eq!(
            days,
            [
                ("2026-11-20".to_owned(), 0, 0, 43_200),
                ("2026-11-21".to_owned(), 21_600, 0, 64_800),
                ("2026-11-22".to_owned(), 28_800, 3_600, 0),
            ]
        );
        assert_eq!(view.ready_ratio, Some(14.0 / 15.0));
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_page() {
        let stretches = [stretch(
            "2026-11-22T04:00:00Z",
            "2026-11-22T06:00:00Z",
            Counts::Ready,
        )];
        let quito = Calendar {
            offset: TimeDelta::minutes(-300),
        };
        let view = uptime(&stretches, quito, 2, at("2026-11-22T06:00:00Z"));
        let days: Vec<_> = view
            .days
            .iter()
            .map(|d| (d.date.to_string(), d.ready_s))
            .collect();
        assert_eq!(
            days,
            [
                ("2026-11-21".to_owned(), 3_600),
                ("2026-11-22".to_owned(), 3_600)
            ]
        );
        assert_eq!(
            quito.first_of(2, at("2026-11-22T06:00:00Z")),
            at("2026-11-21T05:00:00Z")
        );
    }

    #[test]
    fn without_linked_time_there_is_no_ratio() {
        let unlinked = [stretch(
            "2026-11-22T04:00:00Z",
            "2026-11-22T06:00:00Z",
            Counts::Unlinked,
        )];
        let view = uptime(&unlinked, UTC, 30, at("2026-11-22T06:00:00Z"));
        assert_eq!(view.days.len(), 30);
        assert_eq!(view.ready_ratio, None);
        assert_eq!(view.days[29].unlinked_s, 7_200);
    }
}
