use super::Search;
use crate::{
    accounts::only,
    input::folded,
    platform::db::{Conn, Kind},
};
use sqlx::{AssertSqlSafe, Executor, FromRow};
use whahook_contract::ids::{AccountId, MessageId};

/// FTS5 keeps words alone; triggers tell it what changes. `scope` has in whose account
/// and in which conversation it was said: a word that everybody writes is looked for
/// among one's own. The last twelve digits of an id do, since each row found is checked.
const SQLITE: [&str; 8] = [
    // As it was before it knew of the scope.
    "DROP TRIGGER IF EXISTS chat_search_new",
    "DROP TRIGGER IF EXISTS chat_search_gone",
    "DROP TRIGGER IF EXISTS chat_search_changed",
    "DROP TABLE IF EXISTS chat_search",
    "CREATE VIRTUAL TABLE chat_words USING fts5 (text, scope, content='', \
     contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")",
    "CREATE TRIGGER chat_words_new AFTER INSERT ON chat_messages \
     WHEN new.text IS NOT NULL BEGIN \
     INSERT INTO chat_words (rowid, text, scope) VALUES (new.number, new.text, \
     substr(new.account_id, -12) || ' ' || substr(new.conversation_id, -12)); END",
    "CREATE TRIGGER chat_words_gone AFTER DELETE ON chat_messages \
     WHEN old.text IS NOT NULL BEGIN DELETE FROM chat_words WHERE rowid = old.number; END",
    "CREATE TRIGGER chat_words_changed AFTER UPDATE OF text, conversation_id ON chat_messages \
     BEGIN DELETE FROM chat_words WHERE rowid = old.number AND old.text IS NOT NULL; \
     INSERT INTO chat_words (rowid, text, scope) SELECT new.number, new.text, \
     substr(new.account_id, -12) || ' ' || substr(new.conversation_id, -12) \
     WHERE new.text IS NOT NULL; END",
];
const SQLITE_FILL: &str = "INSERT INTO chat_words (rowid, text, scope) SELECT number, text, \
     substr(account_id, -12) || ' ' || substr(conversation_id, -12) FROM chat_messages \
     WHERE text IS NOT NULL ORDER BY number";

/// A text that is too long for a search is found by its beginning.
const BEGINNING: &str = "left(text, 100000)";
/// The locale of many a database knows the capitals of English only. Without accents,
/// as [`folded`] has it.
const FOLDED: &str = "regexp_replace(normalize(lower(left(text, 100000) \
     COLLATE \"und-x-icu\"), NFD), '[\u{300}-\u{36f}]', '', 'g')";

/// Whether the database has what is looked into.
pub async fn is_ready(conn: &mut Conn, kind: Kind) -> sqlx::Result<bool> {
    let there = match kind {
        Kind::Sqlite => "SELECT 1 FROM sqlite_master WHERE name = 'chat_words'",
        Kind::Postgres => {
            "SELECT 1 FROM pg_indexes WHERE indexname = 'chat_messages_found_by' \
             AND schemaname = current_schema()"
        }
    };
    let there: Option<i32> = sqlx::query_scalar(there).fetch_optional(conn).await?;
    Ok(there.is_some())
}

