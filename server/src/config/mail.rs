//! E-mail: how it is sent, and after how long people are told of a loss.

use super::{Secret, vars::Vars};
use lettre::{message::Mailbox, transport::smtp::client::Certificate};
use percent_encoding::percent_decode_str;
use std::{fmt, time::Duration};
use url::Url;

const ALERT_AFTER: Duration = Duration::from_secs(300);
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

#[derive(Debug, Clone)]
pub struct Alerts {
    /// `ALERT_AFTER`: how long an account is down before its owner is told.
    pub after: Duration,
    /// `None`: there is no way to send e-mail.
    pub mail: Option<Mail>,
}

#[derive(Debug, Clone)]
pub struct Mail {
    /// `SMTP_URL`
    pub smtp: Smtp,
    /// `MAIL_FROM`
    pub from: Mailbox,
}

#[derive(Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<(String, Secret)>,
    /// `SMTP_CA_FILE`: trusted besides the usual authorities.
    pub authorities: Vec<Certificate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, or nothing is sent (`?tls=required`).
    Required,
    /// STARTTLS where the server offers it; without, no password is sent.
    WhereOffered,
    /// In the clear (`?tls=none`).
    None,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("user", &self.user)
            .field("authorities", &self.authorities.len())
            .finish()
    }
}

impl Alerts {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        let smtp = vars.parse("SMTP_URL", parse_smtp);
        let from = vars.parse("MAIL_FROM", |text| {
            text.parse::<Mailbox>().map_err(|_| {
                "must be an address such as whahook@example.com or WhaHook <whahook@example.com>"
                    .to_owned()
            })
        });
        let authorities = vars
            .parse("SMTP_CA_FILE", read_authorities)
            .unwrap_or_default();
        if smtp.is_some() && vars.text("MAIL_FROM").is_none() {
            vars.mistake(
                "MAIL_FROM",
                "must be set with SMTP_URL: the sender of e-mail",
            );
        }
        Self {
            after: vars
                .parse("ALERT_AFTER", parse_duration)
                .unwrap_or(ALERT_AFTER),
            mail: smtp.zip(from).map(|(smtp, from)| Mail {
                smtp: Smtp {
                    authorities,
                    ..smtp
                },
                from,
            }),
        }
    }
}

/// The text may hold a password: it is in no message.
fn parse_smtp(text: &str) -> Result<Smtp, String> {
    let expected =
        || "must be smtp://user:password@host:port or smtps://…; see docs/OPERATIONS.md".to_owned();
    let url: Url = text.parse().map_err(|_| expected())?;
    let (port, default) = match url.scheme() {
        "smtps" => (465, Security::Tls),
        "smtp" => (587, Security::WhereOffered),
        _ => return Err(expected()),
    };
    let host = url.host_str().ok_or_else(expected)?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(expected());
    }
    let mut security = default;
    for (name, value) in url.query_pairs() {
        security = match (name.as_ref(), value.as_ref(), default) {
            ("tls", "required", Security::WhereOffered) => Security::Required,
            ("tls", "none", Security::WhereOffered) => Security::None,
            ("tls", _, Security::Tls) => {
                return Err("takes no `tls` with smtps://, which is TLS already".to_owned());
            }
            _ => return Err("takes `?tls=required` or `?tls=none` and nothing else".to_owned()),
        };
    }
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| expected())
    };
    let user = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => {
            Some((decode(user)?, Secret::new(decode(password)?)))
        }
        _ => return Err("must have both a user and a password, or neither".to_owned()),
    };
    Ok(Smtp {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(port),
        security,
        user,
        authorities: Vec::new(),
    })
}

fn read_authorities(path: &str) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let certificate = Certificate::from_pem(&pem)
        .map_err(|_| "must be a file of certificates in PEM form".to_owned())?;
    Ok(vec![certificate])
}

/// `90s`, `5m`, `1h`
fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("must be a time such as 90s, 5m or 1h, up to 7 days, not `{text}`");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(expected()),
    };
    let count: u64 = digits.parse().map_err(|_| expected())?;
    count
        .checked_mul(unit)
        .map(Duration::from_secs)
        .filter(|time| *time <= LONGEST)
        .ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_mail_server_says_how_it_is_reached() {
        let smtp = |text| parse_smtp(text).unwrap();
        let plain = smtp("smtp://mail.example.com");
        assert_eq!((plain.port, plain.security), (587, Security::WhereOffered));
        assert!(plain.user.is_none());
        let wrapped = smtp("smtps://ana%40example.com:p%3Aw@mail.example.com");
        assert_eq!((wrapped.port, wrapped.security), (465, Security::Tls));
        let (user, password) = wrapped.user.unwrap();
        assert_eq!(
            (user.as_str(), password.expose()),
            ("ana@example.com", "p:w")
        );
        let required = smtp("smtp://127.0.0.1:2525?tls=required");
        assert_eq!(required.security, Security::Required);
        assert_eq!((required.host.as_str(), required.port), ("127.0.0.1", 2525));
        assert_eq!(smtp("smtp://[::1]:25?tls=none").host, "::1");
    }

    #[test]
    fn a_wrong_address_of_a_mail_server_is_refused_without_showing_it() {
        for wrong in [
            "mail.example.com",
            "http://u:hunter2@mail.example.com",
            "smtp://u:hunter2@mail.example.com/path",
            "smtp://u:hunter2@mail.example.com?tls=perhaps",
            "smtps://u:hunter2@mail.example.com?tls=none",
            "smtp://:hunter2@mail.example.com",
            "smtp://hunter2@mail.example.com",
        ] {
            let problem = parse_smtp(wrong).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(parse_duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(parse_duration("5m").unwrap(), Duration::from_secs(300));
        assert_eq!(parse_duration("1h").unwrap(), Duration::from_secs(3_600));
        for wrong in [
            "5",
            "m",
            "-1m",
            "5 m",
            "1d",
            "169h",
            "99999999999999999999s",
            "1.5h",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
