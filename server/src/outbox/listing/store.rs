use super::Selection;
use crate::{
    accounts::only,
    outbox::{model::Message, store::Row},
    platform::db::Conn,
};
use sqlx::AssertSqlSafe;
use std::{cmp::Reverse, collections::BTreeSet};
use uuid::Uuid;
use whahook_contract::{
    ids::{AccountId, MessageId},
    message::MessageStatus,
};

/// Of which statuses messages are looked for. Few of very many are what waits or was
/// given up, and those have indexes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Among {
    All,
    Waiting,
    GivenUp,
}

impl Among {
    const fn of(status: MessageStatus) -> Self {
        match status {
            MessageStatus::Queued | MessageStatus::Sending => Self::Waiting,
            MessageStatus::Failed | MessageStatus::Cancelled => Self::GivenUp,
            MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read => Self::All,
        }
    }

    /// Where all messages of these statuses are; everywhere, for none.
    fn those(statuses: &[MessageStatus]) -> Vec<Self> {
        let among = |wanted| statuses.iter().any(|status| Self::of(*status) == wanted);
        if statuses.is_empty() || among(Self::All) {
            return vec![Self::All];
        }
        let rare = [Self::Waiting, Self::GivenUp];
        rare.into_iter().filter(|it| among(*it)).collect()
    }

    /// As the conditions of the indexes have it, word by word: SQLite compares them.
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Waiting => " AND status IN ('queued', 'sending')",
            Self::GivenUp => " AND status IN ('failed', 'cancelled')",
        }
    }
}

/// What is looked at first: an index has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Bulk,
    Chat,
    Account,
    User,
}

/// Every list is filtered in the same way; the beginning says by which index its
/// messages are found. What another index begins with is hidden from the database.
fn statement(of: Of, among: Among) -> String {
    let found = match (of, among) {
        (Of::Bulk, _) => "bulk_id = $10",
        // Its line has an index, which goes on with `head`.
        (Of::Chat, Among::Waiting) => "account_id = $10 AND chat = $6 AND head >= -2",
        (Of::Chat | Of::Account, _) => "account_id = $10",
        (Of::User, Among::Waiting) => "account_id IN (SELECT id FROM accounts WHERE user_id = $10)",
        (Of::User, _) => "user_id = $10",
    };
    let (range, order) = match (of, among) {
        // What waits has no index by id, and is little.
        (_, Among::Waiting) => ("id || '' < $1 AND id || '' >= $2", "id || '' DESC"),
        // Of one chat alone: SQLite would look through all that the account has.
        (Of::Chat, _) => (
            "(chat, id) < ($6, $1) AND (chat, id) >= ($6, $2)",
            "chat DESC, id DESC",
        ),
        _ => ("id < $1 AND id >= $2", "id DESC"),
    };
    let condition = among.condition();
    format!(
        "SELECT * FROM outbox WHERE {found}{condition} AND {range} \
         AND user_id || '' = $3 AND ($4 = '' OR $4 LIKE '%,' || status || ',%') \
         AND ($5 = '*' OR $5 LIKE '%' || account_id || '%') \
         AND ($6 = '' OR chat IN ($6, $7, $8)) ORDER BY {order} LIMIT $9"
    )
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
    let account = selection.account.map(|AccountId(id)| id.to_string());
    let only = account
        .clone()
        .unwrap_or_else(|| only(selection.only.as_deref()));
    let statuses = match &selection.statuses[..] {
        [] => String::new(),
        some => format!(",{},", joined(some.iter().map(|it| it.code().to_owned()))),
    };
    let chats = chats(selection);
    let (of, id) = match (&selection.bulk, account) {
        (Some(bulk), _) => (Of::Bulk, bulk.to_string()),
        (None, Some(account)) if chats.is_empty() => (Of::Account, account),
        (None, Some(account)) => (Of::Chat, account),
        (None, None) => (Of::User, selection.user.to_string()),
    };
    let chats: Vec<[&str; 3]> = match (of, &chats[..]) {
        (Of::Chat, each) => each.iter().map(|chat| [chat.as_str(); 3]).collect(),
        (_, []) => vec![[""; 3]],
        (_, all) => {
            let nth = |n: usize| all.get(n).unwrap_or(&all[0]).as_str();
            vec![[nth(0), nth(1), nth(2)]]
        }
    };
    let mut rows: Vec<Row> = Vec::new();
    for among in Among::those(&selection.statuses) {
        for [one, another, third] in &chats {
            // Nothing but what stands above was put into it.
            let found: Vec<Row> = sqlx::query_as(AssertSqlSafe(statement(of, among)))
                .bind(until.to_string())
                .bind(from.to_string())
                .bind(selection.user.to_string())
                .bind(&statuses)
                .bind(&only)
                .bind(*one)
                .bind(*another)
                .bind(*third)
                .bind(limit)
                .bind(&id)
                .fetch_all(&mut *conn)
                .await?;
            rows.extend(found);
        }
    }
    let messages: sqlx::Result<Vec<Message>> = rows.into_iter().map(Message::try_from).collect();
    let mut messages = messages?;
    messages.sort_by_key(|message| Reverse(message.id.0));
    messages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(messages)
}

