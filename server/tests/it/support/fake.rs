//! A WhatsApp that the test plays itself: links do what they are told, and what
//! must never happen is noticed.

use async_trait::async_trait;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedSender, unbounded_channel},
};
use whahook_whatsapp::port::{
    Connection, Device, DownloadError, Ending, Existence, Gateway, History, Identity, Incoming,
    Intake, Link, LinkError, LinkEvent, MediaKind, NotTaken, Outgoing, PairCode, Person,
    RemoteFile, StoreError, TimeLock, Typing,
};

/// Whoever connects on a folder is paired at once, and logged in the next time.
#[derive(Default)]
pub struct FakeWhatsApp {
    pub numbers: AtomicUsize,
    linked: Mutex<HashMap<PathBuf, Identity>>,
    /// What opening a store comes to, before it works again.
    pub opens: Mutex<VecDeque<StoreError>>,
    /// Whether WhatsApp answers.
    pub up: AtomicBool,
    /// How long a handshake takes.
    pub handshake: Mutex<Duration>,
    handshakes: AtomicUsize,
    /// As many handshakes at a time as there ever were.
    pub most_handshakes: AtomicUsize,
    /// Folders that a link works on.
    busy: Mutex<HashSet<PathBuf>>,
    /// Links that were made on a store that another one still worked on.
    pub overlaps: AtomicUsize,
    /// Links wait to close until there is a permit; `None`: they do not.
    pub closing: Mutex<Option<Arc<Semaphore>>>,
    /// The next closes panic.
    pub panics: AtomicUsize,
    /// How many sends come to nothing for want of a connection.
    pub cut_off: AtomicUsize,
    pub sends: AtomicUsize,
    /// Nobody scans: whoever wants to be linked is shown codes.
    pub nobody_scans: AtomicBool,
    /// How long a pairing code is good; `None`: WhatsApp gives none.
    pub pair_codes: Mutex<Option<Duration>>,
    /// The codes of the links that are there ran out.
    codes_out: AtomicBool,
    /// JIDs that are not on WhatsApp.
    pub absent: Mutex<HashSet<String>>,
    /// How many questions who is on WhatsApp fail.
    pub checks_fail: AtomicUsize,
    /// The JIDs that were asked for, question by question.
    pub checks: Mutex<Vec<Vec<String>>>,
    /// JIDs to which nothing is taken, with WhatsApp's code.
    pub refused: Mutex<HashMap<String, String>>,
    /// JIDs to which nothing that is sent is answered.
    pub silent: Mutex<HashSet<String>>,
    /// JIDs over which sending and asking panic.
    pub mistakes: Mutex<HashSet<String>>,
    /// How many questions about writing to strangers are never answered.
    pub lock_unanswered: AtomicUsize,
    /// What WhatsApp says of writing to strangers.
    pub time_lock: Mutex<Option<TimeLock>>,
    /// What links were told, in order, as `word jid`.
    pub told: Mutex<Vec<String>>,
    /// Whose messages were told to be read, and which.
    pub read: Mutex<Vec<(Option<String>, Vec<String>)>>,
    /// What fetching a file comes to, attempt by attempt; then nothing does.
    pub files: Mutex<VecDeque<Result<Vec<u8>, DownloadError>>>,
    links: Mutex<HashMap<PathBuf, UnboundedSender<LinkEvent>>>,
    intakes: Mutex<HashMap<PathBuf, Arc<dyn Intake>>>,
}

impl FakeWhatsApp {
    pub fn new() -> Arc<Self> {
        let fake = Self::default();
        fake.up.store(true, Ordering::SeqCst);
        Arc::new(fake)
    }

    /// As the link of a session tells it.
    pub fn tell(&self, session: &str, event: LinkEvent) {
        let links = self.links.lock();
        let link = links.iter().find(|(folder, _)| folder.ends_with(session));
        let _ = link.expect("it has a link").1.send(event);
    }

    /// Messages come in on the link of a session; whether they were taken.
    pub async fn deliver(&self, session: &str, messages: Vec<Incoming>) -> Result<(), NotTaken> {
        let intake = {
            let intakes = self.intakes.lock();
            let found = intakes.iter().find(|(folder, _)| folder.ends_with(session));
            found.expect("it has a link").1.clone()
        };
        intake.take(messages).await
    }

    /// A piece of the history comes in on the link of a session.
    pub async fn deliver_history(&self, session: &str, piece: History) -> Result<(), NotTaken> {
        let intake = {
            let intakes = self.intakes.lock();
            let found = intakes.iter().find(|(folder, _)| folder.ends_with(session));
            found.expect("it has a link").1.clone()
        };
        intake.take_history(piece).await
    }

