use crate::{
    outbox::{model::Message, store::Row},
    platform::db::Conn,
};
use whahook_contract::{
    ids::{AccountId, BulkId, MessageId, UserId},
    message::MessageStatus,
};

/// Which messages a list has.
#[derive(Debug, Clone)]
pub struct Selection {
    pub user: UserId,
    pub account: Option<AccountId>,
    /// The accounts that a key is limited to.
    pub only: Option<Vec<AccountId>>,
    pub status: Option<MessageStatus>,
    pub bulk: Option<BulkId>,
    /// The id that the page before ended with.
    pub before: Option<MessageId>,
}

/// The messages of a user, newest first.
pub async fn list(
    conn: &mut Conn,
    selection: &Selection,
    limit: i64,
) -> sqlx::Result<Vec<Message>> {
    let status = selection.status.map_or("", MessageStatus::code);
    let before = selection
        .before
        .map_or_else(String::new, |id| id.to_string());
    // Ids are of one length, so one is contained in a list of them only if
    // it is one of them.
    let only: String = selection
        .only
        .as_ref()
        .map(|ids| {
            ids.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(",")
        })
        .unwrap_or_else(|| "*".to_owned());
    let rows: Vec<Row> = if let Some(bulk) = selection.bulk {
        sqlx::query_as(
            "SELECT * FROM outbox WHERE bulk_id = $1 AND ($2 = '' OR status = $2) \
             AND ($3 = '' OR id < $3) AND user_id = $4 AND ($5 = '' OR account_id = $5) \
             AND ($6 = '*' OR $6 LIKE '%' || account_id || '%') ORDER BY id DESC LIMIT $7",
        )
        .bind(bulk.to_string())
        .bind(status)
        .bind(before)
        .bind(selection.user.to_string())
        .bind(
            selection
                .account
                .map_or_else(String::new, |id| id.to_string()),
        )
        .bind(only)
        .bind(limit)
        .fetch_all(conn)
        .await?
    } else if let Some(account) = selection.account {
        sqlx::query_as(
            "SELECT * FROM outbox WHERE account_id = $1 AND ($2 = '' OR status = $2) \
             AND ($3 = '' OR id < $3) AND user_id = $4 ORDER BY id DESC LIMIT $5",
        )
        .bind(account.to_string())
        .bind(status)
        .bind(before)
        .bind(selection.user.to_string())
        .bind(limit)
        .fetch_all(conn)
        .await?
    } else {
        sqlx::query_as(
            "SELECT * FROM outbox WHERE user_id = $1 AND ($2 = '' OR status = $2) \
             AND ($3 = '' OR id < $3) AND ($4 = '*' OR $4 LIKE '%' || account_id || '%') \
             ORDER BY id DESC LIMIT $5",
        )
        .bind(selection.user.to_string())
        .bind(status)
        .bind(before)
        .bind(only)
        .bind(limit)
        .fetch_all(conn)
        .await?
    };
    rows.into_iter().map(Message::try_from).collect()
}
