use super::Texts;
use crate::i18n;
use whahook_contract::{
    bulk::BulkStatus,
    limits::LimitName,
    message::{ContentType, MessageStatus, Priority, WaitsFor},
};

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::En.texts(),

    lead: "What your connections send, what waits, and why.",
    loading: "Looking for messages…",
    try_again: "Try again",
    older: "Older messages",
    empty: "No messages yet",
    empty_lead: "Messages that you or your programs send show up here, and you see them arrive.",
    none_found: "No such messages",
    none_found_lead: "None fits what you chose above.",

    filters: "Find messages",
    account: "Connection",
    all_accounts: "All of yours",
    status_label: "Status",
    any_status: "Any",
    chat: "To",
    text: "Text",
    from: "From",
    until: "Until",
    show_all: "Show all messages",

    status,
    step: |status| match status {
        MessageStatus::Queued => "In the queue",
        MessageStatus::Sending => "Encrypted and handed to WhatsApp",
        MessageStatus::Sent => "WhatsApp has it",
        MessageStatus::Delivered => "Arrived on the phone",
        MessageStatus::Read => "Read",
        MessageStatus::Failed => "Not sent",
        MessageStatus::Cancelled => "Cancelled",
    },
    kind,
    waits,
    arrived: |on_phone, devices| match (on_phone, devices) {
        (true, 1) => "Arrived on the phone".to_owned(),
        (false, 1) => "Arrived on a linked device, not on the phone yet".to_owned(),
        (_, n) => format!("Arrived on {n} devices"),
    },
    arrived_in_group: "Arrived at everybody in the group",
    members: |have_it, opened_it| {
        let have_it = if have_it == 1 {
            "1 member has it".to_owned()
        } else {
            format!("{have_it} members have it")
        };
        match opened_it {
            0 => have_it,
            n => format!("{have_it}, {n} of them opened it"),
        }
    },
    next: |status| {
        Some(match status {
            MessageStatus::Sending => {
                "Waits for WhatsApp to confirm it. If that does not come, it goes again under the same id."
            }
            MessageStatus::Sent => {
                "Not on the phone yet. If it is switched off or without internet, WhatsApp keeps the message until it is back."
            }
            _ => return None,
        })
    },
    detail,

    one_message: "Message",
    timeline: "What happened to it",
    whatsapp_id: "WhatsApp's id",
    copy: "Copy",
    cancel_message: "Cancel this message",
    retry: "Send again",
    of_message_to: |to| format!(" (message to {to})"),
    answer: "Reply",

    compose: "Write a message",
    answer_title: "Reply",
    answers: "You quote",
    to_needed: "Say to whom.",
    to_wrong: "This is no number that can be written to. Write it as +6287733760363, with the country's code.",
    text_needed: "Write something.",
    to_hint: "A number as +62 877 3376 0363, or the address of a group",
    type_label: "What",
    type_hint: "A file can also be dropped or pasted into this window.",
    text_hint: "*bold*, _italic_ and ~struck~ as in WhatsApp; @6287733760363 tells that person",
    latitude: "Latitude",
    longitude: "Longitude",
    place: "Name of the place",
    contact_name: "Name of the contact",
    contact_number: "Number of the contact",
    question: "Question",
    options: "Answers",
    options_hint: "2 to 12, one in each line",
    multiple: "More than one may be chosen",
    file: "File",
    file_hint: "From this device; or give its address below.",
    remove_file: "Remove",
    url: "Address of the file",
    caption: "Caption",
    when_and_how: "When and how",
    send_at: "Not before",
    expires_at: "Not after",
    priority_label: "Priority",
    priority: |priority| match priority {
        Priority::Low => "Low: after all others",
        Priority::Normal => "Normal",
        Priority::High => "High: before all others",
    },
    uploading: "Upload",
    uploaded: |percent| format!("{percent} % uploaded"),
    send: "Send",
    offline: |label| format!("{label} (not connected: it will wait)"),

    bulk: "Write to many",
    bulk_lead: "One message for everyone in a CSV file. Nothing is sent unless every row is right.",
    recipients: "CSV file",
    recipients_hint: "With headings in its first row: to, and whatever the text needs.",
    file_needed: "Choose a file.",
    rows_wrong: "These rows are wrong. Nothing was sent.",
    preview: "The first ones will read",
    start_bulk: "Check and start",
    line: "Line",
    column: "Column",
    mistake: "What is wrong",
    bulks: "Messages to many",
    bulk_status: |status| match status {
        BulkStatus::Running => "Running",
        BulkStatus::Paused => "Paused",
        BulkStatus::Finished => "Finished",
        BulkStatus::Cancelled => "Cancelled",
    },
    bulk_of: |done, total| format!("{done} of {total}"),
    bulk_progress: "How many are done",
    bulk_counts: |p| {
        format!(
            "{} read, {} delivered, {} sent, {} not sent, {} cancelled, {} to go",
            p.read,
            p.delivered,
            p.sent,
            p.failed,
            p.cancelled,
            p.open(),
        )
    },
    ends_at: |at| format!("· done at {at} at the earliest"),
    cancel_bulk: "Cancel the rest",
    result: "Result as CSV",

    limits: "Limits",
    limit: |name| match name {
        LimitName::SessionPerMinute => "This minute",
        LimitName::UserPerMinute => "All connections, this minute",
        LimitName::DestinationPerHour => "Busiest chat, this hour",
        LimitName::DestinationPerDay => "Busiest chat, today",
    },
    unlimited: |used| format!("{used}, no limit"),
    frees_at: |at| format!("next at {at}"),
    queue_paused: "Sending is paused. What waits stays in its order.",
    timelocked: |until| {
        format!("WhatsApp lets it write to new people again at {until}. Known chats go on.")
    },
    pause: "Pause",
    resume: "Resume",

    settings: "How it sends",
    settings_title: |label| format!("How {label} sends"),
    limited: "Keep to limits",
    limited_hint: "They protect the number: who writes too much too fast is blocked by WhatsApp.",
    per_minute: "Messages a minute",
    chat_per_hour: "To one chat an hour",
    chat_per_day: "To one chat a day",
    unless_set: "What stands there in grey holds where you set nothing.",
    number_from_to: |least, most| format!("A whole number from {least} to {most}."),
    human_pacing: "Send like a person",
    human_pacing_hint: "One after the other, with pauses, and seen typing before each.",
    duplicate_window: "Refuse the same again (seconds)",
    duplicate_window_hint: "So long the same to the same chat is refused. 600 are ten minutes; empty or 0: never.",

    refused,
};

