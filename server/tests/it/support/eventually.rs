//! Waiting for what must become true.

use std::{fmt::Debug, future::Future, time::Duration};
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The first value of `look` that is as it should be.
///
/// # Panics
/// It does not become so within a minute: tells the last value.
#[track_caller]
pub fn eventually<T, F, L>(look: L, right: impl Fn(&T) -> bool) -> impl Future<Output = T>
where
    T: Debug,
    F: Future<Output = T>,
    L: Fn() -> F,
{
    within(PATIENCE, look, right)
}

/// The same with a patience of one's own.
#[track_caller]
pub fn within<T, F, L>(
    patience: Duration,
    look: L,
    right: impl Fn(&T) -> bool,
) -> impl Future<Output = T>
where
    T: Debug,
    F: Future<Output = T>,
    L: Fn() -> F,
{
    let caller = std::panic::Location::caller();
    async move {
        let until = Instant::now() + patience;
        loop {
            let value = look().await;
            if right(&value) {
                return value;
            }
            assert!(
                Instant::now() < until,
                "waited in vain at {caller}; the last was {value:#?}"
            );
            sleep(LOOK_EVERY).await;
        }
    }
}
