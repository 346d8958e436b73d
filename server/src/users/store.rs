use super::model::{Email, User};
use crate::platform::{
    clock::from_ms,
    db::{Conn, Kind},
};
use sqlx::FromRow;
use whahook_contract::{auth::Role, ids::UserId};

#[derive(FromRow)]
struct Row {
    id: String,
    email: String,
    name: String,
    role: String,
    created_at: i64,
}

fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a user has an unknown {what}").into())
}

impl TryFrom<Row> for User {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            role: Role::from_code(&row.role).ok_or_else(|| unreadable("role"))?,
            email: row.email,
            name: row.name,
            created_at: from_ms(row.created_at),
        })
    }
}

/// Hold back whoever else locks this user until the transaction ends: what is
/// counted over all of theirs is not added to meanwhile. SQLite has one writer
/// anyway. Whoever writes what refers to the user's row does not wait for it: who
/// has an account's lock and asks for that would wait for who has the user's and
/// asks for the account's.
pub async fn lock(conn: &mut Conn, kind: Kind, user: UserId) -> sqlx::Result<()> {
    if kind == Kind::Postgres {
        let _: Option<String> =
            sqlx::query_scalar("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE")
                .bind(user.to_string())
                .fetch_optional(conn)
                .await?;
    }
    Ok(())
}

/// Lets one registration at a time decide who is the first.
pub async fn lock_sign_up(conn: &mut Conn, kind: Kind) -> sqlx::Result<()> {
    match kind {
        // Its transactions that write are one at a time anyway.
        Kind::Sqlite => Ok(()),
        Kind::Postgres => sqlx::query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .execute(conn)
            .await
            .map(drop),
    }
}

pub async fn anybody(conn: &mut Conn) -> sqlx::Result<bool> {
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM users LIMIT 1")
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

pub async fn insert(conn: &mut Conn, user: &User, password_hash: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO users (id, email, name, password_hash, role, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(user.id.to_string())
    .bind(user.email.as_str())
    .bind(user.name.as_str())
    .bind(password_hash)
    .bind(user.role.code())
    .bind(user.created_at.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn find(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<User>> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, email, name, role, created_at FROM users WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(conn)
            .await?;
    row.map(User::try_from).transpose()
}

/// A person with the hash of their password.
pub async fn find_by_email(conn: &mut Conn, email: &Email) -> sqlx::Result<Option<(User, String)>> {
    #[derive(FromRow)]
    struct WithHash {
        #[sqlx(flatten)]
        user: Row,
        password_hash: String,
    }
    let found: Option<WithHash> = sqlx::query_as(
        "SELECT id, email, name, role, created_at, password_hash FROM users WHERE email = $1",
    )
    .bind(email.as_str())
    .fetch_optional(conn)
    .await?;
    found
        .map(|found| Ok((found.user.try_into()?, found.password_hash)))
        .transpose()
}

pub async fn insert_sign_in(
    conn: &mut Conn,
    token_hash: &str,
    user: UserId,
    now: i64,
    expires_at: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO sign_ins (token_hash, user_id, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(token_hash)
    .bind(user.to_string())
    .bind(now)
    .bind(expires_at)
    .execute(conn)
    .await
    .map(drop)
}

pub struct SignIn {
    pub user: UserId,
    pub last_seen_at: i64,
}

/// Who is signed in with a token that has not expired.
pub async fn find_sign_in(
    conn: &mut Conn,
    token_hash: &str,
    now: i64,
) -> sqlx::Result<Option<SignIn>> {
    let found: Option<(String, i64)> = sqlx::query_as(
        "SELECT user_id, last_seen_at FROM sign_ins WHERE token_hash = $1 AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    found
        .map(|(user, last_seen_at)| {
            Ok(SignIn {
                user: user.parse().map_err(|_| unreadable("id"))?,
                last_seen_at,
            })
        })
        .transpose()
}

pub async fn prolong_sign_in(
    conn: &mut Conn,
    token_hash: &str,
    now: i64,
    expires_at: i64,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE sign_ins SET last_seen_at = $2, expires_at = $3 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(now)
        .bind(expires_at)
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete_sign_in(conn: &mut Conn, token_hash: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM sign_ins WHERE token_hash = $1")
        .bind(token_hash)
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete_expired_sign_ins(conn: &mut Conn, now: i64) -> sqlx::Result<u64> {
    sqlx::query("DELETE FROM sign_ins WHERE expires_at <= $1")
        .bind(now)
        .execute(conn)
        .await
        .map(|done| done.rows_affected())
}
