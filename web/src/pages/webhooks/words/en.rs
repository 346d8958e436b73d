use super::Texts;
use crate::i18n;
use whahook_contract::webhook::{DeliveryStatus, WebhookState};

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::En.texts(),

    lead: "Your programs are called when something happens, in order and until they have it.",
    add: "Add a webhook",
    empty: "Your first webhook",
    empty_lead: "Give an address, and every message, status and state is sent there, signed. What does not arrive is tried for a day.",

    state,
    failing: "Nothing has arrived there",
    dead: "Turned off, because nothing has arrived there",
    since: "since",
    events: "Events",
    everything: "All of them",
    connections: "Connections",
    all_connections: "All of yours",
    removed_connection: "one that was removed",
    waiting: "Waiting",
    nothing: "nothing",
    many: "1000 or more",
    last_arrived: "Last arrived",
    never_arrived: "not yet",
    besides: "Besides",
    answers_sent: "its answers are sent",
    two_secrets: "signed with two secrets",

    more_of: |name| format!("More of {name}"),
    edit: "Edit",
    send_again: "Send again…",
    new_secret: "New secret…",
    turn_on: "Turn on",
    turn_off: "Turn off",
    remove: "Remove",
    remove_title: |name| format!("Remove {name}?"),
    remove_lead: "Nothing is sent there any more. What waits and what was given up is forgotten with it.",
    keep: "Keep it",
    done: "Done",

    edit_title: "Edit the webhook",
    url: "Address",
    url_hint: "Events are sent there by POST. With http:// or https://.",
    url_needed: "Say where events are to be sent.",
    label: "Name",
    label_hint: "What you call it, if you like.",
    which_events: "What is sent",
    everything_hint: "Also what later versions tell.",
    chosen_events: "Chosen ones",
    event_needed: "Choose at least one.",
    event,
    which_connections: "Of which connections",
    all_connections_hint: "Also those you add later.",
    chosen_connections: "Chosen ones",
    connection_needed: "Choose at least one connection.",
    replies: "Send its answers to the chat",
    replies_hint: "For bots: what it answers to a message, as {\"reply\": {\"text\": \"…\"}}, goes back to whoever wrote.",
    headers_more: "Headers of your own",
    headers: "Headers",
    headers_hint: "One a line, as in: Authorization: Bearer …. Their values are not shown again.",
    headers_kept: |names| format!("Sent along now: {names}. They stay unless you write others."),
    no_headers: "Send none along",
    header_wrong: |line| format!("A header has a name, a colon and a value; this has not: {line}"),

    made_title: "The webhook is ready",
    made_warning: "Copy its secret now: it is shown only this once. With it your program knows that what comes is from here.",
    the_secret: "The secret",
    copy_secret: "Copy the secret",
    made_next: "How to verify with it is at the end of the page, ready to copy. Then send a test: Deliveries, Send a test.",
    replace_title: |name| format!("A new secret for {name}"),
    replace_lead: "You get another secret. For a while the old one signs too, so that your program can change over without missing anything.",
    overlap: "The old one goes on signing for",
    overlaps: ["a day", "an hour", "a week", "no time: others know it"],
    replace: "Make a new secret",
    replaced_title: "The new secret",
    old_until: "The old one goes on signing until",

    deliveries: "Deliveries",
    status_label: "Which",
    any_status: "All",
    status,
    test: "Send a test",
    loading: "Loading…",
    none_yet: "There are none.",
    older: "Show older ones",
    answered: |status| format!("Answered with {status}"),
    no_answer: "No answer",
    took: |ms| took(ms, "."),
    attempts: "Attempts",
    last_attempt: "Last attempt",
    next_attempt: "Next attempt",
    waits_its_turn: "after the one before it in its chat",
    reply: "Reply",
    reply_accepted: "accepted for sending, as message",
    reply_refused: "not sent:",
    problem_title: "Problem",
    answer: "Answer",
    request: "Request",
    event_gone: "What was sent is not kept any more.",

    again_title: |name| format!("Send again to {name}"),
    what_again: "What",
    given_up: "What was given up",
    given_up_hint: "It was tried for a day and did not arrive.",
    since_time: "Everything since a time",
    since_time_hint: "Also what arrived.",
    time: "Since",
    time_needed: "Choose a day and an hour.",
    connection: "Of the connection",
    all_it_has: "All it is for",
    same_ids: "Each event keeps its webhook-id, so your program can tell what it has.",
    send_again_act: "Send again",
    replayed: |events| match events {
        0 => "There is nothing to send again".to_owned(),
        1 => "1 event is sent again".to_owned(),
        _ => format!("{events} events are sent again"),
    },
    replayed_lead: "What happens meanwhile comes after them, in order.",

    verify_title: "Verify what comes",
    verify_lead: "A whole receiver to begin with: it takes only what is signed with your secret. As prescribed by",
    language_of: "Language",
    copy_snippet: "Copy",

    refused: |code| match code {
        "webhook_limit_reached" => {
            Some("You have as many webhooks as are allowed. Remove one first.")
        }
        "webhook_not_found" => Some("This webhook no longer exists."),
        _ => None,
    },
};

const fn state(state: WebhookState) -> &'static str {
    match state {
        WebhookState::Active => "Active",
        WebhookState::Failing => "Failing",
        WebhookState::Off => "Paused",
        WebhookState::Dead => "Dead",
    }
}

const fn status(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Waiting => "Waiting",
        DeliveryStatus::Delivered => "Delivered",
        DeliveryStatus::Failed => "Given up",
    }
}

/// Thousands of milliseconds as seconds.
pub fn took(ms: i64, point: &str) -> String {
    if ms < 1_000 {
        format!("{ms} ms")
    } else {
        format!("{}{point}{} s", ms / 1_000, ms % 1_000 / 100)
    }
}

fn event(name: &str) -> &'static str {
    match name {
        "whatsapp:qr" => "A QR is there to be scanned.",
        "whatsapp:pair_code" => "A code is there to be typed on the phone.",
        "whatsapp:passkey" => "WhatsApp asks for a passkey.",
        "whatsapp:warning" => "Something will go wrong unless somebody acts.",
        "whatsapp:status" => "A connection is in another state.",
        "whatsapp:ready" => "A connection is there.",
        "whatsapp:disconnected" => "A connection was lost.",
        "whatsapp:error" => "Something went wrong with a connection.",
        "message:status" => "A message of yours was sent, arrived, was read, or failed.",
        "message:received" => "Somebody wrote.",
        "message:reaction" => "Somebody reacted to a message.",
        "message:edited" => "Somebody changed a message.",
        "message:deleted" => "Somebody took a message back.",
        "message:vote" => "Somebody chose in a poll.",
        "message:media" => "The file of a message is here, or will not be.",
        "conversation:changed" => "A conversation was read, archived or labelled.",
        "bulk:status" => "A bulk began, was paused, or ended.",
        "account:created" => "A connection was added.",
        "account:renamed" => "A connection was renamed.",
        "account:queue_paused" => "A queue was paused.",
        "account:queue_resumed" => "A queue goes on.",
        "account:reach_out_timelock" => "WhatsApp keeps a connection from writing to strangers.",
        _ => "",
    }
}
