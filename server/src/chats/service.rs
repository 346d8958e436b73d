use crate::{
    App,
    accounts::Account,
    outbox::{Verdict, recipient_of},
    sessions,
};
use std::{collections::HashMap, sync::Arc};
use whahook_contract::{
    chat::{CheckedNumber, Presence, TypingState},
    message::Recipient,
};
use whahook_whatsapp::port::{Existence, Link, Typing};

/// Whether numbers are on WhatsApp. It is asked only of those of which it has
/// not said so lately.
///
/// # Errors
/// WhatsApp is to be asked and the session is not connected, or WhatsApp did not
/// answer, or the database failed.
pub async fn check(
    app: &App,
    account: &Account,
    asked: Vec<(String, Recipient)>,
) -> Result<Vec<CheckedNumber>, sessions::Error> {
    let user = account.user_id;
    let numbers: Vec<String> = asked.iter().map(|(_, to)| number_of(to)).collect();
    let known = app.outbox.known_numbers(user, &numbers).await?;
    let mut unknown: Vec<String> = asked
        .iter()
        .zip(&known)
        .filter(|(_, verdict)| **verdict == Verdict::Unknown)
        .map(|((_, to), _)| to.jid.clone())
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    let mut answers: HashMap<String, Existence> = HashMap::new();
    if !unknown.is_empty() {
        let ask = move |link: Arc<dyn Link>| async move { link.on_whatsapp(&unknown).await };
        let said = app.sessions.with_link(account.id, ask).await?;
        app.outbox.learn_numbers(user, &said).await?;
        answers.extend(
            said.into_iter()
                .map(|answer| (answer.asked.clone(), answer)),
        );
    }
    let all = asked.into_iter().zip(numbers).zip(known);
    let checked = all.map(|(((number, to), phone_number), verdict)| {
        let (registered, lid, jid) = match (verdict, answers.get(&to.jid)) {
            (Verdict::Registered { lid, known_as }, _) => {
                let jid = known_as.map(|number| recipient_of(number, None).jid);
                (Some(true), lid, jid)
            }
            (Verdict::Unregistered, _) => (Some(false), None, None),
            (Verdict::Unknown, Some(answer)) => (
                Some(answer.registered),
                answer.person.lid.clone(),
                Some(answer.jid.clone()),
            ),
            (Verdict::Unknown, None) => (None, None, None),
        };
        CheckedNumber {
            number,
            registered,
            phone_number,
            lid,
            jid: jid.unwrap_or(to.jid),
        }
    });
    Ok(checked.collect())
}

/// The phone number, which routes have made sure there is.
fn number_of(to: &Recipient) -> String {
    to.phone_number.clone().unwrap_or_default()
}

/// Show the other side that somebody types.
///
/// # Errors
/// The session is not connected, or WhatsApp did not take it.
pub async fn type_in(
    app: &App,
    account: &Account,
    chat: Recipient,
    state: TypingState,
) -> Result<(), sessions::Error> {
    let chat = app.outbox.as_known(account.user_id, chat).await?;
    let state = match state {
        TypingState::Typing => Typing::Typing,
        TypingState::Recording => Typing::Recording,
        TypingState::Stopped => Typing::Stopped,
    };
    let errand = move |link: Arc<dyn Link>| async move { link.typing(&chat.jid, state).await };
    app.sessions.with_link(account.id, errand).await
}

/// Tell the other side that messages were read.
///
/// # Errors
/// The session is not connected, or WhatsApp did not take it.
pub async fn read(
    app: &App,
    account: &Account,
    chat: Recipient,
    sender: Option<Recipient>,
    message_ids: Vec<String>,
) -> Result<(), sessions::Error> {
    let chat = app.outbox.as_known(account.user_id, chat).await?;
    let errand = move |link: Arc<dyn Link>| async move {
        let sender = sender.as_ref().map(|sender| sender.jid.as_str());
        link.mark_read(&chat.jid, sender, &message_ids).await
    };
    app.sessions.with_link(account.id, errand).await
}

/// Show the account as online, or not, from now on.
///
/// # Errors
/// The session is not connected, or WhatsApp did not take it.
pub async fn show(app: &App, account: &Account, presence: Presence) -> Result<(), sessions::Error> {
    let available = presence == Presence::Available;
    app.sessions.show(account.id, available).await
}
