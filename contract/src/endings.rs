//! The one table of how a session comes not to be ready: what it is then, in
//! words, what happens by itself and what a person can do. Server, page,
//! e-mails, documents and tests read it.

use crate::session::{Reason, Status, codes};
use serde::{Deserialize, Serialize};

codes! {
    /// What happens by itself.
    Next {
        /// Nothing, until somebody acts.
        Nothing = "nothing",
        /// It is tried again, with growing pauses.
        Retries = "retries",
        /// It is tried again at the time that the session shows.
        RetriesLater = "retries_later",
    }
}

codes! {
    /// The first thing that a person can do about it.
    Action {
        /// Show a QR (or ask for a pairing code) and link a phone.
        ShowQr = "show_qr",
        /// The same for a number that was linked before; its history is kept.
        LinkAgain = "link_again",
        /// Take the connection over from where it is used now.
        UseHere = "use_here",
        /// Connect it again.
        Connect = "connect",
        /// Hand in the passkey's assertion, or link another way.
        Passkey = "passkey",
        /// Try now instead of waiting for the next attempt.
        TryNow = "try_now",
        /// Wait: trying earlier cannot help.
        Wait = "wait",
    }
}

/// The same words in each language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub en: &'static str,
    pub es: &'static str,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    pub reason: Reason,
    /// What the session is for this reason.
    pub status: Status,
    /// What brings it about, for operators.
    pub cause: &'static str,
    pub next: Next,
    pub action: Action,
    /// What happened.
    pub why: Words,
    /// What happens next, and what the person can do.
    pub advice: Words,
}

const fn words(en: &'static str, es: &'static str) -> Words {
    Words { en, es }
}

const RECONNECTS: Words = words(
    "It reconnects by itself; there is nothing to do.",
    "Se reconecta por sí solo; no hay que hacer nada.",
);

