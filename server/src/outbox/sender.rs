//! The outbox's side of a session's actor: claims what is due, hands it to the
//! link, and writes down what became of it. One per session, so nothing is
//! claimed twice.

mod claim;
pub(super) mod failure;
mod write_down;

use super::{
    content::has_file,
    facts::{self, Fact},
    hand_over::{self, Handed, Learnt},
    model::Message,
    moves::Moves,
    numbers, pacing,
    service::Outbox,
    store,
};
use claim::Claimed;
use failure::{broke_off, came_to_nothing, chase_pause, not_checked};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::{Id, JoinSet},
    time::Instant,
};
use whahook_contract::{
    ids::{AccountId, MessageId, UserId},
    message::MessageStatus,
};
use whahook_whatsapp::port::{Existence, Link, LinkError, Person, Receipt, Receiver, TimeLock};

/// Messages on the wire at a time, each to another chat.
const UNDER_WAY: usize = 32;
/// As many more may be waiting for their files to be uploaded: a slow upload
/// holds up no other chat.
const UPLOADING: usize = 48;
/// WhatsApp acknowledges within a second. After this long the message is sent
/// again under the same id.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause before the database is tried again.
const DATABASE_PAUSE: Duration = Duration::from_millis(500);
/// While messages are on their way, receipts of others wait so long for what else
/// there will be to write.
const RECEIPTS_WAIT: Duration = Duration::from_millis(50);
/// With so many on their way nothing stands still while all that happens waits,
/// too: it is written, and others are claimed, several at a time.
const PLENTY: usize = UNDER_WAY / 4;
const PLENTY_WAITS: Duration = Duration::from_millis(100);

/// As many people are remembered to have been met; those after them are looked
/// up in the database again.
const MET: usize = 256;

struct Attempt {
    id: MessageId,
    /// Which attempt it is; the first is 1.
    number: i64,
    begun: Instant,
    /// When the acknowledgement is overdue; `None` until it is on the wire.
    overdue: Option<Instant>,
    has_file: bool,
}

impl Attempt {
    const fn is_uploading(&self) -> bool {
        self.has_file && self.overdue.is_none()
    }
}

/// How far a question is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    ToBe,
    UnderWay,
}

pub struct Sender {
    outbox: Outbox,
    account: AccountId,
    user: UserId,
    attempts: HashMap<String, Attempt>,
    handing: JoinSet<Handed>,
    /// The messages that each of these is about.
    handed: HashMap<Id, Vec<Message>>,
    /// Asking for several recipients at once broke off: each is asked for alone.
    checks_alone: bool,
    facts: VecDeque<Fact>,
    /// Since when the first of them waits.
    facts_since: Option<Instant>,
    /// How often in a row the database refused them.
    refusals: usize,
    /// The database may hold messages as under way that are not: an earlier
    /// process left them, or a claim was cut off and may have been committed.
    unsure: bool,
    /// When to look again without being rung.
    look_at: Option<Instant>,
    /// Whether it sends as a person would.
    as_a_person: bool,
    /// A person pauses until then.
    pauses_until: Option<Instant>,
    /// Whether WhatsApp is asked if the account may write to strangers.
    time_lock: Asked,
    /// People of whom it is written down that they wrote.
    met: HashSet<Person>,
}

impl Sender {
    pub fn new(outbox: Outbox, user: UserId, account: AccountId) -> Self {
        Self {
            outbox,
            account,
            user,
            attempts: HashMap::new(),
            handing: JoinSet::new(),
            handed: HashMap::new(),
            checks_alone: false,
            facts: VecDeque::new(),
            facts_since: None,
            refusals: 0,
            unsure: true,
            look_at: None,
            as_a_person: false,
            pauses_until: None,
            time_lock: Asked::No,
            met: HashSet::new(),
        }
    }

