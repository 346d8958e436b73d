//! What was promised, and whether it is kept.

use crate::{
    bench::{
        subject::Kind,
        targets::{Bound, Target},
    },
    results::{Accept, Chain, How, OfServer, Results, RowsKind},
    scenarios::SESSIONS,
};

pub fn of_sessions(chains: &[Chain], sessions: usize) -> Option<&Chain> {
    chains.iter().find(|chain| chain.sessions == sessions)
}

pub fn accepted(server: &OfServer, how: How) -> Option<&Accept> {
    server.accepts.iter().find(|accept| accept.how == how)
}

/// What the server sends in a second to what the library does.
pub fn ratio(results: &Results, server: &OfServer, kind: Kind, sessions: usize) -> Option<f64> {
    let library = results.libraries.iter().find(|of| of.kind == kind)?;
    let most = of_sessions(&library.chains, sessions)?.per_second;
    Some(of_sessions(&server.chains, sessions)?.per_second / most)
}

/// What a message costs among the most rows to what it costs among the fewest.
pub fn growth(server: &OfServer, kind: RowsKind) -> Option<f64> {
    let mut rows = server.rows.iter().filter(|rows| rows.kind == kind);
    let (fewest, most) = (rows.next()?, rows.next_back()?);
    Some(most.cpu_s_per_1000 / fewest.cpu_s_per_1000)
}

pub fn promised(results: &Results) -> Vec<Target> {
    let [_, many] = SESSIONS;
    let mut all = Vec::new();
    for server in &results.servers {
        let mut target = |what: String, bound: Bound, unit, measured: Option<f64>| {
            let what = format!("{}: {what}", server.database.title());
            all.push(Target::new(what, bound, unit, measured));
        };
        for (how, while_what) in [(How::Held, "held"), (How::Sending, "sent meanwhile")] {
            target(
                format!("accepting 500 a second, {while_what}, p99"),
                Bound::AtMost(20.0),
                "ms",
                accepted(server, how).map(|accept| accept.waits.p99_ms),
            );
        }
        for kind in [Kind::Memory, Kind::Sqlite] {
            target(
                format!("whole chain, {many} sessions, of the {}", kind.title()),
                Bound::AtLeast(50.0),
                "%",
                ratio(results, server, kind, many).map(|ratio| ratio * 100.0),
            );
        }
        target(
            "from the request to the recipient's phone when idle, p50".to_owned(),
            Bound::AtMost(15.0),
            "ms",
            server.idle.as_ref().map(|idle| idle.to_phone.p50_ms),
        );
        for (kind, which) in [(RowsKind::Sent, "sent"), (RowsKind::Waiting, "waiting")] {
            target(
                format!("processor time of a message among the most {which} rows to the fewest"),
                // What one run differs from the next.
                Bound::AtMost(1.25),
                "×",
                growth(server, kind),
            );
        }
    }
    all
}
