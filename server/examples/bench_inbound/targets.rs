//! What was promised.

use crate::{
    bench::{
        database::Database,
        targets::{Bound, Target},
    },
    latency::PER_SECOND,
    results::{Asked, Came, OfServer, Results},
};

pub fn promised(results: &Results) -> Vec<Target> {
    results.servers.iter().flat_map(of_server).collect()
}

fn of_server(server: &OfServer) -> Vec<Target> {
    let target = |what: &str, bound, unit, measured| {
        let what = format!("{}: {what}", server.database.title());
        Target::new(what, bound, unit, measured)
    };
    let mut all = Vec::new();
    if server.database == Database::Postgres {
        for (came, how) in [
            (Came::Live, "as they are written"),
            (Came::AfterAnAbsence, "after an absence"),
        ] {
            all.push(target(
                &format!("messages into the ledger, {how}"),
                Bound::AtLeast(1_000.0),
                "a second",
                server.came(came).map(|of| of.per_second),
            ));
        }
    }
    for latency in &server.latency {
        let sockets = latency.sockets;
        all.push(target(
            &format!("wire to socket at {PER_SECOND} a second, {sockets} sockets, p99"),
            Bound::AtMost(50.0),
            "ms",
            Some(latency.to_socket.p99_ms),
        ));
    }
    let worst = |search: bool| {
        let of_kind = |of: &&Asked| of.question.is_search() == search;
        let waits = server.reading.iter().filter(of_kind);
        waits.map(|of| of.waits.p99_ms).reduce(f64::max)
    };
    for (what, search) in [("slowest list or thread", false), ("slowest search", true)] {
        all.push(target(
            &format!("{what} among {} messages, p99", server.rows),
            Bound::AtMost(50.0),
            "ms",
            worst(search),
        ));
    }
    all
}
