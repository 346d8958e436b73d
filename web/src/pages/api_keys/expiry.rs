//! When a new key stops working, as a person chooses it.

use js_sys::Date;
use whahook_contract::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Never,
    InDays(i64),
    OnDate,
}

impl Expiry {
    pub const ALL: &'static [Self] = &[
        Self::Never,
        Self::InDays(30),
        Self::InDays(90),
        Self::InDays(365),
        Self::OnDate,
    ];

    /// The instant, counted from now. `date` is what a field of that kind has:
    /// the last day on which the key works, in the reader's time zone.
    ///
    /// # Errors
    /// There is no such day, or it is over.
    pub fn at(self, now: Timestamp, date: &str) -> Result<Option<Timestamp>, ()> {
        match self {
            Self::Never => Ok(None),
            Self::InDays(days) => Ok(Some(now + chrono::TimeDelta::days(days))),
            Self::OnDate => {
                let end = end_of(date).ok_or(())?;
                if end > now { Ok(Some(end)) } else { Err(()) }
            }
        }
    }
}

fn end_of(date: &str) -> Option<Timestamp> {
    let mut parts = date.split('-').map(str::parse::<u32>);
    let mut part = || parts.next()?.ok();
    let (year, month, day) = (part()?, part()?, part()?);
    let month = i32::try_from(month).ok()? - 1;
    let day = i32::try_from(day).ok()?;
    let end = Date::new_with_year_month_day_hr_min_sec(year, month, day, 23, 59, 59).get_time();
    #[allow(clippy::cast_possible_truncation)] // whole milliseconds
    end.is_finite()
        .then(|| Timestamp::from_timestamp_millis(end as i64))?
}
