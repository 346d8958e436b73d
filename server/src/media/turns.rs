//! Whose file comes in when: a person's few at a time, each person on their own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use whahook_contract::ids::UserId;

/// As many files of a person come in at a time.
pub const AT_A_TIME: u32 = 4;

/// A file comes in as long as this is held.
pub type Turn = OwnedSemaphorePermit;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<UserId, Weak<Semaphore>>>>);

impl Turns {
    /// Waits for a turn of this person, or for one without any other beside it.
    pub async fn take(&self, user: UserId, is_alone: bool) -> Turn {
        let turns = self.of(user);
        let turn = turns.acquire_many_owned(if is_alone { AT_A_TIME } else { 1 });
        turn.await.expect("the semaphore is never closed")
    }

    fn of(&self, user: UserId) -> Arc<Semaphore> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = known.get(&user).and_then(Weak::upgrade) {
            return turns;
        }
        known.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(AT_A_TIME as usize));
        known.insert(user, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_person_waits_for_their_own_files_and_for_nobody_elses() {
        let turns = Turns::default();
        let (ana, ben) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let mut taken = Vec::new();
        for _ in 0..AT_A_TIME {
            taken.push(turns.take(ana, false).await);
        }
        assert!(turns.take(ana, false).now_or_never().is_none());
        drop(turns.take(ben, true).await);
        taken.pop();
        assert!(turns.take(ana, true).now_or_never().is_none());
        drop(turns.take(ana, false).await);
        taken.clear();
        drop(turns.take(ana, true).await);
    }
}