    /// The QR codes of a session ran out while a pairing code was still good.
    pub fn codes_run_out(&self, session: &str) {
        self.codes_out.store(true, Ordering::SeqCst);
        self.tell(session, LinkEvent::CodesRanOut);
    }

    /// WhatsApp is gone: every link ends.
    pub fn go_down(&self) {
        self.up.store(false, Ordering::SeqCst);
        let links: Vec<_> = self.links.lock().drain().collect();
        for (folder, link) in links {
            self.busy.lock().remove(&folder);
            let detail = "WhatsApp went away".to_owned();
            let _ = link.send(LinkEvent::Ended(Ending::Closed { detail }));
        }
    }

    pub fn come_up(&self) {
        self.up.store(true, Ordering::SeqCst);
    }

    fn end(&self, folder: &Path, out: &UnboundedSender<LinkEvent>, ending: Ending) {
        self.links.lock().remove(folder);
        self.busy.lock().remove(folder);
        let _ = out.send(LinkEvent::Ended(ending));
    }
}

/// The gateway is the fake; a device remembers it.
pub struct FakeGateway(pub Arc<FakeWhatsApp>);

#[async_trait]
impl Gateway for FakeGateway {
    async fn open(&self, folder: &Path) -> Result<Arc<dyn Device>, StoreError> {
        if let Some(error) = self.0.opens.lock().pop_front() {
            return Err(error);
        }
        Ok(Arc::new(FakeDevice {
            whatsapp: self.0.clone(),
            folder: folder.to_owned(),
        }))
    }
}

struct FakeDevice {
    whatsapp: Arc<FakeWhatsApp>,
    folder: PathBuf,
}

#[async_trait]
impl Device for FakeDevice {
    async fn connect(&self, intake: Arc<dyn Intake>) -> Result<Connection, StoreError> {
        let whatsapp = self.whatsapp.clone();
        let folder = self.folder.clone();
        if !whatsapp.busy.lock().insert(folder.clone()) {
            whatsapp.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        let (out, events) = unbounded_channel();
        whatsapp.links.lock().insert(folder.clone(), out.clone());
        whatsapp.intakes.lock().insert(folder.clone(), intake);
        let link = FakeLink {
            whatsapp: whatsapp.clone(),
            folder: folder.clone(),
            out: out.clone(),
        };
        let now = whatsapp.handshakes.fetch_add(1, Ordering::SeqCst) + 1;
        whatsapp.most_handshakes.fetch_max(now, Ordering::SeqCst);
        tokio::spawn(async move {
            let takes = *whatsapp.handshake.lock();
            tokio::time::sleep(takes).await;
            whatsapp.handshakes.fetch_sub(1, Ordering::SeqCst);
            if !whatsapp.up.load(Ordering::SeqCst) {
                let detail = "nobody is there".to_owned();
                return whatsapp.end(&folder, &out, Ending::Unreachable { detail });
            }
            let known = whatsapp.linked.lock().get(&folder).cloned();
            if let Some(identity) = known {
                let _ = out.send(LinkEvent::Connected(identity));
                return;
            }
            let _ = out.send(LinkEvent::Qr {
                code: "2@code".to_owned(),
                valid_for: Duration::from_secs(60),
            });
            if whatsapp.nobody_scans.load(Ordering::SeqCst) {
                return;
            }
            let n = whatsapp.numbers.fetch_add(1, Ordering::SeqCst);
            let identity = Identity {
                person: Person {
                    phone_number: Some(format!("+59399{n:07}")),
                    lid: Some(format!("{n:015}@lid")),
                },
                push_name: Some("Ana".to_owned()),
            };
            whatsapp
                .linked
                .lock()
                .insert(folder.clone(), identity.clone());
            let _ = out.send(LinkEvent::Paired(identity));
            whatsapp.end(&folder, &out, Ending::Restart);
        });
        Ok(Connection {
            link: Arc::new(link),
            events,
        })
    }
}

struct FakeLink {
    whatsapp: Arc<FakeWhatsApp>,
    folder: PathBuf,
    out: UnboundedSender<LinkEvent>,
}

impl FakeLink {
    fn note(&self, word: &str, what: &str) {
        self.whatsapp.told.lock().push(format!("{word} {what}"));
    }
}

#[async_trait]
impl Link for FakeLink {
    async fn ping(&self, _: Duration) -> Result<(), LinkError> {
        Ok(())
    }

