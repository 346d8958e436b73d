//! A message as WhatsApp's protocol has it.

use crate::port::{Kind, LinkError, Outgoing};
use whatsapp_rust::{wacore::proto_helpers::MessageBuilderExt, waproto::whatsapp as wa};

pub fn encode(message: Outgoing) -> Result<wa::Message, LinkError> {
    match message.kind {
        Kind::Text { text, .. } => Ok(wa::Message::text(text)),
        other => Err(LinkError::Invalid(format!("{other:?} cannot be sent"))),
    }
}
