//! Connections to PostgreSQL.

use super::ACQUIRE_TIMEOUT;
use sqlx::{AnyPool, Connection, Executor, any::AnyPoolOptions};
use std::time::Duration;

const CONNECTIONS: u32 = 20;
/// A connection that was used within this time is taken to be still there.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// sqlx keeps 100 by itself: those for several rows alone are more.
const STATEMENTS: usize = 500;

/// The address, with as many prepared statements on a connection as there are,
/// unless it says itself how many.
fn with_statements(url: &str) -> String {
    const NAME: &str = "statement-cache-capacity=";
    if url.contains(NAME) {
        return url.to_owned();
    }
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{NAME}{STATEMENTS}")
}

/// Connections, made as they are needed.
pub async fn pool(url: &str) -> sqlx::Result<AnyPool> {
    options().connect(&with_statements(url)).await
}

fn options() -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // By itself the pool asks each time whether the connection is still there: one
        // more round trip for every question.
        .test_before_acquire(false)
        .before_acquire(|conn, seen| {
            Box::pin(async move {
                if seen.idle_for > TRUSTED_FOR {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|conn, _| {
            Box::pin(async move {
                for setting in [
                    "SET statement_timeout = '30s'",
                    "SET idle_in_transaction_session_timeout = '60s'",
                ] {
                    conn.execute(setting).await?;
                }
                Ok(())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postgres_address_keeps_what_it_says_of_statements() {
        let plain = with_statements("postgres://u@h/db");
        assert_eq!(plain, "postgres://u@h/db?statement-cache-capacity=500");
        let more = with_statements("postgres://u@h/db?sslmode=require");
        assert!(more.ends_with("require&statement-cache-capacity=500"));
        let own = "postgres://u@h/db?statement-cache-capacity=7";
        assert_eq!(with_statements(own), own);
    }
}
