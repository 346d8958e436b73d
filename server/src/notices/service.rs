use super::{model::Kind, store};
use crate::platform::db::Conn;
use whahook_contract::{
    Timestamp,
    activity::ActivityView,
    ids::AccountId,
    session::{Reason, Status},
};

/// An entry of an account's activity began: a loss begins, goes on or is over
/// with it. Within the transaction of the fact, so that none is forgotten.
///
/// # Errors
/// The database failed.
pub async fn follow(
    tx: &mut Conn,
    account: AccountId,
    entry: &ActivityView,
    is_down: bool,
    now: Timestamp,
) -> sqlx::Result<()> {
    // A store that is damaged takes the link with it.
    let is_unlinked =
        entry.status == Some(Status::LoggedOut) || entry.reason == Some(Reason::StoreCorrupt);
    match entry.status {
        Some(Status::Ready) => store::end(tx, account, now).await,
        _ if is_unlinked => {
            if store::lasting(&mut *tx, account).await? != Some(Kind::Unlinked) {
                store::forget(&mut *tx, account, now).await?;
                store::begin(tx, account, Kind::Unlinked, entry, now).await?;
            }
            Ok(())
        }
        // Whoever unlinks an account here knows of it.
        _ if entry.reason == Some(Reason::Unlinked) => store::forget(tx, account, now).await,
        _ if is_down => {
            let lasts = store::lasting(&mut *tx, account).await?.is_some();
            if !lasts && !store::goes_on(&mut *tx, account).await? {
                store::begin(tx, account, Kind::Down, entry, now).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
