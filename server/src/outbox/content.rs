//! What a message says: checked when it is accepted, and as the link sends it.

use super::Error;
use whahook_contract::message::{Content, Kind};
use whahook_whatsapp::port::{self, Outgoing};

const TEXT_MAX: usize = 65_536;

/// Whether this can be sent.
///
/// # Errors
/// A field is wrong: says which, and what would be right.
pub fn check(content: &Content) -> Result<(), Error> {
    if let Kind::Text { text, .. } = &content.kind {
        let length = text.chars().count();
        if text.trim().is_empty() || length > TEXT_MAX {
            return Err(Error::invalid(
                "text",
                format!("`text` must have 1 to {TEXT_MAX} characters, not {length}"),
            ));
        }
    }
    Ok(())
}

/// As the link sends it.
pub fn outgoing(content: &Content) -> Option<Outgoing> {
    let kind = match &content.kind {
        Kind::Text { text, .. } => port::Kind::Text {
            text: text.clone(),
            preview: None,
        },
        _ => return None,
    };
    Some(Outgoing {
        kind,
        quote: None,
        mentions: Vec::new(),
    })
}
