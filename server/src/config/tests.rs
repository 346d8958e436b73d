use super::*;

fn read(vars: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let vars = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_vars(&vars)
}

fn allows(config: &Config, origin: &str) -> bool {
    config.server.origins.allow(&origin.parse().unwrap())
}

#[test]
fn without_variables_it_runs_on_loopback_with_sqlite_and_nothing_else() {
    let config = read(&[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.server.app_url.as_str(), "http://127.0.0.1:3000/");
    assert_eq!(config.database.url.expose(), "sqlite://volumes/whahook.db");
    assert!(config.redis.is_none() && config.whatsapp.url.is_none());
    assert_eq!(config.people.signup, Signup::First);
    assert_eq!(config.logs.format, LogFormat::Text);
    assert_eq!(
        config.limits,
        Limits {
            enabled: true,
            session_per_minute: 10,
            user_per_minute: 30,
            destination_per_hour: 20,
            destination_per_day: 100,
        }
    );
    assert_eq!(config.requests.per_minute.get(), 60_000);
    assert_eq!(config.requests.strangers_per_minute.get(), 600);
}

#[test]
fn every_mistake_is_reported_at_once_by_name() {
    let mistakes = read(&[
        ("HOST", "my house"),
        ("PORT", "99999"),
        ("APP_URL", "https://chat.example.com/path"),
        ("ALLOWED_ORIGINS", "https://a.example, ftp://b.example"),
        ("TRUSTED_PROXIES", "many"),
        ("DATABASE_URL", "mysql://root@localhost/db"),
        ("REDIS_URL", "http://localhost"),
        ("WHATSAPP_URL", "http://localhost"),
        ("DEFAULT_COUNTRY", "Atlantis"),
        ("ALLOW_PRIVATE_TARGETS", "perhaps"),
        ("SIGNUP", "sometimes"),
        ("RATE_LIMITING_ENABLED", "2"),
        ("LIMIT_SESSION_PER_MINUTE", "0"),
        ("LIMIT_USER_PER_MINUTE", "-1"),
        ("LIMIT_DESTINATION_PER_HOUR", "x"),
        ("LIMIT_DESTINATION_PER_DAY", "1.5"),
        ("LIMIT_REQUESTS_PER_MINUTE", "0"),
        ("LIMIT_STRANGERS_PER_MINUTE", "many"),
        ("MEDIA_MAX_BYTES", "5 GB"),
        ("MEDIA_RETENTION_DAYS", "-1"),
        ("RECEIVE_MEDIA", "some"),
        ("RECEIVE_MEDIA_KINDS", "image, smell"),
        ("RECEIVE_MEDIA_MAX_BYTES", "1e9"),
        ("RECEIVE_STATUSES", "sometimes"),
        ("RECEIVE_HISTORY_DAYS", "all"),
        ("RECEIVE_HISTORY_MESSAGES", "0"),
        ("EVENTS_RETENTION_DAYS", "long"),
        ("EVENTS_MAX_PER_ACCOUNT", "10"),
        ("SECRET_KEY", "short"),
        ("LOG_FORMAT", "xml"),
        ("RUST_LOG", "=,=["),
        ("METRICS_TOKEN", "short"),
        ("SMTP_URL", "http://mail.example.com"),
        ("MAIL_FROM", "nobody"),
        ("SMTP_CA_FILE", "/nowhere/ca.pem"),
        ("ALERT_AFTER", "soon"),
    ])
    .unwrap_err();
    let mut named: Vec<&str> = mistakes.0.iter().map(|m| m.variable).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "ALERT_AFTER",
            "ALLOWED_ORIGINS",
            "ALLOW_PRIVATE_TARGETS",
            "APP_URL",
            "DATABASE_URL",
            "DEFAULT_COUNTRY",
            "EVENTS_MAX_PER_ACCOUNT",
            "EVENTS_RETENTION_DAYS",
            "HOST",
            "LIMIT_DESTINATION_PER_DAY",
            "LIMIT_DESTINATION_PER_HOUR",
            "LIMIT_REQUESTS_PER_MINUTE",
            "LIMIT_SESSION_PER_MINUTE",
            "LIMIT_STRANGERS_PER_MINUTE",
            "LIMIT_USER_PER_MINUTE",
            "LOG_FORMAT",
            "MAIL_FROM",
            "MEDIA_MAX_BYTES",
            "MEDIA_RETENTION_DAYS",
            "METRICS_TOKEN",
            "PORT",
            "RATE_LIMITING_ENABLED",
            "RECEIVE_HISTORY_DAYS",
            "RECEIVE_HISTORY_MESSAGES",
            "RECEIVE_MEDIA",
            "RECEIVE_MEDIA_KINDS",
            "RECEIVE_MEDIA_MAX_BYTES",
            "RECEIVE_STATUSES",
            "REDIS_URL",
            "RUST_LOG",
            "SECRET_KEY",
            "SIGNUP",
            "SMTP_CA_FILE",
            "SMTP_URL",
            "TRUSTED_PROXIES",
            "WHATSAPP_URL",
        ]
    );
    let text = mistakes.to_string();
    for name in named {
        assert!(text.contains(&format!("\n  {name}: ")), "{text}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let config = read(&[
        ("PORT", ""),
        ("REDIS_URL", " "),
        ("APP_URL", ""),
        ("WHATSAPP_URL", ""),
    ])
    .unwrap();
    assert_eq!(config.server.listen.port(), 3000);
    assert!(config.redis.is_none());
}

