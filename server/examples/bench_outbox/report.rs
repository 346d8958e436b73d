//! The tables, as Markdown, and the same as JSON.

use crate::{
    accept::PER_SECOND,
    bench::{
        machine::Machine,
        subject::Kind,
        table::{self, heading, line},
        targets::{self, Target},
    },
    results::{Chain, How, Results, RowsKind},
    scenarios::SESSIONS,
    targets::{accepted, of_sessions, promised, ratio},
};
use serde::Serialize;
use std::fmt::{Result, Write};

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
        self.accepts(text)?;
        self.chains(text)?;
        self.rows(text)?;
        for failure in &self.results.failures {
            writeln!(text, "\nnot measured: {failure}")?;
        }
        Ok(())
    }

    fn accepts(&self, text: &mut String) -> Result {
        let servers = &self.results.servers;
        heading(
            text,
            "`POST /api/messages`",
            servers.iter().map(|server| server.database.title()),
        )?;
        for (how, what) in [
            (How::Held, format!("{PER_SECOND} a second, held")),
            (
                How::Sending,
                format!("{PER_SECOND} a second, sent meanwhile"),
            ),
            (How::Fastest, "as fast as answered, held".to_owned()),
        ] {
            type Of = fn(&crate::results::Accept) -> f64;
            let figures: [(&str, Of); 6] = [
                ("a second", |accept| accept.per_second),
                ("p50, ms", |accept| accept.waits.p50_ms),
                ("p99, ms", |accept| accept.waits.p99_ms),
                ("longest, ms", |accept| accept.waits.max_ms),
                ("longest fsync, ms", |accept| accept.disk_longest_ms),
                ("CPU s for 1,000", |accept| accept.cpu_s_per_1000),
            ];
            for (unit, of) in figures {
                let values = servers.iter().map(|server| accepted(server, how).map(of));
                line(text, &format!("{what}: {unit}"), values)?;
            }
        }
        Ok(())
    }

    fn chains(&self, text: &mut String) -> Result {
        let Results {
            servers, libraries, ..
        } = &self.results;
        let titles = servers.iter().map(|server| server.database.title());
        for sessions in SESSIONS {
            heading(
                text,
                &format!("the whole chain, {sessions} sessions"),
                titles
                    .clone()
                    .chain(libraries.iter().map(|of| of.kind.title())),
            )?;
            type Of = fn(&Chain) -> f64;
            let figures: [(&str, Of); 5] = [
                ("messages a second", |chain| chain.per_second),
                ("CPU s for 1,000", |chain| chain.cpu_s_per_1000),
                ("of the simulator, s", |chain| {
                    chain.simulator_cpu_s_per_1000
                }),
                ("RSS before, MB", |chain| chain.rss_before_mb),
                ("RSS at the peak, MB", |chain| chain.rss_mb),
            ];
            for (what, of) in figures {
                let of_servers = servers.iter().map(|server| &server.chains);
                let of_libraries = libraries.iter().map(|library| &library.chains);
                let values = of_servers
                    .chain(of_libraries)
                    .map(|chains| of_sessions(chains, sessions).map(of));
                line(text, what, values)?;
            }
            for kind in [Kind::Memory, Kind::Sqlite] {
                let values = servers
                    .iter()
                    .map(|server| ratio(&self.results, server, kind, sessions));
                let what = format!("messages a second ÷ {}", kind.title());
                line(text, &what, values.chain(libraries.iter().map(|_| None)))?;
            }
        }
        heading(text, "alone", titles)?;
        for (what, of) in [
            ("request to phone p50, ms", 50_u8),
            ("request to phone p99, ms", 99),
        ] {
            let values = servers.iter().map(|server| {
                let waits = &server.idle.as_ref()?.to_phone;
                Some(if of == 50 { waits.p50_ms } else { waits.p99_ms })
            });
            line(text, what, values)?;
        }
        Ok(())
    }

    fn rows(&self, text: &mut String) -> Result {
        for server in &self.results.servers {
            heading(
                text,
                &format!("among rows, {}", server.database.title()),
                [
                    "accept p50, ms",
                    "request to phone p50, ms",
                    "CPU s for 1,000",
                ],
            )?;
            for row in &server.rows {
                let kind = match row.kind {
                    RowsKind::Sent => "sent",
                    RowsKind::Waiting => "waiting",
                };
                let values = [row.accept.p50_ms, row.to_phone.p50_ms, row.cpu_s_per_1000];
                line(
                    text,
                    &format!("{} {kind}", row.rows),
                    values.into_iter().map(Some),
                )?;
            }
        }
        Ok(())
    }
}
