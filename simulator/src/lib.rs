//! WhatsApp in a box: servers and phones that speak the real protocol.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use whahook_simulator::{Config, Simulator};
//!
//! let simulator = Simulator::start(Config::default()).await?;
//! simulator.add_phone("+593987654321", "Ana").await?;
//! println!("clients connect to {}", simulator.ws_url());
//! # Ok(()) }
//! ```

mod bytes64;
mod config;
mod faults;
mod http;
mod number;
mod phone;
mod platform;
mod recipient;
mod simulator;
mod stanza;
mod state;
mod wire;

pub use config::Config;
pub use faults::Fault;
pub use http::views::{
    ActiveView, CallView, DeviceView, GroupView, MemberView, PhoneView, PresenceView,
};
pub use number::{InvalidNumber, PhoneNumber};
pub use phone::chat::{ChatMessage, Reacted, Status};
pub use phone::compose::{Answered, Draft, DraftError, DraftKind};
pub use phone::facts::{ContactCard, Facts, LinkPreview, Location, Poll, Quoted, Reaction, Vote};
pub use phone::media::{Attachment, Media, MediaError};
pub use phone::outbox::Unreadable;
pub use recipient::{GroupId, Recipient};
pub use simulator::{Error, GroupChanges, Info, Showed, Simulator};
pub use stanza::pairing::LinkError;
pub use state::StartError;
pub use state::groups::{Addressing, Role};
pub use state::presence::Doing;
pub use state::stats::Snapshot as Stats;
