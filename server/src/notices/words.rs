//! The words of e-mails. Why an account is not connected, and what to do, is in
//! the contract's table of endings.

use super::{
    model::{Incident, Kind, What},
    webhooks::Ended,
};
use std::fmt::Write;
use whahook_contract::{Timestamp, endings, session::Reason, settings::Language};

/// A mail in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    pub subject: String,
    pub greeting: String,
    pub paragraphs: Vec<String>,
    pub link: String,
    pub footer: String,
}

struct Words {
    hello: &'static str,
    open: &'static str,
    footer: &'static str,
    happened: &'static str,
    to_do: &'static str,
    next_attempt: &'static str,
    waiting: &'static str,
}

const ENGLISH: Words = Words {
    hello: "Hello",
    open: "Open the connections",
    footer: "You get this e-mail because alerts are on for your WhaHook user. You can turn them off in the settings of the page.",
    happened: "What happened",
    to_do: "What to do",
    next_attempt: "Next attempt",
    waiting: "Messages that are accepted meanwhile wait, and go out once it is connected.",
};

const SPANISH: Words = Words {
    hello: "Hola",
    open: "Abrir las conexiones",
    footer: "Recibes este correo porque los avisos están activados para tu usuario de WhaHook. Puedes desactivarlos en los ajustes de la página.",
    happened: "Qué pasó",
    to_do: "Qué hacer",
    next_attempt: "Próximo intento",
    waiting: "Los mensajes que se acepten mientras tanto esperan y saldrán cuando se conecte.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

const fn of(language: Language, words: &endings::Words) -> &'static str {
    match language {
        Language::English => words.en,
        Language::Spanish => words.es,
    }
}

pub fn about(incident: &Incident, what: What, now: Timestamp) -> Text {
    let language = incident.owner.language;
    let words = words(language);
    let mut paragraphs = vec![news(incident, what, now)];
    if what == What::Loss {
        // What it is now tells more than how it began.
        let reason = incident.status_reason.or(incident.reason);
        if let Some(meaning) = reason.map(Reason::meaning) {
            let why = of(language, &meaning.why);
            let advice = of(language, &meaning.advice);
            paragraphs.push(format!("{}: {why}", words.happened));
            paragraphs.push(format!("{}: {advice}", words.to_do));
        }
        if let Some(at) = incident.next_attempt_at.filter(|at| *at > now) {
            paragraphs.push(format!("{}: {}", words.next_attempt, time(at)));
        }
        paragraphs.push(words.waiting.to_owned());
    }
    Text {
        subject: subject(incident, what),
        greeting: format!("{} {},", words.hello, incident.owner.name),
        paragraphs,
        link: words.open.to_owned(),
        footer: words.footer.to_owned(),
    }
}

fn subject(incident: &Incident, what: What) -> String {
    let label = &incident.label;
    match (incident.owner.language, what, incident.kind) {
        (Language::English, What::Loss, Kind::Down) => format!("{label} is not connected"),
        (Language::English, What::Loss, Kind::Unlinked) => format!("{label} was unlinked"),
        (Language::English, What::Return, _) => format!("{label} is connected again"),
        (Language::Spanish, What::Loss, Kind::Down) => format!("{label} no tiene conexión"),
        (Language::Spanish, What::Loss, Kind::Unlinked) => format!("{label} se desvinculó"),
        (Language::Spanish, What::Return, _) => format!("{label} vuelve a tener conexión"),
    }
}

fn news(incident: &Incident, what: What, now: Timestamp) -> String {
    let mut account = format!("“{}”", incident.label);
    if let Some(number) = &incident.phone_number {
        let _ = write!(account, " ({number})");
    }
    let from = time(incident.began_at);
    let until = incident.ended_at.unwrap_or(now);
    let lasted = lasted(until - incident.began_at);
    match (incident.owner.language, what, incident.kind) {
        (Language::English, What::Loss, Kind::Down) => format!(
            "Your WhatsApp account {account} has not been connected since {from} ({lasted})."
        ),
        (Language::English, What::Loss, Kind::Unlinked) => {
            format!("Your WhatsApp account {account} was unlinked on {from}.")
        }
        (Language::English, What::Return, _) => format!(
            "Your WhatsApp account {account} is connected again. It was not for {lasted}: from \
             {from} to {}.",
            time(until)
        ),
        (Language::Spanish, What::Loss, Kind::Down) => {
            format!("Tu cuenta de WhatsApp {account} no tiene conexión desde el {from} ({lasted}).")
        }
        (Language::Spanish, What::Loss, Kind::Unlinked) => {
            format!("Tu cuenta de WhatsApp {account} se desvinculó el {from}.")
        }
        (Language::Spanish, What::Return, _) => format!(
            "Tu cuenta de WhatsApp {account} vuelve a tener conexión. No la tuvo durante {lasted}: \
             del {from} al {}.",
            time(until)
        ),
    }
}

pub fn of_webhook(ended: &Ended) -> Text {
    let language = ended.owner.language;
    let words = words(language);
    let name = ended.label.as_deref().unwrap_or(&ended.host);
    let (subject, news, advice, link) = match language {
        Language::English => (
            format!("The webhook {name} was turned off"),
            format!(
                "Nothing arrives at your webhook “{name}” ({}) any more, so it was turned off on {}.",
                ended.host,
                time(ended.at)
            ),
            "Turn it on again once it works: what happened since is sent then, in order.",
            "Open the webhooks",
        ),
        Language::Spanish => (
            format!("El webhook {name} se desactivó"),
            format!(
                "Ya no llega nada a tu webhook “{name}” ({}), así que se desactivó el {}.",
                ended.host,
                time(ended.at)
            ),
            "Actívalo de nuevo cuando funcione: se enviará en orden lo que pasó desde entonces.",
            "Abrir los webhooks",
        ),
    };
    let mut paragraphs = vec![news];
    if let Some(problem) = &ended.problem {
        paragraphs.push(format!("{}: {problem}", words.happened));
    }
    paragraphs.push(format!("{}: {advice}", words.to_do));
    Text {
        subject,
        greeting: format!("{} {},", words.hello, ended.owner.name),
        paragraphs,
        link: link.to_owned(),
        footer: words.footer.to_owned(),
    }
}

pub fn trial(now: Timestamp) -> Text {
    Text {
        subject: "E-mail works".to_owned(),
        greeting: "Hello,".to_owned(),
        paragraphs: vec![format!(
            "this is the mail that `whahook mail test` sends. It left on {}.",
            time(now)
        )],
        link: ENGLISH.open.to_owned(),
        footer: "Whoever runs this server sent it to see whether e-mail works.".to_owned(),
    }
}

fn time(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The two largest units; the same in both languages.
fn lasted(time: chrono::TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "< 1 min".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn how_long_it_lasted_is_told_in_two_units_at_most() {
        for (seconds, told) in [
            (59, "< 1 min"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_660, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(lasted(TimeDelta::seconds(seconds)), told);
        }
    }
}