    async fn send(&self, to: &str, message_id: &str, _: Outgoing) -> Result<(), LinkError> {
        self.note("send", to);
        let mistake = self.whatsapp.mistakes.lock().contains(to);
        assert!(!mistake, "a mistake over a message, made on purpose");
        let sends = self.whatsapp.sends.fetch_add(1, Ordering::SeqCst);
        if sends < self.whatsapp.cut_off.load(Ordering::SeqCst) {
            return Err(LinkError::NotConnected);
        }
        if self.whatsapp.silent.lock().contains(to) {
            return Ok(());
        }
        let message_id = message_id.to_owned();
        let error = self.whatsapp.refused.lock().get(to).cloned();
        let _ = self.out.send(LinkEvent::Ack { message_id, error });
        Ok(())
    }

    async fn person(&self, _: &str) -> Option<Person> {
        None
    }

    async fn on_whatsapp(&self, jids: &[String]) -> Result<Vec<Existence>, LinkError> {
        self.whatsapp.checks.lock().push(jids.to_vec());
        let mistake = {
            let mistakes = self.whatsapp.mistakes.lock();
            jids.iter().any(|jid| mistakes.contains(jid))
        };
        assert!(!mistake, "a mistake over a question, made on purpose");
        let fewer = |left: usize| left.checked_sub(1);
        let left = &self.whatsapp.checks_fail;
        let failed = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer);
        if failed.is_ok() {
            return Err(LinkError::Failed("try later".to_owned()));
        }
        let absent = self.whatsapp.absent.lock();
        let answer = |jid: &String| {
            let digits = jid.split('@').next().unwrap();
            let registered = !absent.contains(jid);
            Existence {
                asked: jid.clone(),
                jid: jid.clone(),
                registered,
                person: Person {
                    phone_number: Some(format!("+{digits}")),
                    lid: registered.then(|| format!("{digits}000@lid")),
                },
            }
        };
        Ok(jids.iter().map(answer).collect())
    }

    async fn typing(&self, to: &str, typing: Typing) -> Result<(), LinkError> {
        self.note(&format!("{typing:?}").to_lowercase(), to);
        Ok(())
    }

    async fn mark_read(
        &self,
        chat: &str,
        sender: Option<&str>,
        ids: &[String],
    ) -> Result<(), LinkError> {
        self.note("read", chat);
        let read = (sender.map(ToOwned::to_owned), ids.to_vec());
        self.whatsapp.read.lock().push(read);
        Ok(())
    }

    async fn set_presence(&self, available: bool) -> Result<(), LinkError> {
        self.note("available", &available.to_string());
        Ok(())
    }

    async fn download(
        &self,
        _: MediaKind,
        file: &RemoteFile,
        _: u64,
        mut into: std::fs::File,
    ) -> Result<(), DownloadError> {
        self.note("download", &file.direct_path);
        let next = self.whatsapp.files.lock().pop_front();
        let bytes = next.unwrap_or(Err(DownloadError::NotConnected))?;
        into.write_all(&bytes).unwrap();
        Ok(())
    }

    async fn reach_out_timelock(&self) -> Result<TimeLock, LinkError> {
        self.note("time_lock", "");
        let fewer = |left: usize| left.checked_sub(1);
        let left = &self.whatsapp.lock_unanswered;
        let silent = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer);
        if silent.is_ok() {
            std::future::pending::<()>().await;
        }
        Ok(self.whatsapp.time_lock.lock().unwrap_or(TimeLock::Open))
    }

    async fn pair_code(&self, _: &str) -> Result<PairCode, LinkError> {
        let valid_for = *self.whatsapp.pair_codes.lock();
        let code = "ABCD1234".to_owned();
        valid_for
            .map(|valid_for| PairCode { code, valid_for })
            .ok_or(LinkError::NotConnected)
    }

    async fn answer_passkey(&self, _: &serde_json::Value) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    async fn log_out(&self) {
        self.whatsapp.linked.lock().remove(&self.folder);
    }

    async fn close(&self) {
        let again = |panics: usize| panics.checked_sub(1);
        let panics = &self.whatsapp.panics;
        let left = panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, again);
        assert!(left.is_err(), "a mistake in one session, made on purpose");
        let closing = self.whatsapp.closing.lock().clone();
        if let Some(closing) = closing {
            closing.acquire().await.unwrap().forget();
        }
        // Like the library, it remembers what came first.
        let ending = if self.whatsapp.codes_out.swap(false, Ordering::SeqCst) {
            Ending::QrExhausted
        } else {
            Ending::Stopped
        };
        self.whatsapp.end(&self.folder, &self.out, ending);
    }
}
