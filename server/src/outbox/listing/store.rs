use super::Selection;
use crate::{
    accounts::only,
    outbox::{model::Message, store::Row},
    platform::db::Conn,
};
use uuid::Uuid;
use whahook_contract::ids::MessageId;

/// Every list is filtered in the same way; the beginning says by which index its
/// messages are found.
macro_rules! listed {
    ($found:literal) => {
        concat!(
            "SELECT * FROM outbox WHERE ",
            $found,
            " AND id < $1 AND id >= $2 AND user_id = $3 \
             AND ($4 = '' OR $4 LIKE '%,' || status || ',%') \
             AND ($5 = '*' OR $5 LIKE '%' || account_id || '%') \
             AND ($6 = '' OR chat IN ($6, $7, $8)) ORDER BY id DESC LIMIT $9"
        )
    };
}

/// The messages of a user, newest first, from before an id on.
pub async fn list(
    conn: &mut Conn,
    selection: &Selection,
    before: Option<MessageId>,
    limit: i64,
) -> sqlx::Result<Vec<Message>> {
    // Ids begin with their time, so times are ranges of ids.
    let at = |at: whahook_contract::Timestamp| {
        let ms = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid()
    };
    let until = selection.until.map_or(Uuid::max(), at);
    let until = before.map_or(until, |MessageId(before)| before.min(until));
    let from = selection.from.map_or(Uuid::nil(), at);
    let only = match selection.account {
        Some(account) => account.to_string(),
        None => only(selection.only.as_deref()),
    };
    let statuses = match &selection.statuses[..] {
        [] => String::new(),
        some => format!(",{},", joined(some.iter().map(|it| it.code().to_owned()))),
    };
    let chats = selection.chat.as_ref().map(|chat| {
        let number = chat.phone_number.as_deref().unwrap_or_default();
        let number = format!("{}@s.whatsapp.net", number.trim_start_matches('+'));
        (chat.jid.clone(), number, chat.lid.clone())
    });
    let (chat, number, lid) = chats.unwrap_or_default();
    let (statement, of) = match (&selection.bulk, &selection.account) {
        (Some(bulk), _) => (listed!("bulk_id = $10"), bulk.to_string()),
        (None, Some(account)) if selection.chat.is_some() => (
            listed!("account_id = $10 AND chat IN ($6, $7, $8)"),
            account.to_string(),
        ),
        (None, Some(account)) => (listed!("account_id = $10"), account.to_string()),
        (None, None) => (listed!("user_id = $10"), selection.user.to_string()),
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(until.to_string())
        .bind(from.to_string())
        .bind(selection.user.to_string())
        .bind(statuses)
        .bind(only)
        .bind(&chat)
        .bind(number)
        .bind(lid.as_ref().unwrap_or(&chat))
        .bind(limit)
        .bind(of)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Message::try_from).collect()
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}
