use super::{Explained, Texts};
use crate::format;
use whahook_contract::{
    activity::Origin,
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
    try_now: "Try now",
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
    copied: "Copied",
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

    ways_to_link: "Ways to link",
    way_qr: "QR code",
    way_number: "Phone number",
    pair_lead: "Without a camera: WhatsApp gives a code that you type on the phone.",
    step_number: "Tap <b>Link with phone number instead</b>",
    step_code: "Type the code that is shown here",
    phone_number: "Phone number",
    phone_number_hint: "With its country code: +593\u{a0}98\u{a0}765\u{a0}4321",
    number_wrong: "This is not a whole phone number. Write it with its country code, such as +593\u{a0}98\u{a0}765\u{a0}4321.",
    get_code: "Get a code",
    pair_left: |seconds| format!("Good for {} more", format::clock(seconds)),
    pair_over: "This code has run out.",
    other_number: "Use another number",
    new_code: "Get a new code",
    pair_code_is: "The code is",
    copy_code: "Copy the code",
    passkey_title: "WhatsApp asks for a passkey",
    passkey_lead: "This number is protected by a passkey: WhatsApp wants to see that its owner is linking it. Only you can answer, in three steps.",
    passkey_pending: "Waiting for WhatsApp…",
    passkey_step_site: "Open <a href=\"https://web.whatsapp.com/\" target=\"_blank\" rel=\"noopener\">web.whatsapp.com</a> in this browser, open its console (<kbd>F12</kbd>) and paste the request there. An authenticator app takes its options alone.",
    passkey_copy_script: "Copy the request",
    passkey_copy_options: "Options only",
    passkey_step_approve: "Click on that page and approve with your phone or fingerprint",
    passkey_step_paste: "Paste the answer here",
    passkey_send: "Send the answer",
    passkey_not_json: "This is not the answer: it begins with { and ends with }. Copy all of it.",
    passkey_prompt: "Copy this answer and paste it in WhaHook:",
    passkey_click: "Now click anywhere on this page.",
    passkey_compare: "The phone shows a code now. Is it the same as this one?",
    passkey_same: "Yes, the codes are the same",
    passkey_differs: "If they differ, somebody else may be in between: close this, and start over with a new QR.",
    other_ways: "No passkey at hand? Turn it off on the phone (Settings › Account › Passkeys), then go another way:",
    try_pair_code: "Try a code for the phone",
    try_new_qr: "Start over with a new QR",
    go_on: "Continue",
    use_here: "Use here",
    next_try_at: |at| format!("tries again by itself: {at}"),
    several: "Link several",
    several_lead: "Scan each code with another phone. Every code renews itself while you look.",
    add_another: "Add another",
    activity: "Activity",
    activity_of: |label| format!("Activity of {label}"),
    load_more: "Show earlier",
    lasted: |time| format!("for {time}"),
    lasts: "until now",
    by,
    was_linked: "Phone linked",
    was_created: |label| format!("Created as “{label}”"),
    was_renamed: |label| format!("Renamed to “{label}”"),
    day_good: |day| format!("{day}: connected"),
    day_down: |day, time| format!("{day}: down for {time}"),
    day_unlinked: |day| format!("{day}: not linked"),
    uptime_words: |share| format!("Connected in the last 30 days: {share} of the time."),
    thirty_days: "30 days",
    uptime_of_all: "uptime, 30 days",
    number_held_by: |label| format!("It is connected as “{label}”."),
    phone_not_seen: "The phone was last online on",
    phone_unlinks: "WhatsApp unlinks it on",
    phone_open: "Open WhatsApp on the phone before that.",
    email_alerts: "E-mail alerts",
    email_alerts_hint: "when a connection is down",
    limit_reached,

    problem,
    server_unreachable: "The server did not answer. Check your connection and try again.",
    label_required: "Give it a name of 1 to 60 characters.",
};

const fn headline(status: Status, reason: Option<Reason>) -> &'static str {
    match (status, reason) {
        (Status::Qr, Some(Reason::PasskeyRequired)) => "Passkey needed",
        (Status::Reconnecting, Some(Reason::TemporaryBan)) => "Banned for a time",
        (Status::Disconnected, Some(Reason::StreamReplaced)) => "Used elsewhere",
        (Status::Disconnected, Some(Reason::NumberInUse)) => "Connected already",
        (Status::Disconnected, Some(Reason::QrTimeout)) => "The code ran out",
        (Status::LoggedOut, Some(Reason::PhoneUnlinked)) => "Unlinked on the phone",
        (Status::LoggedOut, Some(Reason::AccountLocked)) => "Locked by WhatsApp",
        (Status::Error, Some(Reason::StoreCorrupt)) => "Data damaged",
        (Status::Error, Some(Reason::VolumeFull)) => "Server's disk full",
        (Status::Initializing, _) => "Starting",
        (Status::Qr, _) => "Waiting for the scan",
        (Status::Connecting, _) => "Connecting",
        (Status::Ready, _) => "Connected",
        (Status::Reconnecting, _) => "Reconnecting",
        (Status::Disconnected, _) => "Not connected",
        (Status::LoggedOut, _) => "Unlinked",
        (Status::Error, _) => "Needs attention",
    }
}

fn by(origin: Origin, name: &str) -> String {
    match origin {
        Origin::Person => format!("by {name}"),
        Origin::Key => format!("by the key “{name}”"),
        Origin::Phone => "on the phone".to_owned(),
        Origin::WhatsApp => "by WhatsApp".to_owned(),
        Origin::Server => "by the server".to_owned(),
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

fn limit_reached(limit: i64, all_people: bool) -> String {
    let connections = if limit == 1 {
        "1 connection".to_owned()
    } else {
        format!("{limit} connections")
    };
    if all_people {
        format!(
            "This server holds {connections} at most, and that is reached. Ask the person who runs it for more."
        )
    } else {
        format!(
            "You can have {connections} at once, and that is reached. Disconnect one, or ask the person who runs this server for more."
        )
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
        "no_pair_code" => {
            "WhatsApp gave no code for this number. Check it and try again in a minute, or scan the QR."
        }
        "no_passkey" => "WhatsApp no longer waits for this. Start over with a new QR.",
        "passkey_refused" => {
            "WhatsApp did not accept this. Start over with a new QR, or try a code for the phone."
        }
        "superseded" => "A newer attempt took its place.",
        "volume_failed" => "The server cannot write its data. Ask the person who runs it.",
        "already_linked" => "A phone is linked already.",
        "stopping" => "The server is restarting. Try again in a moment.",
        "account_not_found" => "This connection no longer exists.",
        "internal" => "Something went wrong on the server. Try again.",
        _ => return None,
    })
}
