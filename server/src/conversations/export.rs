//! A conversation as a file.

use super::{
    Error,
    model::Conversation,
    thread::{self, Order},
};
use crate::platform::db::Db;
use serde::Deserialize;
use tokio::sync::mpsc::Sender;
use whahook_contract::{
    contact::Party,
    ids::MessageId,
    received::{ChatContent, ChatMessage},
};

/// Messages that are read at a time.
const CHUNK: i64 = 500;

/// A piece of the file, or why it breaks off.
pub type Piece = Result<Vec<u8>, Error>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One array of messages, as the list has them.
    #[default]
    Json,
    /// With a line of names at the top.
    Csv,
    /// As a person would read it out.
    Text,
}

impl Format {
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Text => "txt",
        }
    }
}

/// Write all messages, the oldest first, in pieces. Ends early when nobody takes
/// them any more; with an error when they cannot be read.
pub async fn write(db: Db, conversation: Conversation, format: Format, out: Sender<Piece>) {
    if let Err(error) = try_write(&db, &conversation, format, &out).await {
        tracing::warn!(%error, "A conversation could not be exported to its end.");
        // Whoever downloads it may have gone.
        let _ = out.send(Err(error)).await;
    }
}

async fn try_write(
    db: &Db,
    conversation: &Conversation,
    format: Format,
    out: &Sender<Piece>,
) -> Result<(), Error> {
    let head = match format {
        Format::Json => b"[\n".to_vec(),
        Format::Csv => line(&HEAD.map(ToOwned::to_owned)),
        Format::Text => Vec::new(),
    };
    if out.send(Ok(head)).await.is_err() {
        return Ok(());
    }
    let mut from: Option<MessageId> = None;
    loop {
        let page = {
            let mut conn = db.read().await?;
            let (account, id) = (conversation.account, conversation.id);
            thread::page(&mut conn, account, id, from, Order::Oldest, CHUNK).await?
        };
        // The message that the page before ended with is not there any more.
        let page = page.ok_or(sqlx::Error::RowNotFound)?;
        let mut piece = Vec::new();
        let Some(last) = page.last() else {
            if format == Format::Json {
                piece.extend(b"\n]\n");
            }
            // Whoever downloads it may have gone.
            let _ = out.send(Ok(piece)).await;
            return Ok(());
        };
        let mut is_first = from.is_none();
        from = Some(last.id);
        for message in &page {
            match format {
                Format::Json => {
                    if !std::mem::take(&mut is_first) {
                        piece.extend(b",\n");
                    }
                    serde_json::to_writer(&mut piece, message)
                        .map_err(|error| sqlx::Error::Encode(error.into()))?;
                }
                Format::Csv => piece.extend(line(&row(message))),
                Format::Text => piece.extend(told(message).into_bytes()),
            }
        }
        if out.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    }
}

const HEAD: [&str; 9] = [
    "at",
    "direction",
    "from_number",
    "from_name",
    "type",
    "text",
    "status",
    "whatsapp_message_id",
    "details",
];

fn row(message: &ChatMessage) -> [String; 9] {
    let text = message.content.words().unwrap_or_default();
    [
        message.at.to_rfc3339(),
        message.direction.to_string(),
        message.from.phone_number.clone().unwrap_or_default(),
        message.from.name.clone().unwrap_or_default(),
        kind(&message.content).to_owned(),
        text.to_owned(),
        message
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
        message.whatsapp_message_id.clone(),
        details(&message.content),
    ]
    .map(|cell| harmless(&cell))
}