/// Makes it, and puts into it what is there already.
pub async fn set_up(tx: &mut Conn, kind: Kind) -> sqlx::Result<()> {
    match kind {
        Kind::Sqlite => {
            for statement in SQLITE {
                tx.execute(statement).await?;
            }
            tx.execute(SQLITE_FILL).await?;
        }
        Kind::Postgres => {
            let knows_capitals: Option<i32> = sqlx::query_scalar(
                "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu' \
                 AND current_setting('server_encoding') = 'UTF8' LIMIT 1",
            )
            .fetch_optional(&mut *tx)
            .await?;
            let text = knows_capitals.map_or(BEGINNING, |_| FOLDED);
            tx.execute("SET LOCAL statement_timeout = 0").await?;
            tx.execute("ALTER TABLE chat_messages DROP COLUMN IF EXISTS words")
                .await?;
            // One of the two above was put into it.
            let column = AssertSqlSafe(format!(
                "ALTER TABLE chat_messages ADD COLUMN found_by tsvector \
                 GENERATED ALWAYS AS (to_tsvector('simple', {text}) || array_to_tsvector(ARRAY[\
                 '@' || right(account_id, 12), '@' || right(conversation_id, 12)])) STORED"
            ));
            tx.execute(column).await?;
            tx.execute("CREATE INDEX chat_messages_found_by ON chat_messages USING GIN (found_by)")
                .await?;
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

/// Both databases are asked the same; the beginning says how words are found, and
/// each row found is checked.
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
    let scope = scope(&mut *conn, search).await?;
    if scope.is_empty() {
        return Ok(Vec::new());
    }
    let (statement, words, scope) = match kind {
        Kind::Sqlite => (
            search!(
                // Everything is asked of FTS5 in one expression.
                "SELECT m.id, m.number, m.account_id FROM chat_words s \
                 CROSS JOIN chat_messages m ON m.number = s.rowid \
                 CROSS JOIN conversations c ON c.id = m.conversation_id \
                 WHERE s.chat_words MATCH $1 || $7 AND s.rowid < $2",
                "s.rowid"
            ),
            for_fts5(&search.words),
            format!(" AND scope : (\"{}\")", scope.join("\" OR \"")),
        ),
        Kind::Postgres => (
            search!(
                "SELECT m.id, m.number, m.account_id FROM chat_messages m \
                 JOIN conversations c ON c.id = m.conversation_id WHERE m.found_by @@ \
                 CASE WHEN plainto_tsquery('simple', $1)::text = '' THEN ''::tsquery \
                 ELSE (plainto_tsquery('simple', $1)::text || ':*')::tsquery && $7::tsquery END",
                "m.number"
            ),
            folded(&search.words.join(" ")),
            format!("'@{}'", scope.join("' | '@")),
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
        .bind(scope)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Hit::try_from).collect()
}

/// Of what the search goes through, the ends of the ids: one conversation, or accounts.
async fn scope(conn: &mut Conn, search: &Search) -> sqlx::Result<Vec<String>> {
    let mut ids = match (search.conversation, search.account, &search.only) {
        (Some(conversation), ..) => vec![conversation.to_string()],
        (None, Some(account), _) => vec![account.to_string()],
        (None, None, Some(only)) => only.iter().map(ToString::to_string).collect(),
        (None, None, None) => {
            sqlx::query_scalar("SELECT id FROM accounts WHERE user_id = $1")
                .bind(search.user.to_string())
                .fetch_all(conn)
                .await?
        }
    };
    for id in &mut ids {
        // Of hexadecimal digits and dashes only.
        id.drain(..id.len().saturating_sub(12));
    }
    Ok(ids)
}

/// Each word in quotes, so that nothing in it is an operator.
pub fn for_fts5(words: &[String]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    format!("text : ({}*)", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::db::Db;
    use crate::platform::db::sqlite_url;
    use uuid::Uuid;

    #[test]
    fn nothing_in_a_word_is_an_operator() {
        let words = ["a\"b", "NEAR"].map(ToOwned::to_owned);
        assert_eq!(for_fts5(&words), "text : (\"a\"\"b\" \"NEAR\"*)");
    }

    /// A message of somebody, in the conversation that has the same number.
    async fn write(db: &Db, who: u128, number: i64, text: &str) {
        let (id, message) = (Uuid::from_u128(who), Uuid::from_u128(1_000));
        let message = format!("{message}-{number}");
        let mut tx = db.begin().await.unwrap();
        for statement in [
            "INSERT INTO users (id, email, name, password_hash, role, created_at) \
             VALUES ($1, $1, '', '', 'member', 0) ON CONFLICT DO NOTHING",
            "INSERT INTO accounts (id, user_id, label, status, since, created_at) \
             VALUES ($1, $1, '', 'ready', 0, 0) ON CONFLICT DO NOTHING",
            "INSERT INTO conversations (id, account_id, user_id, last_at, created_at) \
             VALUES ($1, $1, $1, 0, 0) ON CONFLICT DO NOTHING",
            "INSERT INTO chat_messages (id, number, account_id, conversation_id, \
             whatsapp_message_id, sender, source, content, text, at, received_at) \
             VALUES ($2, $3, $1, $1, $2, '', 'phone', '{}', $4, 0, 0)",
        ] {
            let query = sqlx::query(statement).bind(id.to_string());
            let query = query.bind(&message).bind(number).bind(text);
            query.execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// The numbers of what somebody finds.
    async fn found(db: &Db, who: u128, conversation: Option<u128>, word: &str) -> Vec<i64> {
        let scope = Uuid::from_u128(conversation.unwrap_or(who)).to_string();
        let words = for_fts5(&[word.to_owned()]);
        let matched = format!("{words} AND scope : (\"{}\")", &scope[24..]);
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT rowid FROM chat_words WHERE chat_words MATCH $1 ORDER BY rowid DESC",
        )
        .bind(matched)
        .fetch_all(&mut *db.read().await.unwrap())
        .await
        .unwrap();
        rows
    }

    #[tokio::test]
    async fn what_was_there_before_is_found_and_each_finds_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(&folder.path().join("a.db"));
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        // As it was before it knew of the scope.
        tx.execute(
            "CREATE VIRTUAL TABLE chat_search USING fts5 (text, content='chat_messages', \
             content_rowid='number'); \
             CREATE TRIGGER chat_search_new AFTER INSERT ON chat_messages BEGIN \
             INSERT INTO chat_search (rowid, text) VALUES (new.number, new.text); END",
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        write(&db, 1, 1, "Camión").await;
        for _ in 0..2 {
            super::super::prepare(&db).await.unwrap();
        }
        write(&db, 2, 2, "camion").await;
        write(&db, 1, 3, "camiones").await;
        assert_eq!(found(&db, 1, None, "camion").await, [3, 1]);
        assert_eq!(found(&db, 2, Some(2), "camion").await, [2]);

        // Taken back, changed, and poured into another conversation.
        let mut tx = db.begin().await.unwrap();
        for statement in [
            "UPDATE chat_messages SET text = 'tren' WHERE number = 1",
            "DELETE FROM chat_messages WHERE number = 3",
            "UPDATE chat_messages SET conversation_id = (SELECT conversation_id FROM \
             chat_messages WHERE number = 1) WHERE number = 2",
        ] {
            tx.execute(statement).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(found(&db, 1, None, "tren").await, [1]);
        assert!(found(&db, 3, Some(3), "camion").await.is_empty());
        // It is the second person's still, and stands in the first's conversation.
        assert_eq!(found(&db, 2, Some(1), "camion").await, [2]);
    }
}
