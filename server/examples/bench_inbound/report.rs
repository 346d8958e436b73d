//! The tables, as Markdown, and the same as JSON.

use crate::{
    bench::{
        machine::Machine,
        table::{self, heading, line},
        targets::{self, Target},
    },
    latency::PER_SECOND,
    phones::PEOPLE,
    results::{Came, Latency, Ledger, OfServer, Question, Results},
    scenarios::SESSIONS,
    targets::promised,
};
use serde::Serialize;
use std::fmt::Result;

#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    targets: Vec<Target>,
    results: Results,
}

impl Report {
    pub fn new(machine: Machine, results: Results) -> Self {
        Self {
            machine,
            targets: promised(&results),
            results,
        }
    }

    pub const fn complete(&self) -> bool {
        self.results.failures.is_empty()
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> Result {
        table::machine(text, &self.machine)?;
        targets::table(text, &self.targets)?;
        self.ledger(text)?;
        self.latency(text)?;
        self.reading(text)?;
        for failure in &self.results.failures {
            text.push_str(&format!("\nnot measured: {failure}\n"));
        }
        Ok(())
    }

    fn titles(&self) -> impl Iterator<Item = &'static str> {
        self.results.servers.iter().map(|of| of.database.title())
    }

    fn ledger(&self, text: &mut String) -> Result {
        let title = format!("into the ledger, {SESSIONS} sessions, {PEOPLE} people");
        heading(text, &title, self.titles())?;
        type Of = fn(&Ledger) -> Option<f64>;
        let figures: [(&str, Of); 4] = [
            ("messages a second", |of| Some(of.per_second)),
            ("that phones wrote", |of| of.written_per_second),
            ("CPU s for 1,000", |of| Some(of.cpu_s_per_1000)),
            ("of the simulator, s", |of| {
                Some(of.simulator_cpu_s_per_1000)
            }),
        ];
        for (came, how) in [
            (Came::Live, "as they are written"),
            (Came::AfterAnAbsence, "after an absence"),
        ] {
            for (what, of) in figures {
                let servers = self.results.servers.iter();
                let values = servers.map(|server| server.came(came).and_then(of));
                line(text, &format!("{how}: {what}"), values)?;
            }
        }
        Ok(())
    }

    fn latency(&self, text: &mut String) -> Result {
        let title = format!("{PER_SECOND} messages a second, from the phone's request");
        heading(text, &title, self.titles())?;
        type Of = fn(&Latency) -> f64;
        let figures: [(&str, Of); 9] = [
            ("sockets", |of| of.sockets as f64),
            ("written by the phone p99, ms", |of| of.to_phone.p99_ms),
            ("to a socket p50, ms", |of| of.to_socket.p50_ms),
            ("to a socket p99, ms", |of| of.to_socket.p99_ms),
            ("to a webhook p50, ms", |of| of.to_webhook.p50_ms),
            ("to a webhook p99, ms", |of| of.to_webhook.p99_ms),
            ("CPU s for 1,000", |of| of.cpu_s_per_1000),
            ("memory of the server, MB", |of| of.rss_mb),
            ("longest fsync, ms", |of| of.disk_longest_ms),
        ];
        let most = self.results.servers.iter().map(|of| of.latency.len());
        for n in 0..most.max().unwrap_or_default() {
            for (what, of) in figures {
                let at = |server: &OfServer| server.latency.get(n).map(of);
                line(text, what, self.results.servers.iter().map(at))?;
            }
        }
        Ok(())
    }

    fn reading(&self, text: &mut String) -> Result {
        for server in &self.results.servers {
            if server.reading.is_empty() {
                continue;
            }
            let title = format!("{}, {} messages", server.database.title(), server.rows);
            heading(text, &title, ["p50, ms", "p99, ms", "longest, ms", "found"])?;
            for question in Question::ALL {
                let values = server.asked(question).map(|of| {
                    let waits = &of.waits;
                    [waits.p50_ms, waits.p99_ms, waits.max_ms, of.found]
                });
                let values = values.into_iter().flatten().map(Some);
                line(text, question.title(), values)?;
            }
        }
        Ok(())
    }
}
