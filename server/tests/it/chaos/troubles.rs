//! What goes wrong, and in which order.

use whahook_simulator::Fault;

/// How often each.
pub struct Troubles {
    pub kills: usize,
    /// Each with one more kill of the server, which then starts without Redis.
    pub redis_kills: usize,
    pub flushes: usize,
    pub postgres_restarts: usize,
    pub closes: usize,
    pub deaf: usize,
}

#[derive(Debug, Clone)]
pub enum Trouble {
    /// `kill -9` of the server, which is started again at once.
    Kill,
    RedisKilled,
    RedisBack,
    RedisFlushed,
    /// Every connection to PostgreSQL is cut off, and it recovers.
    PostgresCutOff,
    /// WhatsApp's, for one of the sessions.
    Fault {
        session: usize,
        fault: Fault,
    },
}

/// Shorter than the server takes a silent link for lost: what was swallowed must
/// be missed by its acknowledgement alone.
const DEAF_S: f64 = 8.0;

impl Troubles {
    /// Of the server.
    pub const fn kills(&self) -> usize {
        self.kills + self.redis_kills
    }

    /// All of them, mixed: each kind spread evenly over the whole.
    pub fn plan(&self) -> Vec<Trouble> {
        let mut session = 0;
        let mut fault = |fault: &Fault| {
            session += 1;
            vec![Trouble::Fault {
                session,
                fault: fault.clone(),
            }]
        };
        let mut at: Vec<(f64, Vec<Trouble>)> = Vec::new();
        at.extend(spread(self.kills).map(|place| (place, vec![Trouble::Kill])));
        at.extend(spread(self.redis_kills).map(|place| {
            (
                place,
                vec![Trouble::RedisKilled, Trouble::Kill, Trouble::RedisBack],
            )
        }));
        at.extend(spread(self.flushes).map(|place| (place, vec![Trouble::RedisFlushed])));
        at.extend(
            spread(self.postgres_restarts).map(|place| (place, vec![Trouble::PostgresCutOff])),
        );
        at.extend(spread(self.closes).map(|place| (place, fault(&Fault::Close))));
        let deaf = Fault::Deaf { for_s: DEAF_S };
        at.extend(spread(self.deaf).map(|place| (place, fault(&deaf))));
        at.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        at.into_iter().flat_map(|(_, troubles)| troubles).collect()
    }
}

/// Places between 0 and 1.
fn spread(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |n| (n as f64 + 0.5) / count as f64)
}
