//! Words that somebody looks for: whatever they are, SQLite is asked something that
//! it understands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;
use whahook::conversations::search::{for_fts5, words};

thread_local! {
    static MESSAGES: Connection = messages().expect("SQLite can search");
}

fn messages() -> rusqlite::Result<Connection> {
    let messages = Connection::open_in_memory()?;
    messages.execute_batch(
        "CREATE VIRTUAL TABLE chat_words USING fts5 \
         (text, scope, tokenize=\"unicode61 remove_diacritics 2\"); \
         INSERT INTO chat_words (text) VALUES ('Your order 1042 has arrived'), ('¿Y el recibo?');",
    )?;
    Ok(messages)
}

fuzz_target!(|question: &str| {
    let words = words(question);
    if words.is_empty() {
        return;
    }
    MESSAGES.with(|messages| {
        let mut search = messages
            .prepare_cached("SELECT count(*) FROM chat_words WHERE chat_words MATCH ?1")
            .expect("the statement is right");
        let found = search.query_row([for_fts5(&words)], |row| row.get::<_, i64>(0));
        let found = found.expect("SQLite understands it");
        assert!((0..=2).contains(&found));
    });
});
