//! Messages that are there already, written by SQL as years of writing would have
//! left them.

use crate::{
    bench::server::Server,
    words::{Words, word},
};
use anyhow::Result;
use sqlx::{AssertSqlSafe, Executor};
use std::fmt::Write;
use whahook::platform::{
    clock::Clock,
    db::{Db, Kind},
};

pub const CONVERSATIONS: usize = 2_000;
/// Messages of a second person, and of a short thread of the first, older than all others.
const FEW: usize = 20;
/// One of so many messages stands in the first conversation.
const IN_THE_LONGEST: usize = 10;
const AT_ONCE: usize = 500;
/// In one transaction.
const STATEMENTS: usize = 20;
const TWO_YEARS_MS: i64 = 2 * 365 * 86_400_000;

pub fn conversation_id(n: usize) -> String {
    format!("01900000-0000-7000-8001-{n:012x}")
}

pub fn message_id(n: usize) -> String {
    format!("01900000-0000-7000-8002-{n:012x}")
}

/// The thread of the first person that has a few messages only.
pub fn short_thread() -> String {
    conversation_id(CONVERSATIONS)
}

fn contact_id(n: usize) -> String {
    format!("01900000-0000-7000-8003-{n:012x}")
}

/// In which conversation the n-th message stands.
const fn conversation_of(n: usize) -> usize {
    if n.is_multiple_of(IN_THE_LONGEST) {
        0
    } else {
        // The others in turn.
        1 + (n - n / IN_THE_LONGEST) % (CONVERSATIONS - 1)
    }
}

/// Writes `rows` messages into conversations of the first session's account, and a few
/// with the most frequent word where there are no others.
pub async fn fill(db: &Db, server: &Server, rows: usize) -> Result<()> {
    let account = server.account(0);
    let user = user_of(db, account).await?;
    few(db, account, &user, CONVERSATIONS).await?;
    let second = server.account(1);
    few(db, second, &user_of(db, second).await?, CONVERSATIONS + 1).await?;
    let now = Clock::system().now_ms();
    let at = |n: usize| now - TWO_YEARS_MS + TWO_YEARS_MS * n as i64 / rows as i64;
    people(db, account, &user, rows, &at).await?;
    let mut words = Words::new();
    for start in (0..rows).step_by(AT_ONCE * STATEMENTS) {
        let end = (start + AT_ONCE * STATEMENTS).min(rows);
        let mut tx = db.begin().await?;
        for first in (start..end).step_by(AT_ONCE) {
            let mut values = Values::new(
                "INSERT INTO chat_messages (id, number, account_id, conversation_id, \
                 whatsapp_message_id, sender, source, content, text, at, received_at)",
            );
            for n in first..(first + AT_ONCE).min(end) {
                let (chat, text, at) = (conversation_of(n), words.text(n), at(n));
                let number = n + 2 * FEW;
                let (id, conversation, sender) =
                    (message_id(n), conversation_id(chat), contact_id(chat));
                values.add(format_args!(
                    "'{id}',{number},'{account}','{conversation}','OLD{n:018X}','{sender}','contact',\
                     '{{\"type\":\"text\",\"text\":\"{text}\"}}','{text}',{at},{at}"
                ))?;
            }
            values.execute(&mut tx).await?;
        }
        tx.commit().await?;
    }
    if db.kind() == Kind::Postgres {
        // As autovacuum would have done long ago.
        let mut conn = db.read().await?;
        conn.execute("VACUUM ANALYZE").await?;
    }
    Ok(())
}

async fn user_of(db: &Db, account: &str) -> Result<String> {
    let user = sqlx::query_scalar("SELECT user_id FROM accounts WHERE id = $1")
        .bind(account)
        .fetch_one(&mut *db.read().await?)
        .await?;
    Ok(user)
}

/// A short thread in which every message has the word that everybody uses.
async fn few(db: &Db, account: &str, user: &str, chat: usize) -> Result<()> {
    let (conversation, contact, frequent) = (conversation_id(chat), contact_id(chat), word(0));
    let mut conversations = Values::new(
        "INSERT INTO conversations (id, account_id, user_id, contact_id, last_at, created_at)",
    );
    conversations.add(format_args!(
        "'{conversation}','{account}','{user}','{contact}',1,0"
    ))?;
    let mut messages = Values::new(
        "INSERT INTO chat_messages (id, number, account_id, conversation_id, \
         whatsapp_message_id, sender, source, content, text, at, received_at)",
    );
    for n in 0..FEW {
        let number = (chat - CONVERSATIONS) * FEW + n;
        let id = format!("01900000-0000-7000-8004-{number:012x}");
        messages.add(format_args!(
            "'{id}',{number},'{account}','{conversation}','FEW{number:018X}','{contact}',\
             'contact','{{\"type\":\"text\",\"text\":\"{frequent}\"}}','{frequent}',1,1"
        ))?;
    }
    let mut tx = db.begin().await?;
    conversations.execute(&mut tx).await?;
    messages.execute(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Contacts with their conversations, which their newest message leads.
async fn people(
    db: &Db,
    account: &str,
    user: &str,
    rows: usize,
    at: &impl Fn(usize) -> i64,
) -> Result<()> {
    let mut newest = vec![0; CONVERSATIONS];
    for n in 0..rows {
        newest[conversation_of(n)] = n;
    }
    let mut contacts = Values::new(
        "INSERT INTO contacts (id, account_id, phone_number, lid, name, created_at, folded)",
    );
    let mut conversations = Values::new(
        "INSERT INTO conversations (id, account_id, user_id, contact_id, unread, last_at, \
         last_message_id, created_at)",
    );
    for (n, newest) in newest.into_iter().enumerate() {
        let (contact, conversation) = (contact_id(n), conversation_id(n));
        let (last, last_at, unread) = (message_id(newest), at(newest), n % 3);
        contacts.add(format_args!(
            "'{contact}','{account}','+59397{n:07}','9{n:014}@lid','Person {n}',0,'person {n}'"
        ))?;
        conversations.add(format_args!(
            "'{conversation}','{account}','{user}','{contact}',{unread},{last_at},'{last}',0"
        ))?;
    }
    let mut tx = db.begin().await?;
    contacts.execute(&mut tx).await?;
    conversations.execute(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// One statement with many rows. Nothing but words and numbers is put into it.
struct Values(String);

impl Values {
    fn new(insert: &str) -> Self {
        Self(format!("{insert} VALUES "))
    }

    fn add(&mut self, row: std::fmt::Arguments<'_>) -> std::fmt::Result {
        let comma = if self.0.ends_with(')') { "," } else { "" };
        write!(self.0, "{comma}({row})")
    }

    async fn execute(self, conn: &mut whahook::platform::db::Conn) -> Result<()> {
        sqlx::query(AssertSqlSafe(self.0))
            .persistent(false)
            .execute(conn)
            .await?;
        Ok(())
    }
}
