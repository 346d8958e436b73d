//! What a person shows of themselves: being online, and writing.

use serde::Deserialize;
use wacore_binary::Server;

use super::{Control, Error};
use crate::phone::outbox::Destination;
use crate::stanza::presence;
use crate::state::presence::Doing;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Showed {
    Available,
    Unavailable,
    Composing,
    Recording,
    Paused,
}

impl Control {
    /// The person opens or leaves the app, or writes to someone.
    pub fn show(&self, number: &str, showed: Showed, to: Option<&str>) -> Result<(), Error> {
        let account = self.account(number)?;
        let doing = match showed {
            Showed::Available | Showed::Unavailable => {
                let available = showed == Showed::Available;
                presence::set(&self.network, &account, 0, available);
                return Ok(());
            }
            Showed::Composing => Some(Doing::Composing),
            Showed::Recording => Some(Doing::Recording),
            Showed::Paused => None,
        };
        let own = account.address(0);
        match self.destination(&account, to.ok_or(Error::NobodyNamed)?)? {
            Destination::Person(target) => {
                presence::to_person(&account, &own, &target, Server::Pn, doing);
            }
            Destination::Status => {}
            Destination::Group(group) => {
                presence::to_group(&self.network, &account, &own, &group, doing);
            }
        }
        Ok(())
    }
}
