//! What WhatsApp said of phone numbers: whether they are on it, and under which
//! LID. Before the first message to a number it is asked; the answer is kept.

mod store;

pub use store::{Said, accepted_as, learn, set_person};

use super::Outbox;
use crate::platform::db::Conn;
use chrono::TimeDelta;
use store::Known;
use whahook_contract::{Timestamp, ids::UserId, message::Recipient};
use whahook_whatsapp::port::Existence;

/// Of the JIDs of people.
const SERVER: &str = "@s.whatsapp.net";

/// Why a message failed whose number is not on WhatsApp.
pub const NOT_ON_WHATSAPP: &str = "not_on_whatsapp";

/// How long a number is taken for registered without asking again. Numbers that
/// are given up go to somebody else after months.
const REGISTERED_FOR: TimeDelta = TimeDelta::days(30);
/// Somebody may install WhatsApp any minute.
const UNREGISTERED_FOR: TimeDelta = TimeDelta::hours(1);

/// What is known of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Registered {
        lid: Option<String>,
        /// The number as WhatsApp writes it, where that is another.
        known_as: Option<String>,
    },
    Unregistered,
    /// It is to be asked.
    Unknown,
}

impl Known {
    fn holds(&self, now: Timestamp) -> bool {
        let keeps = if self.registered {
            REGISTERED_FOR
        } else {
            UNREGISTERED_FOR
        };
        now - self.checked_at < keeps
    }

    fn verdict(self, now: Timestamp) -> Verdict {
        if !self.holds(now) {
            Verdict::Unknown
        } else if self.registered {
            Verdict::Registered {
                lid: self.lid,
                known_as: self.known_as,
            }
        } else {
            Verdict::Unregistered
        }
    }
}

/// The number that WhatsApp is asked for before this recipient is written to.
/// Groups, and those whose LID is known, are there.
pub fn to_check(to: &Recipient) -> Option<&str> {
    if to.lid.is_some() {
        return None;
    }
    to.phone_number.as_deref()
}

impl Outbox {
    /// What is known of numbers without asking WhatsApp, one for each.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_numbers(
        &self,
        user: UserId,
        phone_numbers: &[String],
    ) -> sqlx::Result<Vec<Verdict>> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        let mut known = Vec::with_capacity(phone_numbers.len());
        for number in phone_numbers {
            known.push(look_up(&mut conn, user, number, now).await?);
        }
        Ok(known)
    }

    /// The recipient as it is known: the number in WhatsApp's own spelling, with
    /// its LID; the number of a LID.
    ///
    /// # Errors
    /// The database failed.
    pub async fn as_known(&self, user: UserId, mut to: Recipient) -> sqlx::Result<Recipient> {
        let now = self.clock.now();
        complete(&mut *self.db.read().await?, user, &mut to, now).await?;
        Ok(to)
    }

    /// Remember what WhatsApp said of numbers.
    ///
    /// # Errors
    /// The database failed.
    pub async fn learn_numbers(&self, user: UserId, answers: &[Existence]) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        for answer in answers {
            learn_answer(&mut tx, user, answer, self.clock.now()).await?;
        }
        tx.commit().await
    }
}

/// Remember what WhatsApp said of a number.
///
/// # Errors
/// The database failed.
pub async fn learn_answer(
    conn: &mut Conn,
    user: UserId,
    answer: &Existence,
    now: Timestamp,
) -> sqlx::Result<()> {
    let Some(number) = &answer.person.phone_number else {
        return Ok(());
    };
    let said = Said {
        registered: answer.registered,
        lid: answer.person.lid.as_deref(),
        known_as: None,
        at: now,
    };
    learn(conn, user, number, &said).await?;
    match number_of(&answer.asked).filter(|asked| asked != number) {
        Some(asked) => {
            let known_as = Some(number.as_str());
            learn(conn, user, &asked, &Said { known_as, ..said }).await
        }
        None => Ok(()),
    }
}

/// The number of a person's JID.
fn number_of(jid: &str) -> Option<String> {
    let digits = jid.strip_suffix(SERVER)?;
    Some(format!("+{digits}"))
}

/// To whom a message to this number goes.
pub fn recipient_of(phone_number: String, lid: Option<String>) -> Recipient {
    Recipient {
        jid: format!("{}{SERVER}", phone_number.trim_start_matches('+')),
        phone_number: Some(phone_number),
        lid,
    }
}

/// What is known of a number.
///
/// # Errors
/// The database failed.
pub async fn look_up(
    conn: &mut Conn,
    user: UserId,
    phone_number: &str,
    now: Timestamp,
) -> sqlx::Result<Verdict> {
    let known = store::find(conn, user, phone_number).await?;
    Ok(known.map_or(Verdict::Unknown, |known| known.verdict(now)))
}

/// Fill in what is known of a recipient: the LID of a number and WhatsApp's
/// spelling of it, the number of a LID.
///
/// # Errors
/// The database failed.
pub async fn complete(
    conn: &mut Conn,
    user: UserId,
    to: &mut Recipient,
    now: Timestamp,
) -> sqlx::Result<()> {
    match (&to.phone_number, &to.lid) {
        (Some(number), None) => match look_up(conn, user, number, now).await? {
            Verdict::Registered {
                lid,
                known_as: Some(number),
            } => *to = recipient_of(number, lid),
            Verdict::Registered { lid, .. } => to.lid = lid,
            Verdict::Unregistered | Verdict::Unknown => {}
        },
        (None, Some(lid)) => {
            let lid = lid.clone();
            match store::number_of(conn, user, &lid).await? {
                // One person is one chat, however they are written.
                Some((number, known)) if known.registered && known.holds(now) => {
                    *to = recipient_of(number, Some(lid));
                }
                Some((number, _)) => to.phone_number = Some(number),
                None => {}
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_for_registered_for_a_month_and_for_not_for_an_hour() {
        let now = Timestamp::UNIX_EPOCH + TimeDelta::days(100);
        let known = |registered, ago| Known {
            registered,
            lid: None,
            known_as: None,
            checked_at: now - ago,
        };
        let there = Verdict::Registered {
            lid: None,
            known_as: None,
        };
        for (registered, ago, verdict) in [
            (true, TimeDelta::days(29), there),
            (true, TimeDelta::days(30), Verdict::Unknown),
            (false, TimeDelta::minutes(59), Verdict::Unregistered),
            (false, TimeDelta::hours(1), Verdict::Unknown),
        ] {
            assert_eq!(known(registered, ago).verdict(now), verdict, "{ago}");
        }
    }
}
