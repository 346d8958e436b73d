//! What people and programs hand in for a webhook, checked at the edge.

use super::Error;
use crate::{
    events,
    input::{Invalid, line},
    platform::fetch::Poster,
};
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;
use whahook_contract::{ids::AccountId, webhook::Headers};

const LABEL_MAX: usize = 60;
const HEADERS_MAX: usize = 20;
const HEADER_MAX: usize = 2_048;
const ACCOUNTS_MAX: usize = 1_000;
/// What the connection, or the signature, says.
const OURS: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

pub fn url(poster: &Poster, url: &str) -> Result<String, Invalid> {
    let url = poster
        .check(url.trim())
        .map_err(|error| Invalid::new("url", error.to_string()))?;
    Ok(url.to_string())
}

pub fn label(text: Option<&str>) -> Result<Option<String>, Invalid> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => line("label", text, LABEL_MAX).map(Some),
    }
}

/// Without repetitions.
pub fn events(wanted: Option<&[String]>) -> Result<Option<Vec<String>>, Invalid> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    if wanted.is_empty() {
        let problem = "must name at least one type; leave it out for all";
        return Err(Invalid::new("events", problem));
    }
    if let Some(unknown) = events::schema::unknown(wanted) {
        let known = events::schema::types().join("`, `");
        let problem = format!("names `{unknown}`, which is no type of event; there are `{known}`");
        return Err(Invalid::new("events", problem));
    }
    Ok(Some(unique(wanted)))
}

/// Whose they are is asked elsewhere.
pub fn accounts(wanted: Option<&[AccountId]>) -> Result<Option<Vec<AccountId>>, Error> {
    match wanted {
        None => Ok(None),
        Some([]) => {
            let problem = "must name at least one account; leave it out for all of yours";
            Err(Invalid::new("account_ids", problem).into())
        }
        Some(ids) if ids.len() > ACCOUNTS_MAX => {
            let problem = format!("must name at most {ACCOUNTS_MAX} accounts");
            Err(Invalid::new("account_ids", problem).into())
        }
        Some(ids) => Ok(Some(unique(ids))),
    }
}

/// With names in lower case.
pub fn headers(given: &Headers) -> Result<Headers, Invalid> {
    let wrong = |problem: String| Invalid::new("headers", problem);
    if given.0.len() > HEADERS_MAX {
        return Err(wrong(format!("must be at most {HEADERS_MAX}")));
    }
    let mut checked = BTreeMap::new();
    for (name, value) in &given.0 {
        let name: HeaderName = name
            .parse()
            .map_err(|_| wrong(format!("has `{name}`, which is no name of a header")))?;
        if OURS.contains(&name.as_str()) || name.as_str().starts_with("webhook-") {
            return Err(wrong(format!("must not have `{name}`, which is set here")));
        }
        // The value may be a secret: it is not repeated.
        if value.len() > HEADER_MAX || HeaderValue::from_str(value).is_err() {
            return Err(wrong(format!(
                "has a value of `{name}` that is no header, or longer than {HEADER_MAX} bytes"
            )));
        }
        let name = name.as_str().to_owned();
        if checked.insert(name.clone(), value.clone()).is_some() {
            return Err(wrong(format!("has `{name}` twice")));
        }
    }
    Ok(Headers(checked))
}

fn unique<T: Clone + PartialEq>(items: &[T]) -> Vec<T> {
    let mut unique = Vec::with_capacity(items.len());
    for item in items {
        if !unique.contains(item) {
            unique.push(item.clone());
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_set_here_or_breaks_out_is_refused_and_its_value_not_repeated() {
        let checked = |name: &str, value: &str| {
            headers(&Headers(BTreeMap::from([(
                name.to_owned(),
                value.to_owned(),
            )])))
        };
        assert!(checked("Authorization", "Bearer x").is_ok());
        for (name, value) in [
            ("Host", "secret"),
            ("webhook-signature", "secret"),
            ("content-length", "secret"),
            ("a b", "secret"),
            ("a", "secret\r\nb: c"),
            ("a", &"secret".repeat(1_000)),
        ] {
            let refused = checked(name, value).unwrap_err().to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn a_filter_names_types_that_there_are() {
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
            events(Some(&names))
        };
        assert_eq!(events(None), Ok(None));
        let twice = of(&["message:status", "message:status"]).unwrap();
        assert_eq!(twice.unwrap(), ["message:status"]);
        assert!(of(&[]).is_err());
        let refused = of(&["message:stats"]).unwrap_err().to_string();
        assert!(refused.contains("message:stats") && refused.contains("`message:status`"));
    }
}
