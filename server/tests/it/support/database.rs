//! A database of its own for each test on PostgreSQL.

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use whahook::platform::db::install_drivers;

pub struct Database {
    pub url: String,
    server: String,
    name: String,
}

impl Database {
    /// `None` without `TEST_DATABASE_URL`: the address of a server (with any
    /// database on it) where this user may create databases.
    pub async fn create() -> Option<Self> {
        let server = std::env::var("TEST_DATABASE_URL").ok()?;
        install_drivers();
        let name = format!("whahook_test_{}", uuid().replace('-', ""));
        run(&server, format!("CREATE DATABASE {name}")).await;
        let mut url: url::Url = server.parse().unwrap();
        url.set_path(&name);
        Some(Self {
            url: url.to_string(),
            server,
            name,
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let server = self.server.clone();
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The test's own runtime may be ending: this one is its own.
        let _ = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(run(&server, drop));
        })
        .join();
    }
}

async fn run(server: &str, statement: String) {
    let mut conn = AnyConnection::connect(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

fn uuid() -> String {
    use whahook::platform::{clock::Clock, ids::Ids};
    Ids::new(Clock::system()).uuid().to_string()
}
