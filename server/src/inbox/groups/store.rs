use crate::{
    input::folded,
    platform::{
        clock::from_ms,
        db::{Conn, few_sizes, numbered},
    },
};
use sqlx::AssertSqlSafe;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ConversationId, UserId},
};

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a group has an unknown {what}").into())
}

/// The group is called something else. `false`: it was called so already.
pub async fn rename(
    conn: &mut Conn,
    conversation: ConversationId,
    subject: &str,
) -> sqlx::Result<bool> {
    // PostgreSQL keeps no NUL in a text.
    let subject = subject.replace('\0', "");
    let done = sqlx::query(
        "UPDATE conversations SET name = $2, folded = $3 WHERE id = $1 \
         AND (name IS NULL OR name <> $2)",
    )
    .bind(conversation.to_string())
    .bind(&subject)
    .bind(folded(&subject))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What becomes of somebody in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    In,
    Out,
    Admin,
    Member,
}

pub async fn change(
    conn: &mut Conn,
    conversation: ConversationId,
    contact: &str,
    then: Then,
) -> sqlx::Result<()> {
    let statement = match then {
        Then::In => {
            "INSERT INTO group_members (conversation_id, contact_id, admin) VALUES ($1, $2, $3) \
             ON CONFLICT (conversation_id, contact_id) DO NOTHING"
        }
        Then::Out => {
            "DELETE FROM group_members WHERE conversation_id = $1 AND contact_id = $2 AND $3 >= 0"
        }
        Then::Admin | Then::Member => {
            "UPDATE group_members SET admin = $3 WHERE conversation_id = $1 AND contact_id = $2"
        }
    };
    sqlx::query(statement)
        .bind(conversation.to_string())
        .bind(contact)
        .bind(i32::from(then == Then::Admin))
        .execute(conn)
        .await
        .map(drop)
}

/// All who are in a group, and who of them is an admin.
pub async fn replace(
    conn: &mut Conn,
    conversation: ConversationId,
    members: &[(String, bool)],
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM group_members WHERE conversation_id = $1")
        .bind(conversation.to_string())
        .execute(&mut *conn)
        .await?;
    for some in few_sizes(members) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO group_members (conversation_id, contact_id, admin) VALUES {} \
             ON CONFLICT (conversation_id, contact_id) DO NOTHING",
            numbered(1, 3, some.len())
        )));
        for (contact, is_admin) in some {
            query = query
                .bind(conversation.to_string())
                .bind(contact)
                .bind(i32::from(*is_admin));
        }
        query.execute(&mut *conn).await?;
    }
    sqlx::query("UPDATE conversations SET members_at = $2 WHERE id = $1")
        .bind(conversation.to_string())
        .bind(now.timestamp_millis())
        .execute(conn)
        .await
        .map(drop)
}

/// WhatsApp is to be asked who is in a group.
pub async fn ask_again(conn: &mut Conn, conversation: ConversationId) -> sqlx::Result<()> {
    sqlx::query("UPDATE conversations SET members_at = NULL WHERE id = $1")
        .bind(conversation.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// A group of which WhatsApp was not asked yet.
pub struct Unknown {
    pub conversation: ConversationId,
    pub account: AccountId,
    pub user: UserId,
    pub jid: String,
}

/// Those of accounts that are connected.
pub async fn unknown(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<Unknown>> {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT c.id, c.account_id, c.user_id, c.group_jid FROM conversations c \
         JOIN accounts a ON a.id = c.account_id WHERE c.group_jid IS NOT NULL \
         AND c.group_jid LIKE '%@g.us' \
         AND c.members_at IS NULL AND a.status = 'ready' ORDER BY c.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(conversation, account, user, jid)| {
            Ok(Unknown {
                conversation: conversation.parse().map_err(|_| unreadable("id"))?,
                account: account.parse().map_err(|_| unreadable("account"))?,
                user: user.parse().map_err(|_| unreadable("user"))?,
                jid,
            })
        })
        .collect()
}

/// Who is in a group: contacts, empty for the account's own person, and whether
/// each is an admin; and when WhatsApp was asked.
pub async fn members(
    conn: &mut Conn,
    conversation: ConversationId,
) -> sqlx::Result<(Vec<(String, bool)>, Option<Timestamp>)> {
    let asked: Option<Option<i64>> =
        sqlx::query_scalar("SELECT members_at FROM conversations WHERE id = $1")
            .bind(conversation.to_string())
            .fetch_optional(&mut *conn)
            .await?;
    let rows: Vec<(String, i32)> = sqlx::query_as(
        "SELECT contact_id, CAST(admin AS INTEGER) FROM group_members WHERE conversation_id = $1 \
         ORDER BY admin DESC, contact_id",
    )
    .bind(conversation.to_string())
    .fetch_all(conn)
    .await?;
    let members = rows
        .into_iter()
        .map(|(contact, admin)| (contact, admin != 0));
    Ok((members.collect(), asked.flatten().map(from_ms)))
}
