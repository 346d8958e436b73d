use super::batch::Seen;
use crate::platform::{
    clock::from_ms,
    db::{Conn, few_sizes, numbered},
};
use sqlx::{AssertSqlSafe, FromRow};
use std::collections::BTreeMap;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ConversationId, MessageId},
    received::ChatContent,
};
use whahook_whatsapp::port::Incoming;

/// Which of WhatsApp's ids have been here, in whichever chat.
pub async fn seen(
    conn: &mut Conn,
    messages: &BTreeMap<AccountId, Vec<&Incoming>>,
) -> sqlx::Result<Seen> {
    let mut seen = Seen::new();
    let all: Vec<(AccountId, &str)> = messages
        .iter()
        .flat_map(|(account, messages)| messages.iter().map(|it| (*account, it.id.as_str())))
        .collect();
    for some in few_sizes(&all) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT account_id, whatsapp_message_id FROM chat_messages \
             WHERE (account_id, whatsapp_message_id) IN (VALUES {})",
            numbered(1, 2, some.len())
        )));
        for (account, id) in some {
            query = query.bind(account.to_string()).bind(*id);
        }
        let rows: Vec<(String, String)> = query.fetch_all(&mut *conn).await?;
        for (account, id) in rows {
            let account = account.parse().map_err(|_| unreadable("account"))?;
            seen.insert((account, id));
        }
    }
    Ok(seen)
}

/// A message that stands in its conversation already.
pub struct Here {
    pub id: MessageId,
    pub at: Timestamp,
    /// It could not be read yet.
    pub waits: bool,
    /// What its author made of its words meanwhile, and when.
    pub edit: Option<(String, Timestamp)>,
}

#[derive(FromRow)]
struct HereRow {
    id: String,
    at: i64,
    content: String,
    text: Option<String>,
    edited_at: Option<i64>,
}

pub async fn here(
    conn: &mut Conn,
    account: AccountId,
    whatsapp_message_id: &str,
    conversation: ConversationId,
    sender: &str,
) -> sqlx::Result<Option<Here>> {
    let found: Option<HereRow> = sqlx::query_as(
        "SELECT id, at, content, text, edited_at FROM chat_messages WHERE account_id = $1 \
         AND whatsapp_message_id = $2 AND conversation_id = $3 AND sender = $4",
    )
    .bind(account.to_string())
    .bind(whatsapp_message_id)
    .bind(conversation.to_string())
    .bind(sender)
    .fetch_optional(conn)
    .await?;
    found
        .map(|row| {
            let content = serde_json::from_str::<ChatContent>(&row.content);
            Ok(Here {
                id: row.id.parse().map_err(|_| unreadable("id"))?,
                at: from_ms(row.at),
                waits: matches!(content, Ok(ChatContent::Waiting)),
                edit: row.text.zip(row.edited_at.map(from_ms)),
            })
        })
        .transpose()
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a conversation has an unknown {what}").into())
}