    /// WhatsApp answered about a message.
    pub fn acked(&mut self, whatsapp_message_id: String, error: Option<String>) {
        if let Some(attempt) = self.attempts.remove(&whatsapp_message_id) {
            metrics::histogram!("whahook_message_ack_seconds").record(attempt.begun.elapsed());
        }
        if error.as_deref() == Some(facts::TIMELOCK) && self.time_lock == Asked::No {
            self.time_lock = Asked::ToBe;
        }
        self.facts.push_back(Fact::Acked {
            whatsapp_message_id,
            error,
        });
    }

    /// Somebody wrote to the account.
    pub fn wrote(&mut self, person: Person) {
        if self.met.contains(&person) {
            return;
        }
        if self.met.len() >= MET {
            self.met.clear();
        }
        self.met.insert(person.clone());
        self.facts.push_back(Fact::Wrote { person });
    }

    /// The other side has messages, or opened them.
    pub fn received(&mut self, whatsapp_message_ids: Vec<String>, kind: Receipt, by: Receiver) {
        self.facts.push_back(Fact::Received {
            whatsapp_message_ids,
            kind,
            by,
        });
    }

    /// Resolves with the next hand-over that is done; never while none is under
    /// way.
    pub async fn next_handed(&mut self) -> Handed {
        loop {
            match self.handing.join_next_with_id().await {
                Some(Ok((id, handed))) => {
                    self.handed.remove(&id);
                    return handed;
                }
                Some(Err(error)) => {
                    let messages = self.handed.remove(&error.id()).unwrap_or_default();
                    // Else aborted with its link: the message is queued again by then.
                    if error.is_panic() {
                        tracing::error!(%error, "Handing a message over broke off.");
                        return Handed::BrokenOff(messages);
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// When to look again, if nothing rings before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let overdue = self
            .attempts
            .values()
            .filter_map(|attempt| attempt.overdue)
            .min();
        self.look_at.into_iter().chain(overdue).min()
    }

    /// A message is on its way, or what became of one is not written down yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !(self.attempts.is_empty() && self.handing.is_empty() && self.facts.is_empty())
    }

    /// Whether something follows from it: else there is no reason to pump.
    pub fn handed(&mut self, handed: Handed) -> bool {
        match handed {
            Handed::Sent { message, result } => self.sent(&message, result),
            Handed::Checked {
                link,
                messages,
                result: Ok(answers),
            } => self.checked(&link, messages, &answers),
            Handed::Checked {
                messages,
                result: Err(error),
                ..
            } => {
                for message in messages {
                    self.give_up(&message, not_checked(&message, &error));
                }
            }
            Handed::BrokenOff(messages) => self.broke_off(&messages),
            Handed::TimeLock(answer) => self.time_lock(answer),
        }
        self.as_a_person || !self.facts.is_empty()
    }

    /// A mistake of ours, which may be one message's.
    fn broke_off(&mut self, messages: &[Message]) {
        self.checks_alone |= messages.len() > 1;
        for message in messages {
            self.give_up(message, broke_off(message, messages.len()));
        }
        if messages.is_empty() {
            self.time_lock = Asked::No;
        }
    }

    fn time_lock(&mut self, answer: Result<TimeLock, LinkError>) {
        self.time_lock = Asked::No;
        match answer {
            Ok(TimeLock::LockedUntil(until)) => {
                let until = until.into();
                self.facts.push_back(Fact::Locked { until });
            }
            Ok(TimeLock::Open | TimeLock::Locked) => {}
            Err(LinkError::Timeout) => self.time_lock = Asked::ToBe,
            // On the next link: this one is gone, though its end is not heard yet.
            Err(LinkError::NotConnected) => self.time_lock = Asked::UnderWay,
            Err(error) => {
                tracing::info!(%error, "WhatsApp does not say until when the account may not write to strangers.");
            }
        }
    }

    fn sent(&mut self, message: &Message, result: Result<Learnt, LinkError>) {
        match result {
            Ok(learnt) => {
                if self.as_a_person {
                    let pause = pacing::pause(self.outbox.ids.jitter());
                    self.pauses_until = Some(Instant::now() + pause);
                }
                // The ack may have been faster than this task.
                if let Some(attempt) = self.attempts.get_mut(&message.whatsapp_message_id) {
                    attempt.overdue = Some(Instant::now() + ACK_TIMEOUT);
                }
                let id = message.id;
                match learnt {
                    Learnt::Nothing => {}
                    Learnt::Person(person) => self.facts.push_back(Fact::Known { id, person }),
                    Learnt::Others(others) => self.facts.push_back(Fact::ToGroup { id, others }),
                }
            }
            Err(error) => self.give_up(message, came_to_nothing(message, error)),
        }
    }

    /// WhatsApp said who of the recipients is there.
    fn checked(&mut self, link: &Arc<dyn Link>, messages: Vec<Message>, answers: &[Existence]) {
        let checked = answers.iter().cloned();
        self.facts
            .extend(checked.map(|answer| Fact::Checked { answer }));
        for mut message in messages {
            match answers.iter().find(|it| it.asked == message.to.jid) {
                Some(answer) if answer.registered && is_respelled(&message, answer) => {
                    let to = numbers::recipient_of(
                        answer.person.phone_number.clone().unwrap_or_default(),
                        answer.person.lid.clone(),
                    );
                    let id = message.id;
                    self.give_up(&message, Fact::Respelled { id, to });
                }
                Some(answer) if answer.registered => {
                    if self.attempts.contains_key(&message.whatsapp_message_id) {
                        self.facts.push_back(Fact::Known {
                            id: message.id,
                            person: answer.person.clone(),
                        });
                        message.to.lid.clone_from(&answer.person.lid);
                        self.hand_over(link.clone(), message);
                    }
                }
                Some(_) => self.give_up(&message, Fact::NoRecipient { id: message.id }),
                None => {
                    let error = LinkError::Failed("no answer about this number".to_owned());
                    self.give_up(&message, not_checked(&message, &error));
                }
            }
        }
    }

    /// An attempt is over, unless it was before.
    fn give_up(&mut self, message: &Message, fact: Fact) {
        if self.attempts.remove(&message.whatsapp_message_id).is_some() {
            self.facts.push_back(fact);
        }
    }

    /// The link is gone: what was under way is queued again, under the same ids.
    pub async fn link_lost(&mut self) {
        // What is done already belongs to the link that is gone, too.
        self.handing = JoinSet::new();
        self.handed.clear();
        self.checks_alone = false;
        if self.time_lock == Asked::UnderWay {
            self.time_lock = Asked::ToBe;
        }
        for (_, attempt) in self.attempts.drain() {
            self.facts.push_back(Fact::Again {
                id: attempt.id,
                pause: Duration::ZERO,
                detail: "connection_lost".to_owned(),
                failure: false,
            });
        }
        self.write_down().await;
    }

    /// Queue again what is not really under way.
    async fn recover(&mut self) -> sqlx::Result<()> {
        let mut tx = self.outbox.db.begin_in_background().await?;
        let mut moves = Moves::new(self.outbox.clock.now(), self.account);
        for mut message in store::under_way(&mut tx, self.account).await? {
            if !self.attempts.contains_key(&message.whatsapp_message_id) {
                moves.advance(&mut message, MessageStatus::Queued, Some("interrupted"));
            }
        }
        let recorded = moves.write(&mut tx, &self.outbox.ids).await?;
        tx.commit().await?;
        self.outbox.publish(recorded);
        Ok(())
    }

    /// Write down what happened, and, while there is a link that is ready, hand
    /// over what is due.
    pub async fn pump(&mut self, link: Option<&Arc<dyn Link>>) {
        self.look_at = None;
        self.chase();
        if !self.facts.is_empty() {
            self.facts_since.get_or_insert_with(Instant::now);
        }
        // After a failure each for itself: what cannot be claimed must not keep
        // back what happened.
        if (self.unsure || link.is_none()) && !self.write_down().await {
            return;
        }
        let Some(link) = link else { return };
        if self.time_lock == Asked::ToBe {
            self.time_lock = Asked::UnderWay;
            self.handing.spawn(hand_over::ask_time_lock(link.clone()));
        }
        match self.next_to_send().await {
            Ok(claimed) => {
                let (unsure, sure): (Vec<_>, Vec<_>) =
                    claimed.into_iter().partition(|claimed| claimed.to_check);
                for Claimed { message, .. } in sure {
                    self.begin(&message);
                    self.hand_over(link.clone(), message);
                }
                if !unsure.is_empty() {
                    let messages: Vec<_> = unsure.into_iter().map(|it| it.message).collect();
                    for message in &messages {
                        self.begin(message);
                    }
                    self.check(link, &messages);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Messages could not be claimed, or what became of others be written down; trying again.");
                self.look_at = Some(Instant::now() + DATABASE_PAUSE);
            }
        }
    }

    /// What WhatsApp did not acknowledge in time is sent again.
    fn chase(&mut self) {
        let now = Instant::now();
        let facts = &mut self.facts;
        self.attempts.retain(|_, attempt| {
            let overdue = attempt.overdue.is_some_and(|at| at <= now);
            if overdue {
                facts.push_back(Fact::Again {
                    id: attempt.id,
                    pause: chase_pause(attempt.number),
                    detail: "ack_timeout".to_owned(),
                    failure: false,
                });
            }
            !overdue
        });
    }

    /// A message is under way from here on.
    fn begin(&mut self, message: &Message) {
        self.attempts.insert(
            message.whatsapp_message_id.clone(),
            Attempt {
                id: message.id,
                number: message.attempts,
                begun: Instant::now(),
                overdue: None,
                has_file: has_file(&message.content),
            },
        );
    }

    fn hand_over(&mut self, link: Arc<dyn Link>, message: Message) {
        let outbox = self.outbox.clone();
        let about = vec![message.clone()];
        let sending = hand_over::send(outbox, link, message, self.as_a_person);
        let task = self.handing.spawn(sending);
        self.handed.insert(task.id(), about);
    }

    /// Ask whether the recipients are there.
    fn check(&mut self, link: &Arc<dyn Link>, messages: &[Message]) {
        let together = if self.checks_alone { 1 } else { messages.len() };
        for messages in messages.chunks(together.max(1)) {
            let asking = hand_over::check(link.clone(), messages.to_vec());
            let task = self.handing.spawn(asking);
            self.handed.insert(task.id(), messages.to_vec());
        }
    }

    /// How many more may be claimed.
    fn room(&self) -> usize {
        let uploading = self.attempts.values().filter(|a| a.is_uploading()).count();
        let on_the_wire = self.attempts.len() - uploading;
        let most = UNDER_WAY + UPLOADING;
        UNDER_WAY
            .saturating_sub(on_the_wire)
            .min(most.saturating_sub(self.attempts.len()))
    }

    /// Until when the facts may wait for others; `None`: they do not wait.
    fn facts_wait_until(&self) -> Option<Instant> {
        let receipt = |fact: &Fact| matches!(fact, Fact::Received { .. });
        let patience = match self.attempts.len() {
            0 => return None,
            PLENTY.. => PLENTY_WAITS,
            _ if self.facts.iter().all(receipt) => RECEIPTS_WAIT,
            _ => return None,
        };
        let until = self.facts_since? + patience;
        (until > Instant::now()).then_some(until)
    }

    async fn next_to_send(&mut self) -> sqlx::Result<Vec<Claimed>> {
        if self.unsure {
            self.recover().await?;
        }
        let claimed = self.claim().await;
        self.unsure = claimed.is_err();
        claimed
    }
}

/// Whether WhatsApp knows the recipient's number by another spelling.
fn is_respelled(message: &Message, answer: &Existence) -> bool {
    let known_as = &answer.person.phone_number;
    known_as.is_some() && *known_as != message.to.phone_number
}