/// In the order of [`Reason`].
pub const TABLE: &[Meaning] = &[
    Meaning {
        reason: Reason::NotLinked,
        status: Status::Disconnected,
        cause: "a new account",
        next: Next::Nothing,
        action: Action::ShowQr,
        why: words(
            "No phone is linked yet.",
            "Todavía no hay ningún teléfono vinculado.",
        ),
        advice: words(
            "Show the QR and scan it with your phone.",
            "Muestra el QR y escanéalo con tu teléfono.",
        ),
    },
    Meaning {
        reason: Reason::Requested,
        status: Status::Disconnected,
        cause: "a person or a program",
        next: Next::Nothing,
        action: Action::Connect,
        why: words(
            "It was disconnected on request.",
            "Se desconectó a petición.",
        ),
        advice: words(
            "Connect it when you want it back.",
            "Conéctalo cuando lo quieras de vuelta.",
        ),
    },
    Meaning {
        reason: Reason::QrTimeout,
        status: Status::Disconnected,
        cause: "no scan within 160 s, and nobody looking",
        next: Next::Nothing,
        action: Action::ShowQr,
        why: words(
            "The code ran out while nobody was looking.",
            "El código venció mientras nadie miraba.",
        ),
        advice: words(
            "Show a new QR and scan it.",
            "Muestra un QR nuevo y escanéalo.",
        ),
    },
    Meaning {
        reason: Reason::PhoneUnlinked,
        status: Status::LoggedOut,
        cause: "stream error `conflict device_removed`; login failure 401 or 406",
        next: Next::Nothing,
        action: Action::LinkAgain,
        why: words(
            "The device was removed on the phone, or by WhatsApp.",
            "El dispositivo se quitó en el teléfono o lo quitó WhatsApp.",
        ),
        advice: words(
            "Link it again with a new QR. The history is kept, and waiting messages go out afterwards.",
            "Vincúlalo de nuevo con un QR nuevo. El historial se conserva y los mensajes en espera saldrán después.",
        ),
    },
    Meaning {
        reason: Reason::Unlinked,
        status: Status::Disconnected,
        cause: "`DELETE …/session`, `whatsapp:destroy` or the page",
        next: Next::Nothing,
        action: Action::LinkAgain,
        why: words("It was unlinked from here.", "Se desvinculó desde aquí."),
        advice: words(
            "Link it again with a new QR when you want it back.",
            "Vincúlalo de nuevo con un QR nuevo cuando lo quieras de vuelta.",
        ),
    },
    Meaning {
        reason: Reason::StreamReplaced,
        status: Status::Disconnected,
        cause: "stream error `conflict replaced`",
        next: Next::Nothing,
        action: Action::UseHere,
        why: words(
            "Another program opened the same linked device, so it is used elsewhere now.",
            "Otro programa abrió el mismo dispositivo vinculado: ahora se usa en otro lugar.",
        ),
        advice: words(
            "Stop the other program if you can, then use it here.",
            "Detén el otro programa si puedes y úsalo aquí.",
        ),
    },
    Meaning {
        reason: Reason::TemporaryBan,
        status: Status::Reconnecting,
        cause: "login failure 402",
        next: Next::RetriesLater,
        action: Action::Wait,
        why: words(
            "WhatsApp has banned this number for a time.",
            "WhatsApp bloqueó este número por un tiempo.",
        ),
        advice: words(
            "It comes back by itself when the ban ends. Write to fewer strangers afterwards.",
            "Vuelve por sí solo cuando termine el bloqueo. Después escribe a menos desconocidos.",
        ),
    },
    Meaning {
        reason: Reason::ClientOutdated,
        status: Status::Reconnecting,
        cause: "login failure 405",
        next: Next::RetriesLater,
        action: Action::TryNow,
        why: words(
            "WhatsApp wants a newer version of its client.",
            "WhatsApp pide una versión más nueva de su cliente.",
        ),
        advice: words(
            "The newest version is looked up, and it connects again by itself. If it stays so for an hour, ask the person who runs this server to update it.",
            "Se busca la versión más nueva y se conecta de nuevo por sí solo. Si sigue así una hora, pide a quien administra este servidor que lo actualice.",
        ),
    },
    Meaning {
        reason: Reason::ConnectionClosed,
        status: Status::Reconnecting,
        cause: "the connection closed, or another stream error",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "WhatsApp closed the connection.",
            "WhatsApp cerró la conexión.",
        ),
        advice: RECONNECTS,
    },
    Meaning {
        reason: Reason::ServiceUnavailable,
        status: Status::Reconnecting,
        cause: "login failure 500, 501 or 503",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "WhatsApp is unavailable at the moment.",
            "WhatsApp no está disponible en este momento.",
        ),
        advice: words(
            "It goes on trying by itself; there is nothing to do.",
            "Sigue intentando por sí solo; no hay que hacer nada.",
        ),
    },
    Meaning {
        reason: Reason::Unreachable,
        status: Status::Reconnecting,
        cause: "dialling failed, or WhatsApp's version could not be fetched",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "WhatsApp cannot be reached from this server.",
            "No se puede llegar a WhatsApp desde este servidor.",
        ),
        advice: words(
            "Check the server's internet connection. It goes on trying by itself.",
            "Revisa la conexión a internet del servidor. Sigue intentando por sí solo.",
        ),
    },
    Meaning {
        reason: Reason::KeepaliveTimeout,
        status: Status::Reconnecting,
        cause: "no answer to a round trip within 10 s, or no login within 45 s",
        next: Next::Retries,
        action: Action::TryNow,
        why: words("WhatsApp stopped answering.", "WhatsApp dejó de responder."),
        advice: RECONNECTS,
    },
    Meaning {
        reason: Reason::PairingFailed,
        status: Status::Disconnected,
        cause: "the phone or WhatsApp refused, or the server restarted while linking",
        next: Next::Nothing,
        action: Action::ShowQr,
        why: words(
            "The pairing was refused or broke off.",
            "La vinculación fue rechazada o se interrumpió.",
        ),
        advice: words(
            "Try again with a new QR.",
            "Intenta de nuevo con un QR nuevo.",
        ),
    },
    Meaning {
        reason: Reason::PasskeyRequired,
        status: Status::Qr,
        cause: "WhatsApp asks for a passkey's assertion while pairing",
        next: Next::Nothing,
        action: Action::Passkey,
        why: words(
            "WhatsApp asks for the passkey of this number before it links the device.",
            "WhatsApp pide la clave de acceso (passkey) de este número antes de vincular el dispositivo.",
        ),
        advice: words(
            "Confirm with the passkey, or remove the passkey in the phone's WhatsApp settings and link again with a new QR or a pairing code.",
            "Confirma con la clave de acceso, o quítala en los ajustes de WhatsApp del teléfono y vincula de nuevo con un QR nuevo o un código.",
        ),
    },
    Meaning {
        reason: Reason::NumberInUse,
        status: Status::Disconnected,
        cause: "the same number is linked under another account of the same user",
        next: Next::Nothing,
        action: Action::ShowQr,
        why: words(
            "Another of your connections has this number already. The new link was removed from the phone again.",
            "Otra de tus conexiones ya tiene este número. El vínculo nuevo se quitó del teléfono otra vez.",
        ),
        advice: words(
            "Use the other connection, or link a phone with another number here.",
            "Usa la otra conexión, o vincula aquí un teléfono con otro número.",
        ),
    },
    Meaning {
        reason: Reason::AccountLocked,
        status: Status::LoggedOut,
        cause: "login failure 403",
        next: Next::Nothing,
        action: Action::LinkAgain,
        why: words(
            "WhatsApp has locked this number.",
            "WhatsApp bloqueó este número.",
        ),
        advice: words(
            "Open WhatsApp on the phone and ask there for a review. Then link it again with a new QR.",
            "Abre WhatsApp en el teléfono y pide allí una revisión. Después vincúlalo de nuevo con un QR nuevo.",
        ),
    },
    Meaning {
        reason: Reason::StoreFailed,
        status: Status::Error,
        cause: "another failure of the volume",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "The session's data on the server cannot be read or written.",
            "Los datos de la sesión en el servidor no se pueden leer o escribir.",
        ),
        advice: words(
            "It is tried again by itself. Ask the person who runs this server to check its volume.",
            "Se intenta de nuevo por sí solo. Pide a quien administra este servidor que revise su volumen.",
        ),
    },
    Meaning {
        reason: Reason::StoreCorrupt,
        status: Status::Error,
        cause: "the session's data on the volume is damaged, or no store at all",
        next: Next::Nothing,
        action: Action::LinkAgain,
        why: words(
            "The session's data on the server is damaged. It was set aside, not deleted.",
            "Los datos de la sesión en el servidor están dañados. Se apartaron, no se borraron.",
        ),
        advice: words(
            "Link it again with a new QR. The history is kept, and waiting messages go out afterwards.",
            "Vincúlalo de nuevo con un QR nuevo. El historial se conserva y los mensajes en espera saldrán después.",
        ),
    },
    Meaning {
        reason: Reason::VolumeFull,
        status: Status::Error,
        cause: "no space left on the volume",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "The server's volume is full.",
            "El volumen del servidor está lleno.",
        ),
        advice: words(
            "It connects again by itself once there is space. Ask the person who runs this server to make some.",
            "Se conecta de nuevo por sí solo cuando haya espacio. Pide a quien administra este servidor que lo libere.",
        ),
    },
    Meaning {
        reason: Reason::VolumeNotWritable,
        status: Status::Error,
        cause: "the volume is read-only or belongs to another user",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "The server may not write to its volume.",
            "El servidor no puede escribir en su volumen.",
        ),
        advice: words(
            "It connects again by itself once it may. Ask the person who runs this server to check the owner and rights of the volume.",
            "Se conecta de nuevo por sí solo cuando pueda. Pide a quien administra este servidor que revise el dueño y los permisos del volumen.",
        ),
    },
    Meaning {
        reason: Reason::ServerRestart,
        status: Status::Connecting,
        cause: "the server has just started",
        next: Next::Retries,
        action: Action::Wait,
        why: words(
            "The server has just restarted.",
            "El servidor acaba de reiniciarse.",
        ),
        advice: RECONNECTS,
    },
    Meaning {
        reason: Reason::LinkRenewal,
        status: Status::Connecting,
        cause: "quiet for two minutes after 100 chats or more: the memory that they took is given back",
        next: Next::Retries,
        action: Action::Wait,
        why: words(
            "The connection is being renewed, after many chats, while nothing is going on.",
            "La conexión se renueva, después de muchos chats, mientras no pasa nada.",
        ),
        advice: words(
            "It is back within a second, by itself; there is nothing to do.",
            "Vuelve en un segundo, por sí solo; no hay que hacer nada.",
        ),
    },
    Meaning {
        reason: Reason::LoginRefused,
        status: Status::Error,
        cause: "login failure 409 or another",
        next: Next::Nothing,
        action: Action::TryNow,
        why: words(
            "WhatsApp refused to let this device in.",
            "WhatsApp no dejó entrar a este dispositivo.",
        ),
        advice: words(
            "Try again; if it stays so, disconnect and link it anew.",
            "Intenta de nuevo; si sigue igual, desconecta y vincula otra vez.",
        ),
    },
    Meaning {
        reason: Reason::Internal,
        status: Status::Error,
        cause: "a mistake of ours in this one session",
        next: Next::Retries,
        action: Action::TryNow,
        why: words(
            "Something went wrong inside this session.",
            "Algo salió mal dentro de esta sesión.",
        ),
        advice: words(
            "It is restarted by itself a few times. If it stays so, the server's log says more.",
            "Se reinicia por sí solo algunas veces. Si sigue así, el registro del servidor dice más.",
        ),
    },
];

// Looking up by position is right only while both are in the same order.
const _: () = {
    assert!(TABLE.len() == Reason::ALL.len());
    let mut line = 0;
    while line < TABLE.len() {
        assert!(TABLE[line].reason as usize == line);
        line += 1;
    }
};

impl Reason {
    /// Its line in the table.
    pub const fn meaning(self) -> &'static Meaning {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_heals_by_itself_says_so_and_what_does_not_says_what_to_do() {
        for line in TABLE {
            let told = line.advice.en.contains("by itself");
            assert_eq!(told, line.next != Next::Nothing, "{}", line.reason);
            let told = line.advice.es.contains("por sí solo");
            assert_eq!(told, line.next != Next::Nothing, "{}", line.reason);
        }
    }

    #[test]
    fn what_is_not_being_tried_needs_a_person_and_says_which_step() {
        for line in TABLE {
            let idle = matches!(line.action, Action::Wait);
            assert!(!(idle && line.next == Next::Nothing), "{}", line.reason);
            let retried = matches!(line.status, Status::Reconnecting | Status::Connecting);
            assert!(!retried || line.next != Next::Nothing, "{}", line.reason);
        }
    }
}