pub fn status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => "Waiting",
        MessageStatus::Sending => "Sending",
        MessageStatus::Sent => "Sent",
        MessageStatus::Delivered => "Delivered",
        MessageStatus::Read => "Read",
        MessageStatus::Failed => "Not sent",
        MessageStatus::Cancelled => "Cancelled",
    }
}

pub fn kind(kind: ContentType) -> &'static str {
    match kind {
        ContentType::Text => "Text",
        ContentType::Image => "Image",
        ContentType::Video => "Video",
        ContentType::Gif => "GIF",
        ContentType::Audio => "Audio",
        ContentType::Voice => "Voice note",
        ContentType::Document => "Document",
        ContentType::Sticker => "Sticker",
        ContentType::Location => "Location",
        ContentType::Contact => "Contact",
        ContentType::Poll => "Poll",
        ContentType::Reaction => "Reaction",
        ContentType::Edit => "Edit",
        ContentType::Delete => "Taken back for everyone",
    }
}

pub fn waits(why: WaitsFor, until: Option<&str>) -> String {
    let why = match (why, until) {
        (WaitsFor::Scheduled, Some(at)) => return format!("Scheduled: it goes at {at}"),
        (WaitsFor::Retry, Some(at)) => return format!("Will be tried again at {at}"),
        (WaitsFor::ReachOutTimelock, Some(at)) => {
            return format!(
                "WhatsApp lets this number write to new people again at {at}. It goes by itself then."
            );
        }
        (WaitsFor::Scheduled, None) => "Scheduled",
        (WaitsFor::Retry, None) => "Will be tried again",
        (WaitsFor::ReachOutTimelock, None) => {
            "WhatsApp lets this number write to new people no more for now"
        }
        (WaitsFor::EarlierMessage, _) => "An earlier message to this chat goes first",
        (WaitsFor::SessionLimit, _) => "Waits for the connection's limit",
        (WaitsFor::UserLimit, _) => "Waits for the limit of all your connections",
        (WaitsFor::DestinationLimit, _) => "Waits for the limit of this chat",
        (WaitsFor::Session, _) => "Waits until the connection is back",
        (WaitsFor::Paused, _) => "Waits because sending is paused",
        (WaitsFor::Pacing, _) => {
            "Its connection writes as a person would, one message after the other"
        }
    };
    match until {
        Some(until) => format!("{why} until {until}"),
        None => why.to_owned(),
    }
}

