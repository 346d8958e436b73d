use super::Selection;
use crate::{
    accounts::only,
    conversations::model::{Conversation, With},
    input::folded,
    platform::{clock::from_ms, db::Conn},
};
use sqlx::FromRow;
use whahook_contract::ids::{ConversationId, UserId};

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    user_id: String,
    group_jid: Option<String>,
    name: Option<String>,
    unread: i64,
    archived: i32,
    note: Option<String>,
    labels: String,
    last_at: i64,
    last_message_id: Option<String>,
    phone_number: Option<String>,
    lid: Option<String>,
    contact_name: Option<String>,
    picture_id: Option<String>,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a conversation has an unknown {what}").into())
}

impl TryFrom<Row> for Conversation {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let last = row.last_message_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            account: row.account_id.parse().map_err(|_| unreadable("account"))?,
            user: row.user_id.parse().map_err(|_| unreadable("user"))?,
            with: match row.group_jid {
                Some(jid) => With::Group(jid),
                None => With::Person {
                    phone_number: row.phone_number,
                    lid: row.lid,
                    name: row.contact_name,
                },
            },
            name: row.name,
            picture: row.picture_id,
            unread: row.unread,
            archived: row.archived != 0,
            note: row.note,
            labels: serde_json::from_str(&row.labels).map_err(|_| unreadable("labels"))?,
            last_at: (row.last_at > 0).then(|| from_ms(row.last_at)),
            last_message: last.map_err(|_| unreadable("message"))?,
        })
    }
}

/// Every statement reads the same of a conversation; the rest says which.
macro_rules! conversations {
    ($($which:tt)+) => {
        concat!(
            "SELECT c.id, c.account_id, c.user_id, c.group_jid, c.name, c.unread, c.archived, \
             c.note, c.labels, c.last_at, c.last_message_id, p.phone_number, p.lid, \
             p.name AS contact_name, COALESCE(p.picture_id, c.picture_id) AS picture_id FROM conversations c \
             LEFT JOIN contacts p ON p.id = c.contact_id WHERE ",
            $($which)+
        )
    };
}

/// The same for every list; the beginning says by which index it is found.
macro_rules! listed {
    ($found:literal) => {
        conversations!(concat!(
            $found,
            " AND c.user_id = $1 AND (c.last_at, c.id) < ($2, $3) \
                 AND ($4 = '*' OR $4 LIKE '%' || c.account_id || '%') \
                 AND ($5 < 0 OR c.archived = $5) AND (c.unread >= $6) \
                 AND ($7 = '' OR c.labels LIKE $7 ESCAPE '!') \
                 AND ($8 = '' OR COALESCE(c.folded, '') || ' ' || COALESCE(p.folded, '') \
                 || ' ' || COALESCE(p.phone_number, '') LIKE $8 ESCAPE '!') \
                 ORDER BY c.last_at DESC, c.id DESC LIMIT $9"
        ))
    };
}

/// A conversation of a user.
pub async fn find(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> sqlx::Result<Option<Conversation>> {
    let row: Option<Row> = sqlx::query_as(conversations!("c.id = $1 AND c.user_id = $2"))
        .bind(id.to_string())
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Conversation::try_from).transpose()
}

/// A conversation of anybody, for those who need not be asked who they are.
pub async fn find_any(conn: &mut Conn, id: ConversationId) -> sqlx::Result<Option<Conversation>> {
    let row: Option<Row> = sqlx::query_as(conversations!("c.id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Conversation::try_from).transpose()
}

/// Conversations, the newest first.
pub async fn list(
    conn: &mut Conn,
    selection: &Selection,
    limit: i64,
) -> sqlx::Result<Vec<Conversation>> {
    let (at, id) = match selection.before {
        Some(place) => (place.at, place.id.to_string()),
        None => (i64::MAX, String::new()),
    };
    let accounts = selection
        .only
        .as_deref()
        .filter(|_| selection.account.is_none());
    let label = selection.label.as_ref().map(|label| {
        let quoted = serde_json::to_string(label).unwrap_or_default();
        format!("%{}%", escaped(&quoted))
    });
    let name = selection.name.as_ref();
    let name = name.map(|name| format!("%{}%", escaped(&folded(name))));
    let (statement, of) = match selection.account {
        Some(account) => (listed!("c.account_id = $10"), account.to_string()),
        None => (listed!("c.user_id = $10"), selection.user.to_string()),
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(selection.user.to_string())
        .bind(at)
        .bind(id)
        .bind(only(accounts))
        .bind(selection.archived.map_or(-1, i32::from))
        .bind(i64::from(selection.unread))
        .bind(label.unwrap_or_default())
        .bind(name.unwrap_or_default())
        .bind(limit)
        .bind(of)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Conversation::try_from).collect()
}

/// Fold some of the names of before they were kept folded. `false`: there are none.
pub async fn fold_some(tx: &mut Conn) -> sqlx::Result<bool> {
    for (some, fold) in [
        (
            "SELECT id, name FROM contacts WHERE name IS NOT NULL AND folded IS NULL LIMIT 1000",
            "UPDATE contacts SET folded = $2 WHERE id = $1",
        ),
        (
            "SELECT id, name FROM conversations WHERE name IS NOT NULL AND folded IS NULL \
             LIMIT 1000",
            "UPDATE conversations SET folded = $2 WHERE id = $1",
        ),
    ] {
        let rows: Vec<(String, String)> = sqlx::query_as(some).fetch_all(&mut *tx).await?;
        if rows.is_empty() {
            continue;
        }
        for (id, name) in rows {
            let fold = sqlx::query(fold).bind(id).bind(folded(&name));
            fold.execute(&mut *tx).await?;
        }
        return Ok(true);
    }
    Ok(false)
}

/// For `LIKE … ESCAPE '!'`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(letter);
    }
    escaped
}