/// Spreadsheets take what begins like this for a formula.
fn harmless(cell: &str) -> String {
    let first = cell.chars().next();
    let number = cell.starts_with('+') && cell[1..].bytes().all(|byte| byte.is_ascii_digit());
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') if !number => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

fn line<const N: usize>(cells: &[String; N]) -> Vec<u8> {
    let mut line = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = line.write_record(cells);
    line.into_inner().unwrap_or_default()
}

fn told(message: &ChatMessage) -> String {
    let from = called(&message.from);
    let at = message.at.format("%Y-%m-%d %H:%M:%S");
    let words = message.content.words().unwrap_or_default();
    let content = &message.content;
    let said = match (content, details(content)) {
        (ChatContent::Text { .. }, _) => words.to_owned(),
        (_, details) if details.is_empty() => format!("[{}] {words}", kind(content)),
        (_, details) => format!("[{}: {details}] {words}", kind(content)),
    };
    let said = said.trim_end();
    format!("[{at} UTC] {from}: {said}\n")
}

/// What there is beside the words.
fn details(content: &ChatContent) -> String {
    let people = |all: &[Party]| all.iter().map(called).collect::<Vec<_>>().join(", ");
    match content {
        ChatContent::Location(place) => {
            let address = place.address.as_ref();
            let address = address.map(|address| format!(", {address}"));
            let address = address.unwrap_or_default();
            format!("{}, {}{address}", place.latitude, place.longitude)
        }
        ChatContent::Contact { contacts } => {
            let cards = contacts.iter().map(|card| {
                let number = card.phone_number.as_ref().or(card.vcard.as_ref());
                let number = number.map(String::as_str).unwrap_or_default();
                format!("{} {number}", card.name).trim_end().to_owned()
            });
            cards.collect::<Vec<_>>().join("; ")
        }
        ChatContent::Poll { options, votes, .. } => {
            let options = options.iter().map(|option| {
                let of = votes.iter().filter(|vote| vote.options.contains(option));
                let of: Vec<Party> = of.map(|vote| vote.from.clone()).collect();
                match of.is_empty() {
                    true => option.clone(),
                    false => format!("{option} ({})", people(&of)),
                }
            });
            options.collect::<Vec<_>>().join("; ")
        }
        ChatContent::GroupChange {
            change,
            value,
            members,
        } => {
            let what = [value.clone().unwrap_or_default(), people(members)].concat();
            format!("{change} {what}").trim_end().to_owned()
        }
        content => {
            let name = content.media().and_then(|media| media.file_name.clone());
            name.unwrap_or_default()
        }
    }
}

fn called(party: &Party) -> &str {
    let name = party.name.as_ref();
    let name = name.or(party.phone_number.as_ref()).or(party.lid.as_ref());
    name.map_or("?", String::as_str)
}

fn kind(content: &ChatContent) -> &'static str {
    match content {
        ChatContent::Text { .. } => "text",
        ChatContent::Image { .. } => "image",
        ChatContent::Video { .. } => "video",
        ChatContent::Gif { .. } => "gif",
        ChatContent::Audio { .. } => "audio",
        ChatContent::Voice { .. } => "voice",
        ChatContent::Document { .. } => "document",
        ChatContent::Sticker { .. } => "sticker",
        ChatContent::Location(_) => "location",
        ChatContent::Contact { .. } => "contact",
        ChatContent::Poll { .. } => "poll",
        ChatContent::Waiting => "waiting",
        ChatContent::ViewOnce => "view_once",
        ChatContent::MissedCall { .. } => "missed_call",
        ChatContent::GroupChange { .. } => "group_change",
        ChatContent::Deleted { .. } => "deleted",
        ChatContent::Unsupported => "unsupported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversations::model::With, platform::db::sqlite_url};
    use serde_json::json;
    use tokio::sync::mpsc;
    use uuid::Uuid;
    use whahook_contract::ids::{AccountId, ConversationId, UserId};

    #[tokio::test]
    async fn a_file_that_cannot_be_read_to_its_end_breaks_off() {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(&folder.path().join("a.db"));
        let db = Db::connect(&url).await.unwrap();
        db.close().await;
        let conversation = Conversation {
            id: ConversationId(Uuid::nil()),
            account: AccountId(Uuid::nil()),
            user: UserId(Uuid::nil()),
            with: With::Group("1@g.us".to_owned()),
            name: None,
            unread: 0,
            archived: false,
            note: None,
            labels: Vec::new(),
            last_at: None,
            last_message: None,
            picture: None,
        };
        let (out, mut pieces) = mpsc::channel(3);
        write(db, conversation, Format::Json, out).await;
        assert_eq!(pieces.recv().await.unwrap().unwrap(), b"[\n");
        pieces.recv().await.unwrap().unwrap_err();
        assert!(pieces.recv().await.is_none());
    }

    #[test]
    fn what_is_no_words_is_told_too() {
        let ana = Party {
            name: Some("Ana".to_owned()),
            ..Party::default()
        };
        let of = |content: serde_json::Value| {
            details(&serde_json::from_value::<ChatContent>(content).unwrap())
        };
        let file = json!({"type": "document", "media": {"file_name": "invoice.pdf"}});
        assert_eq!(of(file), "invoice.pdf");
        let place =
            json!({"type": "location", "latitude": -0.5, "longitude": 78.25, "address": "Av. 1"});
        assert_eq!(of(place), "-0.5, 78.25, Av. 1");
        let card = json!({"type": "contact", "contacts": [{"name": "Bruno", "phone_number": "+593991203344"}]});
        assert_eq!(of(card), "Bruno +593991203344");
        let vote = json!({"from": ana, "from_me": false, "options": ["Yes"], "at": "2026-01-01T00:00:00Z"});
        let poll = json!({"type": "poll", "question": "?", "options": ["Yes", "No"], "multiple": false, "votes": [vote]});
        assert_eq!(of(poll), "Yes (Ana); No");
        let added = json!({"type": "group_change", "change": "added", "members": [ana]});
        assert_eq!(of(added), "added Ana");
    }

    #[test]
    fn no_cell_is_a_formula_and_a_number_stays_one() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("+593991203344"), "+593991203344");
        assert_eq!(harmless("+1+1"), "'+1+1");
        assert_eq!(harmless("Hello"), "Hello");
    }
}
