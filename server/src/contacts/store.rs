use super::Contact;
use crate::{
    input::folded,
    platform::db::{Conn, numbered},
};
use sqlx::{AssertSqlSafe, FromRow};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ContactId},
};
use whahook_whatsapp::port::Person;

#[derive(FromRow)]
struct Row {
    id: String,
    phone_number: Option<String>,
    lid: Option<String>,
    name: Option<String>,
}

impl TryFrom<Row> for Contact {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let id = row.id.parse();
        Ok(Self {
            id: id.map_err(|_| sqlx::Error::Decode("a contact has an unknown id".into()))?,
            phone_number: row.phone_number,
            lid: row.lid,
            name: row.name,
        })
    }
}

/// Whoever has the number or the LID: two at most.
pub async fn find(
    conn: &mut Conn,
    account: AccountId,
    person: &Person,
) -> sqlx::Result<Vec<Contact>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, phone_number, lid, name FROM contacts WHERE account_id = $1 AND phone_number = $2 \
         UNION SELECT id, phone_number, lid, name FROM contacts WHERE account_id = $1 AND lid = $3",
    )
    .bind(account.to_string())
    .bind(&person.phone_number)
    .bind(&person.lid)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// Whoever has one of these names; each of number and LID may be unknown.
///
/// # Errors
/// The database failed.
pub async fn find_by_name(
    conn: &mut Conn,
    account: AccountId,
    person: &Person,
) -> sqlx::Result<Option<Contact>> {
    Ok(find(conn, account, person).await?.into_iter().next())
}

/// Those with these ids.
///
/// # Errors
/// The database failed.
pub async fn by_ids(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<Contact>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Nothing but numbers is put into it.
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT id, phone_number, lid, name FROM contacts WHERE id IN {}",
        numbered(1, 1, ids.len())
    )));
    for id in ids {
        query = query.bind(id);
    }
    let rows: Vec<Row> = query.fetch_all(conn).await?;
    rows.into_iter().map(Contact::try_from).collect()
}

pub async fn insert(
    conn: &mut Conn,
    account: AccountId,
    contact: &Contact,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO contacts (id, account_id, phone_number, lid, name, created_at, folded) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(contact.id.to_string())
    .bind(account.to_string())
    .bind(&contact.phone_number)
    .bind(&contact.lid)
    .bind(&contact.name)
    .bind(at.timestamp_millis())
    .bind(contact.name.as_deref().map(folded))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn update(conn: &mut Conn, contact: &Contact) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE contacts SET phone_number = $2, lid = $3, name = $4, folded = $5 WHERE id = $1",
    )
    .bind(contact.id.to_string())
    .bind(&contact.phone_number)
    .bind(&contact.lid)
    .bind(&contact.name)
    .bind(contact.name.as_deref().map(folded))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn forget_number(conn: &mut Conn, id: ContactId) -> sqlx::Result<()> {
    sqlx::query("UPDATE contacts SET phone_number = NULL WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn remove(conn: &mut Conn, id: ContactId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM contacts WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}
