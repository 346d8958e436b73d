use crate::platform::{clock::from_ms, db::Conn};
use whahook_contract::{Timestamp, ids::MessageId, message::MemberReceipt};
use whahook_whatsapp::port::{Person, Receipt};

/// A member of a group has a message, or opened it.
pub async fn note(
    conn: &mut Conn,
    id: MessageId,
    who: &Person,
    kind: Receipt,
    at: Timestamp,
) -> sqlx::Result<()> {
    let Some(member) = who.lid.as_ref().or(who.phone_number.as_ref()) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO outbox_receipts (message_id, member, phone_number, lid, delivered_at, read_at) \
         VALUES ($1, COALESCE((SELECT MIN(member) FROM outbox_receipts WHERE message_id = $1 \
         AND (phone_number = $3 OR lid = $4)), $2), $3, $4, $5, $6) \
         ON CONFLICT (message_id, member) DO UPDATE SET \
         phone_number = COALESCE(outbox_receipts.phone_number, excluded.phone_number), \
         lid = COALESCE(outbox_receipts.lid, excluded.lid), \
         read_at = COALESCE(outbox_receipts.read_at, excluded.read_at)",
    )
    .bind(id.to_string())
    .bind(member)
    .bind(&who.phone_number)
    .bind(&who.lid)
    .bind(at.timestamp_millis())
    .bind((kind == Receipt::Read).then(|| at.timestamp_millis()))
    .execute(conn)
    .await?;
    Ok(())
}

/// How many of a group have a message.
pub struct Counts {
    /// `None` until the message is on the wire.
    pub members: Option<i64>,
    pub delivered: i64,
    pub read: i64,
}

pub async fn counts(conn: &mut Conn, id: MessageId) -> sqlx::Result<Counts> {
    let (members, delivered, read) = sqlx::query_as(
        "SELECT members, \
         (SELECT COUNT(*) FROM outbox_receipts WHERE message_id = $1), \
         (SELECT COUNT(read_at) FROM outbox_receipts WHERE message_id = $1) \
         FROM outbox WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_one(conn)
    .await?;
    Ok(Counts {
        members,
        delivered,
        read,
    })
}

/// How many others a group has, once its message is on the wire.
pub async fn set_members(conn: &mut Conn, id: MessageId, members: usize) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET members = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(i64::try_from(members).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    Ok(())
}

/// One more device of a person has a message.
pub async fn another_device(
    conn: &mut Conn,
    id: MessageId,
    device: &str,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO outbox_timeline (message_id, n, status, at, detail) \
         SELECT $1, MAX(n) + 1, 'delivered', $2, $3 FROM outbox_timeline WHERE message_id = $1 \
         HAVING COUNT(CASE WHEN status = 'delivered' AND detail = $3 THEN 1 END) = 0",
    )
    .bind(id.to_string())
    .bind(at.timestamp_millis())
    .bind(device)
    .execute(conn)
    .await?;
    Ok(())
}

type Row = (Option<String>, Option<String>, i64, Option<i64>);

/// The members of a group that have a message, those first who had it first.
pub async fn of_members(conn: &mut Conn, id: MessageId) -> sqlx::Result<Vec<MemberReceipt>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT phone_number, lid, delivered_at, read_at FROM outbox_receipts \
         WHERE message_id = $1 ORDER BY delivered_at, member",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    let receipt = |(phone_number, lid, delivered_at, read_at): Row| MemberReceipt {
        phone_number,
        lid,
        delivered_at: from_ms(delivered_at),
        read_at: read_at.map(from_ms),
    };
    Ok(rows.into_iter().map(receipt).collect())
}
