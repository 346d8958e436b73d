//! Pages of lists: `?limit=&cursor=`.

use super::error::ApiError;
use serde::Deserialize;
use std::str::FromStr;
use utoipa::IntoParams;
use whahook_contract::list::List;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// How many at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Page {
    /// # Errors
    /// It is out of bounds.
    pub fn limit(&self) -> Result<i64, ApiError> {
        limit(self.limit)
    }

    /// # Errors
    /// It is not a cursor that this list gave out.
    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, ApiError> {
        self.cursor
            .as_deref()
            .map(|text| {
                text.parse().map_err(|_| {
                    ApiError::invalid(
                        "cursor",
                        "cursor must be the next_cursor of the page before.",
                    )
                })
            })
            .transpose()
    }
}

/// How many a page has.
///
/// # Errors
/// It is out of bounds.
pub fn limit(wanted: Option<i64>) -> Result<i64, ApiError> {
    match wanted.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(ApiError::invalid("limit", "limit must be from 1 to 200.")),
    }
}

/// Cuts what was read with a limit one higher into a page; `cursor` names an
/// item for the next page to start after.
pub fn cut<T>(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> List<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    List {
        next_cursor: items.last().filter(|_| more).map(cursor),
        items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_cursor_only_when_there_is_more() {
        let page = cut(vec![1, 2, 3], 2, ToString::to_string);
        assert_eq!(
            (page.items, page.next_cursor),
            (vec![1, 2], Some("2".into()))
        );
        let last = cut(vec![1, 2], 2, ToString::to_string);
        assert_eq!((last.items, last.next_cursor), (vec![1, 2], None));
        assert_eq!(
            cut(Vec::<i32>::new(), 2, ToString::to_string).next_cursor,
            None
        );
    }
}
