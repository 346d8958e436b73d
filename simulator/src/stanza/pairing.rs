//! Linking a new companion by its QR, and who waits to be linked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::pairing_code::Announced;
use crate::number::PhoneNumber;
use crate::phone::code_linking::WrongCode;
use crate::phone::linking::{InvalidQr, QrCode};
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;
use crate::wire::connection::Command;

/// How long the client may take to countersign.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    InvalidQr(#[from] InvalidQr),
    #[error("this code is unknown or used up: show a fresh one")]
    UnknownCode,
    #[error("a code has eight letters and digits")]
    InvalidCode,
    #[error(transparent)]
    WrongCode(#[from] WrongCode),
    #[error("there is no phone with the number {0}")]
    UnknownPhone(PhoneNumber),
    #[error("the code does not belong to the client that shows it")]
    WrongClient,
    #[error("the client refused: {0}")]
    Refused(String),
    #[error("the client went away before it was linked")]
    ClientGone,
    #[error("the client did not answer in time")]
    TimedOut,
    #[error("the phone could not sign: {0}")]
    Signature(String),
    #[error("the account has a passkey: the client is asked for it")]
    PasskeyAsked,
}

/// A client that waits to be scanned.
#[derive(Clone)]
pub struct Waiting {
    pub connection: u64,
    pub client_static: [u8; 32],
    pub commands: mpsc::Sender<Command>,
}

/// Clients waiting to be linked.
#[derive(Default)]
pub struct PairingDesk {
    /// By the references in their QR codes.
    by_reference: Mutex<HashMap<String, Waiting>>,
    /// By the number they have announced a code for.
    by_number: Mutex<HashMap<PhoneNumber, Announced>>,
}

impl PairingDesk {
    fn find(&self, reference: &str) -> Option<Waiting> {
        self.by_reference.lock().get(reference).cloned()
    }

    pub fn expect(&self, reference: String, waiting: Waiting) {
        self.by_reference.lock().insert(reference, waiting);
    }

    pub fn announce(&self, number: PhoneNumber, announced: Announced) {
        self.by_number.lock().insert(number, announced);
    }

    pub fn announced(&self, number: &PhoneNumber) -> Option<Announced> {
        self.by_number.lock().get(number).cloned()
    }

    pub fn leave(&self, connection: u64) {
        self.by_reference
            .lock()
            .retain(|_, w| w.connection != connection);
        self.by_number
            .lock()
            .retain(|_, a| a.connection != connection);
    }
}

type Outcome = Result<u16, LinkError>;

/// Tells the person who waits at the phone which device was linked, once.
#[derive(Clone)]
pub struct Done(Arc<Mutex<Option<oneshot::Sender<Outcome>>>>);

impl Done {
    /// With the future that waits for it, but not for ever.
    pub fn channel() -> (Self, impl Future<Output = Outcome>) {
        let (sender, outcome) = oneshot::channel();
        let waiting = async {
            tokio::time::timeout(PATIENCE, outcome)
                .await
                .map_err(|_| LinkError::TimedOut)?
                .map_err(|_| LinkError::ClientGone)?
        };
        (Self(Arc::new(Mutex::new(Some(sender)))), waiting)
    }

    pub fn finish(&self, outcome: Outcome) {
        if let Some(sender) = self.0.lock().take() {
            // The person may have stopped waiting.
            let _ = sender.send(outcome);
        }
    }
}

/// What the phone hands to the waiting client.
#[derive(Clone)]
pub struct Offer {
    pub account: Arc<Account>,
    pub device: u16,
    pub identity: [u8; 32],
    pub sealed: Vec<u8>,
    pub done: Done,
}

impl Offer {
    /// Reserves a device and signs for it.
    pub fn vouch(
        network: &Network,
        account: &Arc<Account>,
        identity: [u8; 32],
        adv_secret: &[u8],
        done: Done,
    ) -> Result<Self, LinkError> {
        let device = account.reserve_device_id(&network.store);
        let sealed = account
            .phone
            .lock()
            .vouch_for(&identity, u32::from(device), adv_secret)
            .map_err(|e| LinkError::Signature(e.to_string()))?;
        Ok(Self {
            account: Arc::clone(account),
            device,
            identity,
            sealed,
            done,
        })
    }
}

/// A phone scans what a client shows; returns once the client is linked.
pub async fn scan(
    network: &Network,
    phone: &PhoneNumber,
    qr: &str,
) -> Result<Arc<Device>, LinkError> {
    let qr: QrCode = qr.parse()?;
    let account = network
        .account(phone)
        .ok_or_else(|| LinkError::UnknownPhone(phone.clone()))?;
    let waiting = network
        .pairing
        .find(&qr.reference)
        .ok_or(LinkError::UnknownCode)?;
    if waiting.client_static != qr.noise_key {
        return Err(LinkError::WrongClient);
    }
    if network.faults.take_passkey(phone) {
        let asked = waiting.commands.send(Command::AskPasskey(account)).await;
        asked.map_err(|_| LinkError::ClientGone)?;
        return Err(LinkError::PasskeyAsked);
    }
    let (done, outcome) = Done::channel();
    let offer = Offer::vouch(network, &account, qr.identity, &qr.adv_secret, done)?;
    network.pairing.leave(waiting.connection);
    waiting
        .commands
        .send(Command::Pair(offer))
        .await
        .map_err(|_| LinkError::ClientGone)?;
    let id = outcome.await?;
    account.device(id).ok_or(LinkError::ClientGone)
}