#[test]
fn without_app_url_both_names_of_this_machine_may_use_the_cookie() {
    let config = read(&[("HOST", "0.0.0.0"), ("PORT", "8080")]).unwrap();
    assert!(allows(&config, "http://127.0.0.1:8080"));
    assert!(allows(&config, "http://localhost:8080"));
    for foreign in [
        "http://localhost:8081",
        "https://localhost:8080",
        "null",
        "http://127.0.0.1",
    ] {
        assert!(!allows(&config, foreign), "{foreign}");
    }
}

#[test]
fn with_app_url_only_its_origin_and_the_allowed_ones_may() {
    let config = read(&[
        ("APP_URL", "https://Chat.example.com"),
        (
            "ALLOWED_ORIGINS",
            "https://intranet.example, http://10.0.0.1:8000",
        ),
    ])
    .unwrap();
    assert!(config.server.is_https());
    for own in [
        "https://chat.example.com",
        "https://intranet.example",
        "http://10.0.0.1:8000",
    ] {
        assert!(allows(&config, own), "{own}");
    }
    for foreign in [
        "http://127.0.0.1:3000",
        "http://chat.example.com",
        "https://chat.example.com.evil.example",
    ] {
        assert!(!allows(&config, foreign), "{foreign}");
    }
}

#[test]
fn a_country_is_given_by_its_two_letters() {
    let config = read(&[("DEFAULT_COUNTRY", "ec")]).unwrap();
    assert_eq!(
        config.whatsapp.default_country,
        Some(phonenumber::country::EC)
    );
}

#[test]
#[cfg(feature = "simulator")]
fn a_build_with_the_simulator_takes_its_address() {
    let url = "ws://127.0.0.1:4000/ws/chat";
    let config = read(&[("WHATSAPP_URL", url)]).unwrap();
    assert_eq!(config.whatsapp.url.unwrap().as_str(), url);
}

#[test]
#[cfg(not(feature = "simulator"))]
fn a_build_without_the_simulator_refuses_its_address() {
    let mistakes = read(&[("WHATSAPP_URL", "ws://127.0.0.1:4000/ws/chat")]).unwrap_err();
    assert_eq!(mistakes.0[0].variable, "WHATSAPP_URL");
}

#[test]
fn debug_shows_no_secret() {
    let config = read(&[
        ("DATABASE_URL", "postgres://u:hunter2@db/whahook"),
        ("REDIS_URL", "redis://:hunter2@redis"),
        ("METRICS_TOKEN", "hunter2-hunter2-hunter2"),
        ("SMTP_URL", "smtp://ana:hunter2@mail.example.com"),
        ("MAIL_FROM", "whahook@example.com"),
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_mistake_in_a_secret_does_not_show_it() {
    let mistakes = read(&[
        ("DATABASE_URL", "mysql://u:hunter2@db/whahook"),
        ("REDIS_URL", "http://:hunter2@redis"),
        ("SMTP_URL", "smtp://ana:hunter2@mail.example.com?tls=maybe"),
    ])
    .unwrap_err();
    assert_eq!(mistakes.0.len(), 3);
    assert!(!mistakes.to_string().contains("hunter2"));
}

#[test]
fn e_mail_needs_a_sender() {
    let mistakes = read(&[("SMTP_URL", "smtp://mail.example.com")]).unwrap_err();
    assert_eq!(mistakes.0[0].variable, "MAIL_FROM");
    let config = read(&[]).unwrap();
    assert!(config.alerts.mail.is_none());
    assert_eq!(config.alerts.after.as_secs(), 300);
}

#[test]
fn sessions_are_limited_by_settings_and_zero_is_no_limit() {
    let default = read(&[]).unwrap().sessions;
    assert_eq!((default.limits.per_user, default.limits.all), (0, 2_000));
    assert!((1..=64).contains(&default.handshakes), "{default:?}");
    let config = read(&[
        ("MAX_SESSIONS", "0"),
        ("MAX_SESSIONS_PER_USER", "5"),
        ("MAX_HANDSHAKES", "8"),
    ]);
    let set = config.unwrap().sessions;
    assert_eq!((set.limits.per_user, set.limits.all), (5, 0));
    assert_eq!(set.handshakes, 8);
    let mistakes = read(&[("MAX_SESSIONS", "-1"), ("MAX_HANDSHAKES", "0")]).unwrap_err();
    let text = mistakes.to_string();
    assert!(
        text.contains("MAX_SESSIONS") && text.contains("MAX_HANDSHAKES"),
        "{text}"
    );
}
