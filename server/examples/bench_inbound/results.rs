//! What was measured.

use crate::bench::{database::Database, waits::Waits};
use serde::Serialize;

#[derive(Default, Serialize)]
pub struct Results {
    pub servers: Vec<OfServer>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

#[derive(Serialize)]
pub struct OfServer {
    pub database: Database,
    pub ledger: Vec<Ledger>,
    /// With one socket a person, and with many.
    pub latency: Vec<Latency>,
    /// Messages that were there.
    pub rows: usize,
    pub reading: Vec<Asked>,
}

impl OfServer {
    pub const fn on(database: Database) -> Self {
        Self {
            database,
            ledger: Vec::new(),
            latency: Vec::new(),
            rows: 0,
            reading: Vec::new(),
        }
    }

    pub fn came(&self, came: Came) -> Option<&Ledger> {
        self.ledger.iter().find(|of| of.came == came)
    }

    pub fn asked(&self, question: Question) -> Option<&Asked> {
        self.reading.iter().find(|of| of.question == question)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// As they were written.
    Live,
    /// They waited at WhatsApp until the server was back.
    AfterAnAbsence,
}

#[derive(Debug, Serialize)]
pub struct Ledger {
    pub came: Came,
    pub messages: usize,
    /// What the phones could write, where they wrote meanwhile.
    pub written_per_second: Option<f64>,
    pub per_second: f64,
    /// Processor time for 1,000 messages: of the server, and of the simulator.
    pub cpu_s_per_1000: f64,
    pub simulator_cpu_s_per_1000: f64,
}

#[derive(Debug, Serialize)]
pub struct Latency {
    pub sockets: usize,
    pub messages: usize,
    /// Until the simulated phone has written: a part of all others.
    pub to_phone: Waits,
    pub to_socket: Waits,
    pub to_webhook: Waits,
    /// Of the server; for 1,000 messages.
    pub cpu_s_per_1000: f64,
    /// Of the server, at the end.
    pub rss_mb: f64,
    /// 4 KiB of the benchmark's own, meanwhile.
    pub disk_longest_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    List,
    ListOfAllAccounts,
    ListUnread,
    ListByName,
    Thread,
    LongThread,
    SearchOne,
    SearchFrequent,
    SearchCommon,
    SearchTwo,
    SearchBeginning,
    SearchInOne,
    SearchInShort,
    SearchOfFew,
    SearchNothing,
}

impl Question {
    pub const ALL: [Self; 15] = [
        Self::List,
        Self::ListOfAllAccounts,
        Self::ListUnread,
        Self::ListByName,
        Self::Thread,
        Self::LongThread,
        Self::SearchOne,
        Self::SearchFrequent,
        Self::SearchCommon,
        Self::SearchTwo,
        Self::SearchBeginning,
        Self::SearchInOne,
        Self::SearchInShort,
        Self::SearchOfFew,
        Self::SearchNothing,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::List => "conversations of an account",
            Self::ListOfAllAccounts => "conversations of all accounts",
            Self::ListUnread => "conversations with something unread",
            Self::ListByName => "conversations by a name",
            Self::Thread => "newest page of a thread",
            Self::LongThread => "a page in the middle of the longest thread",
            Self::SearchOne => "search: what one message has",
            Self::SearchFrequent => "search: a frequent word",
            Self::SearchCommon => "search: a common word",
            Self::SearchTwo => "search: two words",
            Self::SearchBeginning => "search: a beginning",
            Self::SearchInOne => "search: within the longest thread",
            Self::SearchInShort => "search: the most frequent word within a short thread",
            Self::SearchOfFew => "search: the same by somebody who has few messages",
            Self::SearchNothing => "search: what nobody wrote",
        }
    }

    pub const fn is_search(self) -> bool {
        matches!(
            self,
            Self::SearchOne
                | Self::SearchFrequent
                | Self::SearchCommon
                | Self::SearchTwo
                | Self::SearchBeginning
                | Self::SearchInOne
                | Self::SearchInShort
                | Self::SearchOfFew
                | Self::SearchNothing
        )
    }
}

#[derive(Debug, Serialize)]
pub struct Asked {
    pub question: Question,
    pub waits: Waits,
    /// On a page, on average.
    pub found: f64,
}
