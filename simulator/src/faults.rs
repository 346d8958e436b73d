//! Troubles that a test or a person can make on purpose.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;
use tokio::time::Instant;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::number::PhoneNumber;
use crate::platform;

/// One trouble, as `POST /faults` spells it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The socket closes without a word.
    Close,
    /// The server ends the stream with this code.
    StreamError {
        #[serde(default = "default_stream_code")]
        code: u16,
    },
    /// As if the same device had connected elsewhere.
    Replaced,
    /// Logins are refused for as many seconds as the ban says.
    TemporaryBan {
        #[serde(default = "default_expire")]
        expire: u64,
        #[serde(default = "default_ban_code")]
        code: u16,
    },
    /// The next login is refused because the client is too old.
    ClientOutdated,
    /// Every login is refused with this reason until the trouble is cleared.
    Refuse { reason: u16 },
    /// Logins are refused for a while.
    Unavailable { for_s: f64 },
    /// The socket stays open, and nothing is answered.
    Deaf { for_s: f64 },
    /// The next messages are refused with this code instead of relayed.
    AckError {
        #[serde(default = "default_ack_code")]
        code: u16,
        #[serde(default = "default_times")]
        times: u32,
    },
    /// The account wrote to strangers too often: its next message is refused with
    /// 463, and whoever asks is told when the lock is over.
    ReachOutTimelock { for_s: u64 },
    /// Everything takes this much longer.
    Latency { ms: u64 },
    /// The next device to be linked must prove itself with a passkey.
    Passkey,
    /// Ends all troubles.
    Clear,
}

fn default_stream_code() -> u16 {
    503
}
fn default_expire() -> u64 {
    3600
}
fn default_ban_code() -> u16 {
    101
}
/// WhatsApp's code for writing first to strangers too often.
const REACH_OUT_TIMELOCK: u16 = 463;

fn default_ack_code() -> u16 {
    REACH_OUT_TIMELOCK
}
fn default_times() -> u32 {
    1
}

#[derive(Debug, Default, Clone)]
struct Troubles {
    deaf_until: Option<Instant>,
    unavailable_until: Option<Instant>,
    ban: Option<(Instant, u16)>,
    outdated: bool,
    refused: Option<u16>,
    ack_error: Option<(u16, u32)>,
    /// Seconds since 1970.
    reach_out_until: Option<i64>,
    latency: Duration,
    passkey: bool,
}

/// Troubles by number; those under no number trouble everyone.
#[derive(Default)]
pub struct Faults(Mutex<HashMap<Option<PhoneNumber>, Troubles>>);

impl Faults {
    /// Notes a lasting trouble; what only happens once is the connection's business.
    pub fn set(&self, number: Option<&PhoneNumber>, fault: &Fault) {
        let mut all = self.0.lock();
        let key = number.cloned();
        if *fault == Fault::Clear {
            match number {
                None => all.clear(),
                Some(_) => {
                    all.remove(&key);
                }
            }
            return;
        }
        let troubles = all.entry(key).or_default();
        let now = Instant::now();
        match fault {
            Fault::TemporaryBan { expire, code } => {
                troubles.ban = Some((now + Duration::from_secs(*expire), *code));
            }
            Fault::ClientOutdated => troubles.outdated = true,
            Fault::Unavailable { for_s } => {
                troubles.unavailable_until = Some(now + seconds(*for_s));
            }
            Fault::Deaf { for_s } => troubles.deaf_until = Some(now + seconds(*for_s)),
            Fault::AckError { code, times } => troubles.ack_error = Some((*code, *times)),
            Fault::ReachOutTimelock { for_s } => {
                let for_s = i64::try_from(*for_s).unwrap_or(i64::MAX);
                troubles.reach_out_until = Some(platform::now_secs().saturating_add(for_s));
                troubles.ack_error = Some((REACH_OUT_TIMELOCK, 1));
            }
            Fault::Latency { ms } => troubles.latency = Duration::from_millis(*ms),
            Fault::Refuse { reason } => troubles.refused = Some(*reason),
            Fault::Passkey => troubles.passkey = true,
            Fault::Close | Fault::StreamError { .. } | Fault::Replaced | Fault::Clear => {}
        }
    }

