//! The tables, as Markdown, and the same as JSON.

use crate::{
    bench::{
        machine::Machine,
        subject::Kind,
        table::{self, figure},
    },
    results::Results,
    targets::{Promise, promised},
};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// As much of an earlier report as a later one can build on.
#[derive(Deserialize)]
pub struct Earlier {
    pub results: Vec<Results>,
}

#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    targets: Vec<Promise>,
    results: Vec<Results>,
}

type Figure = fn(&Results, usize) -> Option<f64>;

/// Of each step, for each subject.
const STEP_ROWS: [(&str, Figure); 12] = [
    ("RSS, MB", |r, n| Some(r.step(n)?.cost.rss_mb)),
    ("marginal RSS a session, MB", |r, n| {
        Some(r.step(n)?.marginal_rss_mb)
    }),
    ("threads", |r, n| Some(r.step(n)?.cost.threads as f64)),
    ("file descriptors", |r, n| {
        Some(r.step(n)?.cost.files as f64)
    }),
    ("CPU at idle, % of a core", |r, n| {
        Some(r.step(n)?.cost.idle_cpu_percent)
    }),
    ("QR p50, ms", |r, n| Some(r.step(n)?.qr.p50_ms)),
    ("QR p99, ms", |r, n| Some(r.step(n)?.qr.p99_ms)),
    ("all ready, s", |r, n| Some(r.step(n)?.all_ready_s)),
    ("CPU until all ready, s", |r, n| Some(r.step(n)?.cpu_s)),
    ("of the simulator, s", |r, n| {
        Some(r.step(n)?.simulator_cpu_s)
    }),
    ("handshakes in the busiest second", |r, n| {
        Some(r.step(n)?.handshakes_in_busiest_second as f64)
    }),
    ("RSS before the first, MB", |r, n| {
        (r.steps.first()?.sessions == n).then_some(r.empty?.rss_mb)
    }),
];

/// Of the rest.
const ROWS: [(&str, Figure); 19] = [
    ("RSS after 200 sign-ups, MB", |r, _| r.signed_up_rss_mb),
    ("200 clicks within 1 s: QR p50, ms", |r, _| {
        Some(r.clicks.as_ref()?.qr.p50_ms)
    }),
    ("200 clicks within 1 s: QR p99, ms", |r, _| {
        Some(r.clicks.as_ref()?.qr.p99_ms)
    }),
    ("200 clicks within 1 s: last QR, ms", |r, _| {
        Some(r.clicks.as_ref()?.qr.max_ms)
    }),
    ("`kill -9`: sessions", |r, _| {
        Some(r.restore.as_ref()?.sessions as f64)
    }),
    ("`kill -9`: all ready again, s", |r, _| {
        Some(r.restore.as_ref()?.all_ready_s)
    }),
    ("`kill -9`: handshakes in the busiest second", |r, _| {
        Some(r.restore.as_ref()?.handshakes_in_busiest_second as f64)
    }),
    ("`kill -9`: RSS afterwards, MB", |r, _| {
        Some(r.restore.as_ref()?.cost.rss_mb)
    }),
    ("outage of WhatsApp: sessions", |r, _| {
        Some(r.outage.as_ref()?.sessions as f64)
    }),
    ("outage of WhatsApp: it lasted, s", |r, _| {
        Some(r.outage.as_ref()?.lasted_s)
    }),
    ("outage of WhatsApp: handshakes meanwhile", |r, _| {
        Some(r.outage.as_ref()?.handshakes_meanwhile as f64)
    }),
    (
        "outage of WhatsApp: handshakes in the busiest second",
        |r, _| Some(r.outage.as_ref()?.handshakes_in_busiest_second as f64),
    ),
    (
        "outage of WhatsApp: all ready again after its end, s",
        |r, _| Some(r.outage.as_ref()?.all_ready_s),
    ),
    (
        "burst, 20 sessions × 200 chats: messages a second",
        |r, _| Some(r.burst.as_ref()?.messages_per_second),
    ),
    ("burst: threads", |r, _| {
        Some(r.burst.as_ref()?.threads as f64)
    }),
    ("burst: memory a session at the peak, MB", |r, _| {
        Some(r.burst.as_ref()?.growth_mb)
    }),
    ("burst: of it left once chats are idle, MB", |r, _| {
        Some(r.burst.as_ref()?.left_mb)
    }),
    ("burst: back within 1 MB a session after, s", |r, _| {
        r.burst.as_ref()?.back_after_s
    }),
    ("not measured", |r, _| {
        (!r.failures.is_empty()).then_some(r.failures.len() as f64)
    }),
];

impl Report {
    pub fn new(machine: Machine, results: Vec<Results>) -> Self {
        Self {
            machine,
            targets: promised(&results),
            results,
        }
    }

    pub fn complete(&self) -> bool {
        self.results
            .iter()
            .all(|results| results.failures.is_empty())
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        table::machine(text, &self.machine)?;
        writeln!(
            text,
            "| target | libraries as they come | to reach | measured | |"
        )?;
        writeln!(text, "|---|---|---|---|---|")?;
        for Promise { today, target } in &self.targets {
            let [what, bound, measured, verdict] = target.cells();
            writeln!(
                text,
                "| {what} | {today} | {bound} | {measured} | {verdict} |"
            )?;
        }
        let mut steps: Vec<usize> = self
            .results
            .iter()
            .flat_map(|results| results.steps.iter().map(|step| step.sessions))
            .collect();
        steps.sort_unstable();
        steps.dedup();
        for sessions in steps {
            self.table(text, &format!("{sessions} sessions"), &STEP_ROWS, sessions)?;
        }
        self.table(text, "the rest", &ROWS, 0)?;
        for results in &self.results {
            for failure in &results.failures {
                writeln!(text, "\n{}: {failure}", results.subject.title())?;
            }
        }
        Ok(())
    }

    /// A column for each subject, and what the server is to each of the others.
    fn table(
        &self,
        text: &mut String,
        title: &str,
        rows: &[(&str, Figure)],
        sessions: usize,
    ) -> std::fmt::Result {
        let server = self.results.iter().find(|r| r.subject == Kind::Server);
        let others: Vec<&Results> = self
            .results
            .iter()
            .filter(|r| server.is_some() && r.subject != Kind::Server)
            .collect();
        write!(text, "\n| {title} |")?;
        for results in &self.results {
            write!(text, " {} |", results.subject.title())?;
        }
        for other in &others {
            write!(text, " ÷ {} |", other.subject.title())?;
        }
        let columns = self.results.len() + others.len();
        writeln!(text, "\n|---|{}", "---:|".repeat(columns))?;
        for (name, of) in rows {
            let figures: Vec<_> = self.results.iter().map(|r| of(r, sessions)).collect();
            if figures.iter().all(Option::is_none) {
                continue;
            }
            write!(text, "| {name} |")?;
            for value in figures {
                write!(text, " {} |", figure(value))?;
            }
            let own = server.and_then(|server| of(server, sessions));
            for other in &others {
                let ratio = own.zip(of(other, sessions)).map(|(own, other)| own / other);
                match ratio.filter(|ratio| ratio.is_finite()) {
                    Some(ratio) => write!(text, " {ratio:.2} |")?,
                    None => write!(text, " – |")?,
                }
            }
            writeln!(text)?;
        }
        Ok(())
    }
}