/// Under which names the wanted chat may stand in the outbox.
fn chats(selection: &Selection) -> Vec<String> {
    let Some(chat) = &selection.chat else {
        return Vec::new();
    };
    let number = chat.phone_number.as_deref();
    let number = number.map(|it| format!("{}@s.whatsapp.net", it.trim_start_matches('+')));
    let names = [Some(chat.jid.clone()), number, chat.lid.clone()];
    let names: BTreeSet<String> = names.into_iter().flatten().collect();
    names.into_iter().collect()
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::db::Db;
    use sqlx::Row as _;

    /// What SQLite does for a list, in its own words.
    async fn plan(conn: &mut Conn, of: Of, among: Among) -> String {
        let explained = format!("EXPLAIN QUERY PLAN {}", statement(of, among));
        let mut query = sqlx::query(AssertSqlSafe(explained));
        for place in 1..=10 {
            query = match place {
                9 => query.bind(50_i64),
                _ => query.bind("x"),
            };
        }
        let steps = query.fetch_all(conn).await.unwrap();
        let steps = steps.iter().map(|step| step.get::<String, _>("detail"));
        steps.collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn every_list_is_found_by_an_index_that_has_little_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("whahook.db");
        let db = Db::connect(&format!("sqlite://{}", file.display()))
            .await
            .unwrap();
        db.migrate().await.unwrap();
        let mut conn = db.read().await.unwrap();
        for (of, among, index) in [
            (Of::Bulk, Among::All, "outbox_bulk_list (bulk_id=?"),
            (
                Of::Bulk,
                Among::Waiting,
                "outbox_bulk (bulk_id=? AND status=?",
            ),
            (
                Of::Chat,
                Among::All,
                "outbox_chat (account_id=? AND (chat,id)>",
            ),
            (
                Of::Chat,
                Among::Waiting,
                "outbox_line (account_id=? AND chat=?",
            ),
            (
                Of::Chat,
                Among::GivenUp,
                "outbox_chat (account_id=? AND (chat,id)>",
            ),
            (Of::Account, Among::All, "outbox_list (account_id=? AND id"),
            (Of::Account, Among::Waiting, "outbox_line (account_id=?"),
            (
                Of::Account,
                Among::GivenUp,
                "outbox_ended (account_id=? AND id",
            ),
            (Of::User, Among::All, "outbox_user_list (user_id=? AND id"),
            (Of::User, Among::Waiting, "outbox_line (account_id=?"),
            (
                Of::User,
                Among::GivenUp,
                "outbox_user_ended (user_id=? AND id",
            ),
        ] {
            let plan = plan(&mut conn, of, among).await;
            assert!(plan.contains(index), "{of:?}, {among:?}: {plan}");
        }
    }

    #[test]
    fn rare_statuses_are_looked_for_where_they_are() {
        use MessageStatus::{Cancelled, Delivered, Failed, Queued, Sending};
        for (statuses, among) in [
            (&[][..], &[Among::All][..]),
            (&[Queued, Sending], &[Among::Waiting]),
            (&[Cancelled], &[Among::GivenUp]),
            (&[Failed, Queued], &[Among::Waiting, Among::GivenUp]),
            (&[Failed, Delivered], &[Among::All]),
        ] {
            assert_eq!(Among::those(statuses), among, "{statuses:?}");
        }
    }
}
