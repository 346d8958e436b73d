use super::{Explained, Texts};
use whahook_contract::{
    message::MessageStatus,
    session::{Reason, Status},
};

pub static TEXTS: Texts = Texts {
    months: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    needs_javascript: "This page needs JavaScript to act. Without it you can only look.",
    close: "Close",
    cancel: "Cancel",
    save: "Save",
    dismiss: "Dismiss",
    skip_to_content: "Skip to the content",
    main_navigation: "Main",
    you: "You",
    language: "Language",
    theme: "Colours",
    theme_auto: "Auto",
    theme_light: "Light",
    theme_dark: "Dark",
    sign_out: "Sign out",
    socket_lost: "Reconnecting to the server…",

    sign_in: "Sign in",
    sign_in_lead: "Welcome back.",
    email: "E-mail",
    password: "Password",
    password_hint: "At least 10 characters.",
    name: "Your name",
    create_account: "Create account",
    create_first_account: "Create the first account",
    create_first_lead: "Nobody has signed up on this server yet. The first person runs it; after that, sign-up is closed unless it is opened.",
    create_account_lead: "Your WhatsApp connections are yours alone: nobody else here can see them.",
    no_account_yet: "No account yet?",
    have_account: "Already have an account?",
    signup_closed: "Sign-up is closed",
    signup_closed_lead: "This server takes no new people by itself. Ask the person who runs it to add you.",
    pitch: "WhatsApp that stays connected.",
    pitch_points: [
        "Scan once. The connection is kept around the clock.",
        "Messages wait in a queue that forgets nothing.",
        "One place for people, one API for your programs.",
    ],

    not_found: "There is nothing here",
    not_found_lead: "The address may be mistyped, or what was here is gone.",
    to_connections: "Go to your connections",

    connections: "Connections",
    connections_lead: "Linked accounts stay connected around the clock. You can close this page.",
    connect: "Connect WhatsApp",
    n_of: |n, all| format!("{n} of {all}"),
    connected_now: "connected now",
    need_you: |n| if n == 1 { "needs you" } else { "need you" },
    waiting_for_you: |n| match n {
        1 => "1 needs you".to_owned(),
        n => format!("{n} need you"),
    },
    empty: "Connect your first WhatsApp",
    empty_lead: "Scan a QR with your phone, like WhatsApp Web. It takes half a minute, and the phone need not stay online.",
    default_label: |n| format!("WhatsApp {n}"),
    demo: "This is a demo.",
    demo_lead: "The phones are simulated; no message leaves this computer.",
    demo_phones: "Open the simulated phones",

    headline,
    reason,
    not_linked: "not linked yet",
    since: "since",
    next_try_in: |seconds| format!("next try in {seconds} s"),
    next_try_now: "trying now",

    show_qr: "Show QR",
    link_again: "Link again",
    retry_now: "Retry now",
    reconnect: "Connect",
    open: "Open",
    rename: "Rename",
    unlink: "Disconnect",
    remove: "Remove",
    more_for: |label| format!("More for {label}"),
    act_for: |act, label| format!("{act}: {label}"),

    label: "Name of this connection",
    label_hint: "Only you see it.",
    link_title: "Connect WhatsApp",
    link_lead: "Your phone stays in charge: you can unlink at any time, there or here.",
    step_open: "Open <b>WhatsApp</b> on your phone",
    step_menu: "Go to <b>Settings › Linked devices</b> and tap <b>Link a device</b>",
    step_scan: "Point the phone at this code",
    qr_alt: "QR code to link WhatsApp",
    qr_pending: "Asking WhatsApp for a code…",
    qr_new_in: |seconds| format!("New code in {seconds} s, by itself"),
    qr_renewing: "New code on its way…",
    qr_copy: "Copy the code as text",
    qr_copied: "Copied",
    scanned: "The phone accepted",
    scanned_lead: "Connecting. This takes a few seconds.",
    linked: "Connected",
    linked_lead: "You can close this page: the connection stays.",
    whatsapp_name: "Name on WhatsApp",
    number: "Number",
    connected_since: "Connected since",
    done: "Done",

    test_send: "Send yourself a test",
    test_again: "Send another",
    test_lead: "A message from this number to itself: it appears on your phone.",
    test_text: "Hello from WhaHook! This number is connected.",
    message_status,

    rename_title: "Rename the connection",
    unlink_title: |label| format!("Disconnect {label}?"),
    unlink_lead: "The phone is unlinked and the session's data deleted. The connection stays in the list; to use it again, scan a new QR.",
    remove_title: |label| format!("Remove {label}?"),
    remove_lead: "The phone is unlinked, and the connection disappears from here with its messages and history. This cannot be undone.",
    keep: "Keep it",

    problem,
    server_unreachable: "The server did not answer. Check your connection and try again.",
    label_required: "Give it a name of 1 to 60 characters.",
};

fn headline(status: Status, reason: Option<Reason>) -> &'static str {
    match status {
        Status::Initializing => "Starting",
        Status::Qr => "Waiting for the scan",
        Status::Connecting => "Connecting",
        Status::Ready => "Connected",
        Status::Reconnecting => "Reconnecting",
        Status::Disconnected => "Not connected",
        Status::LoggedOut => match reason {
            Some(Reason::PhoneUnlinked) => "Unlinked on the phone",
            _ => "Unlinked",
        },
        Status::Error => match reason {
            Some(Reason::TemporaryBan) => "Banned for a time",
            Some(Reason::ClientOutdated) => "Update needed",
            Some(Reason::StreamReplaced) => "Opened elsewhere",
            _ => "Needs attention",
        },
    }
}

const fn reason(reason: Reason) -> Explained {
    let meaning = reason.meaning();
    Explained {
        why: meaning.why.en,
        advice: meaning.advice.en,
    }
}

fn message_status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => "Waiting in the queue",
        MessageStatus::Sending => "Sending",
        MessageStatus::Sent => "Sent",
        MessageStatus::Delivered => "Delivered",
        MessageStatus::Read => "Read",
        MessageStatus::Failed => "Not sent",
        MessageStatus::Cancelled => "Cancelled",
    }
}

fn problem(code: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_credentials" => "The e-mail or the password is wrong.",
        "email_taken" => "Somebody already signed up with this e-mail. Sign in instead.",
        "signup_closed" => "Sign-up is closed. Ask the person who runs this server.",
        "too_many_attempts" => "Too many attempts. Wait a minute and try again.",
        "origin_not_allowed" => {
            "This page was opened under an address that the server does not expect. Open it under its own address (APP_URL)."
        }
        "not_signed_in" => "You are signed out. Sign in again.",
        "account_not_found" => "This connection no longer exists.",
        "internal" => "Something went wrong on the server. Try again.",
        _ => return None,
    })
}
