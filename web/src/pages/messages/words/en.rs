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

    status: |status| match status {
        MessageStatus::Queued => "Waiting",
        MessageStatus::Sending => "Sending",
        MessageStatus::Sent => "Sent",
        MessageStatus::Delivered => "Delivered",
        MessageStatus::Read => "Read",
        MessageStatus::Failed => "Not sent",
        MessageStatus::Cancelled => "Cancelled",
    },
    step: |status| match status {
        MessageStatus::Queued => "In the queue",
        MessageStatus::Sending => "Encrypted and handed to WhatsApp",
        MessageStatus::Sent => "WhatsApp has it",
        MessageStatus::Delivered => "Arrived on the phone",
        MessageStatus::Read => "Read",
        MessageStatus::Failed => "Not sent",
        MessageStatus::Cancelled => "Cancelled",
    },
    kind: |kind| match kind {
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
    },
    waits_for: |why| match why {
        WaitsFor::Scheduled => "Scheduled",
        WaitsFor::EarlierMessage => "An earlier message to this chat goes first",
        WaitsFor::SessionLimit => "Waits for the connection's limit",
        WaitsFor::UserLimit => "Waits for the limit of all your connections",
        WaitsFor::DestinationLimit => "Waits for the limit of this chat",
        WaitsFor::Retry => "Will be tried again",
        WaitsFor::Session => "Waits until the connection is back",
        WaitsFor::Paused => "Waits because sending is paused",
        WaitsFor::ReachOutTimelock => {
            "WhatsApp lets this number write to new people no more for now"
        }
    },
    waits_until: |why, until| format!("{why} until {until}"),
    detail: |code| {
        Some(match code {
            "connection_lost" => {
                "The connection was lost on the way. It goes again under the same id."
            }
            "send_timeout" => "WhatsApp did not answer in time. It goes again under the same id.",
            "ack_timeout" => "WhatsApp did not confirm it. It goes again under the same id.",
            "interrupted" => {
                "The server was restarted on the way. It goes again under the same id."
            }
            "retry" => "You sent it again.",
            "expired" => "Its time was over before it could go.",
            "not_on_whatsapp" => "This number is not on WhatsApp. Check it.",
            "bulk_cancelled" => "Its bulk was cancelled.",
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
            "rejected_delete_not_allowed" => "WhatsApp does not let this be taken back any more.",
            _ => return None,
        })
    },

    one_message: "Message",
    timeline: "What happened to it",
    whatsapp_id: "WhatsApp's id",
    copy: "Copy",
    cancel_message: "Cancel this message",
    retry: "Send again",

    compose: "Write a message",
    to_hint: "A number as +62 877 3376 0363, or the address of a group",
    type_label: "What",
    text_hint: "*bold*, _italic_ and ~struck~ as in WhatsApp",
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
    uploaded: |percent| format!("{percent} % uploaded"),
    send: "Send",
    offline: |label| format!("{label} (not connected: it will wait)"),

    bulk: "Write to many",
    bulk_lead: "One text for everyone in a CSV file. Nothing is sent unless every row is right.",
    recipients: "CSV file",
    recipients_hint: "With headings in its first row: to, and whatever the text needs.",
    file_needed: "Choose a file.",
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
};