pub fn detail(code: &str) -> Option<&'static str> {
    // What stands behind a colon is not for everybody.
    let (code, _) = code.split_once(':').unwrap_or((code, ""));
    Some(match code {
        "connection_lost" => "The connection was lost on the way. It goes again under the same id.",
        "send_timeout" => "WhatsApp did not answer in time. It goes again under the same id.",
        "ack_timeout" => "WhatsApp did not confirm it. It goes again under the same id.",
        "interrupted" => "The server was restarted on the way. It goes again under the same id.",
        "retry" => "You sent it again.",
        "expired" => "Its time was over before it could go.",
        "expired_after_attempt" => {
            "Its time was over before WhatsApp confirmed it. It may have arrived all the same."
        }
        "cancelled_after_attempt" => {
            "You took it back. It had been on its way before and may have arrived all the same."
        }
        "not_on_whatsapp" => "This number is not on WhatsApp. Check it.",
        "duplicate_message" => {
            "The same went to this chat a short while ago, and this connection refuses to repeat it."
        }
        "number_spelled_otherwise" => {
            "WhatsApp knows this number in another spelling. It goes there under the same id."
        }
        "check_failed" => "WhatsApp did not say whether the number is there. It is asked again.",
        "send_failed" => "Encrypting or sending it failed.",
        "upload_failed" => "Its file could not be uploaded to WhatsApp. It is tried again.",
        "media_unreadable" => "Its file could not be read. It is tried again.",
        "media_damaged" => "Its file was changed on the server. Send it anew with the file.",
        "bulk_cancelled" => "Its bulk was cancelled.",
        "bulk_cancelled_after_attempt" => {
            "Its bulk was cancelled. It had been on its way before and may have arrived all the same."
        }
        "media_missing" => "Its file is no longer here. Send it anew with the file.",
        "reach_out_timelock" => {
            "WhatsApp lets this number write to new people no more for now. It goes by itself when that is over."
        }
        "rejected_recipient_not_found" => "WhatsApp does not know the recipient.",
        "rejected_new_chats_capped" => {
            "WhatsApp lets this number begin no more chats for now. Wait a day, then send it again."
        }
        "rejected_group_changed" => "The group changed meanwhile. Send it again.",
        "rejected_unavailable" | "rejected_internal" => {
            "WhatsApp had a problem of its own. Send it again."
        }
        "rejected_malformed"
        | "rejected_invalid_field"
        | "rejected_invalid_content"
        | "rejected_not_understood"
        | "rejected_missing_secret" => {
            "WhatsApp did not take the message as it is. Change it and send it anew."
        }
        "rejected_deleted" => "The message that it belongs to was deleted.",
        "rejected_group_unsupported" => "WhatsApp does not allow this in groups.",
        "rejected_delete_not_allowed" => "WhatsApp does not let this be taken back any more.",
        "rejected_too_many" => "WhatsApp took no more for a while. Send it again later.",
        _ if code.starts_with("upload_refused_") => {
            "WhatsApp's servers do not take this file. Send another."
        }
        _ if code.starts_with("rejected_") => {
            "WhatsApp refused it, for a reason that is not known here."
        }
        _ => return None,
    })
}

pub fn refused(code: &str) -> Option<&'static str> {
    Some(match code {
        "message_not_found" => "This message no longer exists.",
        "not_queued" => "It is on its way already.",
        "not_failed" => "It has not failed: there is nothing to send again.",
        "expired" => "Its time is over. Write it anew.",
        "duplicate_message" => {
            "The same went to this chat a short while ago, and this connection refuses to repeat it."
        }
        "media_too_large" => "The file is too large for this server.",
        "media_quota_exceeded" => "Your files have no room left on this server.",
        "volume_full" => "The server has no space left for files. Ask the person who runs it.",
        "bulk_over" => "It is over already.",
        _ => return None,
    })
}
