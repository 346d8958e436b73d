use super::Search;
use crate::{
    accounts::only,
    platform::db::{Conn, Db, Kind},
};
use sqlx::{AssertSqlSafe, Executor, FromRow};
use whahook_contract::ids::{AccountId, MessageId};

/// FTS5 reads the words where they stand; triggers tell it what changes.
const SQLITE: [&str; 4] = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS chat_search USING fts5 (text, content='chat_messages', \
     content_rowid='number', tokenize=\"unicode61 remove_diacritics 2\")",
    "CREATE TRIGGER IF NOT EXISTS chat_search_new AFTER INSERT ON chat_messages \
     WHEN new.text IS NOT NULL BEGIN \
     INSERT INTO chat_search (rowid, text) VALUES (new.number, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS chat_search_gone AFTER DELETE ON chat_messages \
     WHEN old.text IS NOT NULL BEGIN \
     INSERT INTO chat_search (chat_search, rowid, text) VALUES ('delete', old.number, old.text); \
     END",
    "CREATE TRIGGER IF NOT EXISTS chat_search_changed AFTER UPDATE OF text ON chat_messages BEGIN \
     INSERT INTO chat_search (chat_search, rowid, text) \
     SELECT 'delete', old.number, old.text WHERE old.text IS NOT NULL; \
     INSERT INTO chat_search (rowid, text) \
     SELECT new.number, new.text WHERE new.text IS NOT NULL; END",
];

/// A text that is too long for a search is found by its beginning.
const BEGINNING: &str = "left(text, 100000)";
/// The locale of many a database knows the capitals of English only.
const SMALL: &str = "lower(left(text, 100000) COLLATE \"und-x-icu\")";
const POSTGRES_INDEX: &str =
    "CREATE INDEX IF NOT EXISTS chat_messages_words ON chat_messages USING GIN (words)";

/// What only one of the two databases has, and no migration for both can say.
///
/// # Errors
/// The database failed.
pub async fn prepare(db: &Db) -> sqlx::Result<()> {
    let mut conn = db.read().await?;
    match db.kind() {
        Kind::Sqlite => {
            for statement in SQLITE {
                conn.execute(statement).await?;
            }
        }
        Kind::Postgres => {
            let there: Option<i32> = sqlx::query_scalar(
                "SELECT 1 FROM pg_indexes WHERE indexname = 'chat_messages_words' \
                 AND schemaname = current_schema()",
            )
            .fetch_optional(&mut *conn)
            .await?;
            // The statements would wait for everybody who reads the table.
            if there.is_none() {
                let knows_capitals: Option<i32> = sqlx::query_scalar(
                    "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu' \
                     AND current_setting('server_encoding') = 'UTF8' LIMIT 1",
                )
                .fetch_optional(&mut *conn)
                .await?;
                let text = knows_capitals.map_or(BEGINNING, |_| SMALL);
                // One of the two above was put into it.
                let column = AssertSqlSafe(format!(
                    "ALTER TABLE chat_messages ADD COLUMN IF NOT EXISTS words tsvector \
                     GENERATED ALWAYS AS (to_tsvector('simple', {text})) STORED"
                ));
                conn.execute(column).await?;
                conn.execute(POSTGRES_INDEX).await?;
            }
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: String,
    number: i64,
    account_id: String,
}

pub struct Hit {
    pub id: MessageId,
    pub number: i64,
    pub account: AccountId,
}

impl TryFrom<Row> for Hit {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let unreadable = |_| sqlx::Error::Decode("a message has an unknown id".into());
        Ok(Self {
            id: row.id.parse().map_err(unreadable)?,
            number: row.number,
            account: row.account_id.parse().map_err(unreadable)?,
        })
    }
}

/// Both databases are asked the same; the beginning says how words are found.
macro_rules! search {
    ($found:literal, $newest:literal) => {
        concat!(
            $found,
            " AND m.number < $2 AND c.user_id = $3 \
             AND ($4 = '*' OR $4 LIKE '%' || m.account_id || '%') \
             AND ($5 = '' OR m.conversation_id = $5) ORDER BY ",
            $newest,
            " DESC LIMIT $6"
        )
    };
}

pub async fn find(
    conn: &mut Conn,
    kind: Kind,
    search: &Search,
    limit: i64,
) -> sqlx::Result<Vec<Hit>> {
    let (statement, words) = match kind {
        Kind::Sqlite => (
            search!(
                "SELECT m.id, m.number, m.account_id FROM chat_search s \
                 CROSS JOIN chat_messages m ON m.number = s.rowid \
                 CROSS JOIN conversations c ON c.id = m.conversation_id \
                 WHERE s.chat_search MATCH $1 AND s.rowid < $2",
                "s.rowid"
            ),
            for_fts5(&search.words),
        ),
        Kind::Postgres => (
            search!(
                "SELECT m.id, m.number, m.account_id FROM chat_messages m \
                 JOIN conversations c ON c.id = m.conversation_id WHERE m.words @@ \
                 CASE WHEN plainto_tsquery('simple', $1)::text = '' THEN ''::tsquery \
                 ELSE (plainto_tsquery('simple', $1)::text || ':*')::tsquery END",
                "m.number"
            ),
            search.words.join(" ").to_lowercase(),
        ),
    };
    let only = match search.account {
        Some(account) => account.to_string(),
        None => only(search.only.as_deref()),
    };
    let conversation = search.conversation.map(|id| id.to_string());
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(words)
        .bind(search.before.unwrap_or(i64::MAX))
        .bind(search.user.to_string())
        .bind(only)
        .bind(conversation.unwrap_or_default())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Hit::try_from).collect()
}

/// Each word in quotes, so that nothing in it is an operator.
pub fn for_fts5(words: &[String]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    format!("{}*", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_word_is_an_operator() {
        let words = ["a\"b", "NEAR"].map(ToOwned::to_owned);
        assert_eq!(for_fts5(&words), "\"a\"\"b\" \"NEAR\"*");
    }
}
