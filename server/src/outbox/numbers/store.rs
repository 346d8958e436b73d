use crate::platform::{clock::from_ms, db::Conn};
use whahook_contract::{
    Timestamp,
    ids::{MessageId, UserId},
    message::Recipient,
};

/// What WhatsApp said of a number, and when.
pub struct Known {
    pub registered: bool,
    pub lid: Option<String>,
    pub known_as: Option<String>,
    pub checked_at: Timestamp,
}

/// The same, as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub registered: bool,
    pub lid: Option<&'a str>,
    /// The number as WhatsApp writes it, where that is another.
    pub known_as: Option<&'a str>,
    pub at: Timestamp,
}

/// What a row of numbers has, besides whose it is.
type Row = (i32, Option<String>, Option<String>, i64);

pub async fn find(
    conn: &mut Conn,
    user: UserId,
    phone_number: &str,
) -> sqlx::Result<Option<Known>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT registered, lid, known_as, checked_at FROM numbers \
         WHERE user_id = $1 AND phone_number = $2",
    )
    .bind(user.to_string())
    .bind(phone_number)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(registered, lid, known_as, checked_at)| Known {
        registered: registered != 0,
        lid,
        known_as,
        checked_at: from_ms(checked_at),
    }))
}

/// The number behind a LID, and what WhatsApp said of it.
pub async fn number_of(
    conn: &mut Conn,
    user: UserId,
    lid: &str,
) -> sqlx::Result<Option<(String, Known)>> {
    let row: Option<(String, i32, i64)> = sqlx::query_as(
        "SELECT phone_number, registered, checked_at FROM numbers \
         WHERE user_id = $1 AND lid = $2 AND known_as IS NULL ORDER BY checked_at DESC LIMIT 1",
    )
    .bind(user.to_string())
    .bind(lid)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(number, registered, checked_at)| {
        let known = Known {
            registered: registered != 0,
            lid: Some(lid.to_owned()),
            known_as: None,
            checked_at: from_ms(checked_at),
        };
        (number, known)
    }))
}

/// Remember what WhatsApp said of a number.
pub async fn learn(
    conn: &mut Conn,
    user: UserId,
    phone_number: &str,
    said: &Said<'_>,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO numbers (user_id, phone_number, registered, lid, known_as, checked_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, phone_number) DO UPDATE \
         SET registered = excluded.registered, lid = COALESCE(excluded.lid, numbers.lid), \
         known_as = excluded.known_as, checked_at = excluded.checked_at",
    )
    .bind(user.to_string())
    .bind(phone_number)
    .bind(i32::from(said.registered))
    .bind(said.lid)
    .bind(said.known_as)
    .bind(said.at.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Fill in what became known of the recipient.
pub async fn set_person(
    conn: &mut Conn,
    id: MessageId,
    phone_number: Option<&str>,
    lid: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET phone_number = COALESCE(phone_number, $2), lid = COALESCE(lid, $3), \
         accepted_as = COALESCE(accepted_as, \
         chat || ' ' || COALESCE(phone_number, '') || ' ' || COALESCE(lid, '')) WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(phone_number)
    .bind(lid)
    .execute(conn)
    .await?;
    Ok(())
}

/// To whom a message was accepted, where more is known of them by now.
pub async fn accepted_as(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<Recipient>> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT accepted_as FROM outbox WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(found.flatten().map(|found| {
        let mut parts = found.split(' ').map(ToOwned::to_owned);
        let jid = parts.next().unwrap_or_default();
        let mut known = || parts.next().filter(|it| !it.is_empty());
        Recipient {
            jid,
            phone_number: known(),
            lid: known(),
        }
    }))
}
