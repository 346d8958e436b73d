//! What is freed goes back to the system.
//!
//! The allocator has a heap for each thread, and blocks that other threads have
//! freed stay in it until that thread looks. Threads of the runtime look when
//! there has been much to free, and they have nothing else to do.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How often something large was freed.
static FREED: AtomicU64 = AtomicU64::new(0);
/// Looking takes milliseconds: a thread does so for all that was freed meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(1);

thread_local! {
    static LOOKED: Cell<(u64, Option<Instant>)> = const { Cell::new((0, None)) };
}

/// Something large was freed just now.
pub fn freed() {
    FREED.fetch_add(1, Ordering::Relaxed);
}

/// For each thread of the runtime whenever it runs out of work: looks by
/// `give_back`, if there is a reason to.
pub fn out_of_work(give_back: fn()) {
    let freed = FREED.load(Ordering::Relaxed);
    let (seen, looked_at) = LOOKED.get();
    if seen == freed || looked_at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
        return;
    }
    LOOKED.set((freed, Some(Instant::now())));
    give_back();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_looks_once_for_what_was_freed_and_not_for_nothing() {
        static LOOKS: AtomicU64 = AtomicU64::new(0);
        let look = || {
            LOOKS.fetch_add(1, Ordering::Relaxed);
        };
        out_of_work(look);
        assert_eq!(LOOKS.load(Ordering::Relaxed), 0);
        freed();
        freed();
        out_of_work(look);
        out_of_work(look);
        assert_eq!(LOOKS.load(Ordering::Relaxed), 1);
        // What is freed right after waits for the next time.
        freed();
        out_of_work(look);
        assert_eq!(LOOKS.load(Ordering::Relaxed), 1);
        LOOKED.set((LOOKED.get().0, Instant::now().checked_sub(LOOK_EVERY)));
        out_of_work(look);
        assert_eq!(LOOKS.load(Ordering::Relaxed), 2);
    }
}
