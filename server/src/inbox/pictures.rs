//! Pictures that changed.

use super::{batch::Batch, place::Whose};
use crate::{
    contacts::{self, pictures},
    conversations::{self, Side},
    platform::db::Conn,
};
use whahook_contract::event::Event;
use whahook_whatsapp::port::{Chat, Incoming};

impl Batch<'_> {
    /// A picture is another. Nothing is told where there is no conversation: it is
    /// asked for when there is.
    pub(super) async fn show_picture(
        &self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
        id: Option<&str>,
    ) -> sqlx::Result<Option<Event>> {
        let account = whose.account;
        let found = match &message.chat {
            Chat::Person(person) => match contacts::find_by_name(tx, account, person).await? {
                Some(contact) => {
                    conversations::existing(tx, account, Side::Contact(contact.id)).await?
                }
                None => None,
            },
            Chat::Group(jid) => conversations::existing(tx, account, Side::Group(jid)).await?,
            Chat::Status => None,
        };
        let Some(conversation_id) = found else {
            return Ok(None);
        };
        let is_new = pictures::changed(tx, conversation_id, id).await?;
        Ok(is_new.then(|| Event::ConversationPicture {
            conversation_id,
            picture_id: id.map(ToOwned::to_owned),
            at: self.now,
        }))
    }
}
