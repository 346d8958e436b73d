//! How a message gets into the outbox: read and checked here, put there at the
//! [`desk`].

pub mod desk;
mod queueing;

pub use queueing::Queueing;

use super::{
    Error, content,
    doorbell::Doorbell,
    model::{Message, Place},
    numbers, recipient,
    service::Outbox,
    settings,
};
use crate::platform::clock::from_ms;
use chrono::Months;
use desk::{Outcome, Ready};
use phonenumber::country;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
    message::{Content, Kind, MessageStatus, MessageView, NewMessage, Priority, Recipient},
};

const KEY_MAX: usize = 200;
const METADATA_MAX: usize = 4_096;
/// How far ahead a message may be scheduled.
const AHEAD: Months = Months::new(12);

impl Outbox {
    /// Accept a message of an account that is the caller's: from here on it is
    /// in the database and will be sent once, in order, whatever happens.
    ///
    /// # Errors
    /// A field is wrong, or the database failed; nothing is queued then.
    pub async fn accept(
        &self,
        doorbell: &Doorbell,
        user: UserId,
        new: NewMessage,
    ) -> Result<MessageView, Error> {
        let account = new.account_id;
        let mut conn = self.db.glance().await?;
        let standing = settings::standing(&mut conn, account).await?;
        let country = self.country(standing.phone_number.as_deref());
        let window = standing.settings.over(&self.limits).duplicate_window_s;
        let mut message = self.read(user, new, country)?;
        numbers::complete(&mut conn, user, &mut message.to, message.queued_at).await?;
        drop(conn);
        let key = message.idempotency_key.as_deref();
        if !self.is_repeated(account, key, &message.content).await? {
            self.prepare(user, &mut message.content).await?;
        }
        let ready = Ready {
            message,
            country,
            window_s: window,
        };
        let mut message = match self.desk.put(ready).await? {
            Outcome::Queued(message) => message,
            Outcome::Repeated(first) => return self.as_accepted(first).await,
        };
        metrics::counter!("whahook_messages_accepted_total").increment(1);
        if message.place != Place::InLine {
            doorbell.ring(account);
        }
        message.place = message.first_place();
        Ok(message.view(None))
    }

    /// The answer that was given when the message was accepted.
    async fn as_accepted(&self, mut message: Message) -> Result<MessageView, Error> {
        message.status = MessageStatus::Queued;
        message.waits_for = None;
        message.waits_until = None;
        message.place = message.first_place();
        // What became known of the recipient since then was not in it.
        let mut conn = self.db.glance().await?;
        if let Some(to) = numbers::accepted_as(&mut conn, message.id).await? {
            message.to = to;
        }
        Ok(message.view(None))
    }

    fn read(
        &self,
        user: UserId,
        mut new: NewMessage,
        country: Option<country::Id>,
    ) -> Result<Message, Error> {
        let to = recipient::parse(&new.to, country)?;
        content::check(&mut new.content, country)?;
        let (send_at, expires_at) = self.check_terms(&new)?;
        let mut message = self.message(user, new.account_id, to, new.content);
        message.priority = new.priority.unwrap_or(Priority::Normal);
        message.send_at = send_at;
        message.expires_at = expires_at;
        message.idempotency_key = new.idempotency_key;
        message.metadata = new.metadata;
        Ok(message)
    }

    /// Read a recipient of an account, in any of the forms of `to`. Numbers
    /// without a country code are read as in the account's own country, unless
    /// the server has one for all.
    ///
    /// # Errors
    /// It is none of them.
    pub fn recipient(&self, own_number: Option<&str>, to: &str) -> Result<Recipient, Error> {
        recipient::parse(to, self.country(own_number))
    }

    /// Whether an account could send this; what may be written in several ways is
    /// written in one afterwards.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn check_content(
        &self,
        own_number: Option<&str>,
        content: &mut Content,
    ) -> Result<(), Error> {
        content::check(content, self.country(own_number))
    }

    /// The country of numbers that are written without one.
    pub fn country(&self, own_number: Option<&str>) -> Option<country::Id> {
        self.default_country
            .or_else(|| own_number.and_then(recipient::country_of))
    }

    /// Whether all is right that does not say what is sent to whom; from when to
    /// when it may be sent, cut to what the database keeps.
    pub(crate) fn check_terms(
        &self,
        new: &NewMessage,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
        if let Some(key) = &new.idempotency_key
            && (!(1..=KEY_MAX).contains(&key.chars().count()) || key.contains('\0'))
        {
            return Err(Error::invalid(
                "idempotency_key",
                format!("`idempotency_key` must have 1 to {KEY_MAX} characters, none of them NUL"),
            ));
        }
        if let Some(metadata) = &new.metadata
            && metadata.to_string().len() > METADATA_MAX
        {
            return Err(Error::invalid(
                "metadata",
                format!("`metadata` must have at most {METADATA_MAX} bytes as JSON"),
            ));
        }
        times(self.clock.now(), new.send_at, new.expires_at)
    }

    /// A message as it is at first.
    pub(super) fn message(
        &self,
        user: UserId,
        account: AccountId,
        to: Recipient,
        mut content: Content,
    ) -> Message {
        if let Kind::Poll(poll) = &mut content.kind {
            poll.secret = Some(hex::encode(self.ids.bytes::<32>()));
        }
        Message {
            id: MessageId(self.ids.uuid()),
            account,
            user,
            // As WhatsApp's own clients name theirs.
            whatsapp_message_id: format!("3EB0{}", hex::encode_upper(self.ids.bytes::<9>())),
            to,
            content,
            status: MessageStatus::Queued,
            attempts: 0,
            failures: 0,
            place: Place::InLine,
            priority: Priority::Normal,
            queued_at: self.clock.now(),
            send_at: None,
            expires_at: None,
            waits_until: None,
            waits_for: None,
            idempotency_key: None,
            metadata: None,
            bulk: None,
        }
    }
}

pub(crate) fn over() -> Error {
    Error::invalid("expires_at", "`expires_at` has passed")
}

/// From when to when a message may be sent, cut to what the database keeps.
fn times(
    now: Timestamp,
    send_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    let cut = |at: Timestamp| from_ms(at.timestamp_millis());
    let (send_at, expires_at) = (send_at.map(cut), expires_at.map(cut));
    let latest = now.checked_add_months(AHEAD).unwrap_or(Timestamp::MAX_UTC);
    if send_at.is_some_and(|at| at > latest) {
        return Err(Error::invalid(
            "send_at",
            "`send_at` must be at most a year ahead",
        ));
    }
    if let (Some(send_at), Some(expires_at)) = (send_at, expires_at)
        && expires_at <= send_at
    {
        return Err(Error::invalid(
            "expires_at",
            "`expires_at` must be after `send_at`",
        ));
    }
    Ok((send_at, expires_at))
}
