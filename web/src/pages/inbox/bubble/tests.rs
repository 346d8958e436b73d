use super::{said::words as text, *};
use crate::pages::inbox::{
    message::{File, Reaction, sample},
    words,
};

fn around() -> Around<'static> {
    Around {
        texts: Locale::En.of(&words::TEXTS),
        locale: Locale::En,
        in_group: true,
        answers: true,
        hour: &|_| "10:02".to_owned(),
        day: &|at| {
            (
                at.timestamp() / 86_400,
                format!("day {}", at.timestamp() / 86_400),
            )
        },
        reason: &|_| Some("Not on WhatsApp.".to_owned()),
    }
}

fn html(messages: &[Message]) -> Vec<String> {
    let all: Vec<&Message> = messages.iter().collect();
    let rows = rows(&all, &around());
    rows.into_iter().map(|row| row.html).collect()
}

#[test]
fn nothing_that_somebody_writes_is_markup() {
    let evil = r#"<img src=x onerror="alert(1)">"#;
    let mut message = sample("1", evil);
    message.from.name = Some(evil.to_owned());
    message.reactions = vec![Reaction {
        emoji: evil.to_owned(),
        who: vec![evil.to_owned()],
    }];
    message.quoted = Some(Quoted {
        whatsapp_id: evil.to_owned(),
        from: Some(evil.to_owned()),
        words: Some(evil.to_owned()),
    });
    let contents = [
        message.content.clone(),
        Content::Text(format!("https://example.com/{evil}")),
        Content::Contacts(vec![(evil.to_owned(), Some(evil.to_owned()))]),
        Content::Place {
            latitude: "1".to_owned(),
            longitude: "2".to_owned(),
            words: vec![evil.to_owned()],
        },
        Content::Poll {
            question: evil.to_owned(),
            options: vec![(evil.to_owned(), 1)],
            voters: 1,
        },
        Content::File {
            kind: ContentType::Document,
            file: File {
                address: Some(evil.to_owned()),
                name: Some(evil.to_owned()),
                ..File::default()
            },
            caption: evil.to_owned(),
        },
    ];
    for content in contents {
        message.content = content;
        let html = html(std::slice::from_ref(&message)).concat();
        assert!(!html.contains("<img src=x"), "{html}");
        assert!(!html.contains(r#"onerror="alert"#), "{html}");
    }
}

#[test]
fn a_status_update_says_whose_it_is_and_is_not_answered() {
    let message = sample("1", "at the beach");
    let mut around = around();
    let answered = rows(&[&message], &around)[0].html.clone();
    assert!(answered.contains(r#"data-act="reply""#), "{answered}");
    around.answers = false;
    let shown = rows(&[&message], &around)[0].html.clone();
    assert!(!shown.contains(r#"data-act="reply""#), "{shown}");
    assert!(shown.contains(r#"class="writer"#), "{shown}");
}

#[test]
fn links_are_links_and_end_where_the_address_does() {
    let mut html = String::new();
    text(
        &mut html,
        "See https://a.example/?a=1&b=2, or (http://b.example).",
    );
    assert_eq!(
        html,
        r#"<p class="words">See <a href="https://a.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">https://a.example/?a=1&amp;b=2</a>, or (<a href="http://b.example" target="_blank" rel="noopener noreferrer">http://b.example</a>).</p>"#
    );
}

#[test]
fn a_day_is_named_once_and_a_writer_once_in_a_row() {
    let mut all = [sample("1", "a"), sample("2", "b"), sample("3", "c")];
    all[2].at += chrono::TimeDelta::days(1);
    let html = html(&all);
    assert!(html[0].contains("day 0") && html[0].contains("writer"));
    assert!(!html[1].contains("day 0") && !html[1].contains(r#"class="writer"#));
    assert!(html[2].contains("day 1") && html[2].contains("writer"));
}

#[test]
fn a_quote_leads_to_what_it_quotes_where_that_is_on_the_page() {
    let mut all = [sample("1", "the question"), sample("2", "the answer")];
    all[1].quoted = Some(Quoted {
        whatsapp_id: "WA1".to_owned(),
        from: None,
        words: None,
    });
    let html_of_both = html(&all);
    assert!(
        html_of_both[1].contains(r#"data-to="1""#),
        "{}",
        html_of_both[1]
    );
    assert!(html_of_both[1].contains("the question"));
    let alone = html(&all[1..]);
    assert!(alone[0].contains(r#"<div class="quoted">"#), "{}", alone[0]);
}

#[test]
fn what_failed_says_why_and_what_can_be_done() {
    let mut message = sample("1", "text");
    message.mine = true;
    message.of_outbox = true;
    message.status = Some(MessageStatus::Failed);
    let html = html(&[message]).concat();
    assert!(html.contains("Not on WhatsApp."), "{html}");
    assert!(html.contains(r#"data-act="retry""#), "{html}");
    assert!(!html.contains(r#"data-act="reply""#), "{html}");
}