    fn any<T>(
        &self,
        number: Option<&PhoneNumber>,
        mut ask: impl FnMut(&mut Troubles) -> Option<T>,
    ) -> Option<T> {
        let mut all = self.0.lock();
        if all.is_empty() {
            return None;
        }
        let own = number.and_then(|n| all.get_mut(&Some(n.clone())).and_then(&mut ask));
        own.or_else(|| all.get_mut(&None).and_then(ask))
    }

    /// Until when nothing is answered.
    pub fn deaf_until(&self, number: Option<&PhoneNumber>) -> Option<Instant> {
        self.any(number, |t| {
            t.deaf_until.filter(|until| *until > Instant::now())
        })
    }

    pub fn latency(&self, number: Option<&PhoneNumber>) -> Duration {
        self.any(number, |t| Some(t.latency).filter(|l| !l.is_zero()))
            .unwrap_or_default()
    }

    /// The code to refuse the next message with.
    pub fn take_ack_error(&self, number: &PhoneNumber) -> Option<u16> {
        self.any(Some(number), |troubles| {
            let (code, times) = troubles.ack_error?;
            troubles.ack_error = (times > 1).then(|| (code, times - 1));
            Some(code)
        })
    }

    /// Until when the account may not write to strangers, in seconds since 1970.
    pub fn reach_out_until(&self, number: &PhoneNumber) -> Option<i64> {
        self.any(Some(number), |troubles| {
            let until = troubles.reach_out_until?;
            (until > platform::now_secs()).then_some(until)
        })
    }

    /// Whether the device that is linked now must prove itself with a passkey.
    pub fn take_passkey(&self, number: &PhoneNumber) -> bool {
        let asked = self.any(Some(number), |troubles| {
            std::mem::take(&mut troubles.passkey).then_some(())
        });
        asked.is_some()
    }

    /// Why a client may not come in now, as the stanza that says so.
    pub fn refuse_login(&self, number: Option<&PhoneNumber>) -> Option<Node> {
        let now = Instant::now();
        self.any(number, |troubles| {
            if let Some((until, code)) = troubles.ban.filter(|(until, _)| *until > now) {
                let left = (until - now).as_secs() + 1;
                let failure = NodeBuilder::new("failure")
                    .attr("reason", "402")
                    .attr("code", code)
                    .attr("expire", left);
                return Some(failure.build());
            }
            if std::mem::take(&mut troubles.outdated) {
                return Some(failure(405));
            }
            if let Some(reason) = troubles.refused {
                return Some(failure(reason));
            }
            troubles
                .unavailable_until
                .filter(|until| *until > now)
                .map(|_| failure(503))
        })
    }
}

pub fn failure(reason: u16) -> Node {
    NodeBuilder::new("failure").attr("reason", reason).build()
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> PhoneNumber {
        "593987654321".parse().unwrap()
    }

    #[test]
    fn an_ack_error_lasts_as_many_messages_as_it_says() {
        let faults = Faults::default();
        faults.set(
            None,
            &Fault::AckError {
                code: 463,
                times: 2,
            },
        );
        let codes: Vec<_> = (0..3).map(|_| faults.take_ack_error(&number())).collect();
        assert_eq!(codes, [Some(463), Some(463), None]);
    }

    #[test]
    fn a_trouble_under_a_number_leaves_others_alone() {
        let faults = Faults::default();
        let other: PhoneNumber = "6287733760363".parse().unwrap();
        faults.set(Some(&number()), &Fault::Unavailable { for_s: 60.0 });
        assert!(faults.refuse_login(Some(&number())).is_some());
        assert!(faults.refuse_login(Some(&other)).is_none());
        faults.set(Some(&number()), &Fault::Clear);
        assert!(faults.refuse_login(Some(&number())).is_none());
    }

    #[test]
    fn a_passkey_is_asked_of_the_next_device_only() {
        let faults = Faults::default();
        faults.set(Some(&number()), &Fault::Passkey);
        assert!(faults.take_passkey(&number()));
        assert!(!faults.take_passkey(&number()));
    }
}
