use super::Texts;
use crate::i18n;

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::En.texts(),

    title_of: |label| format!("What {label} receives"),
    history: "Earlier messages",
    history_lead: "A phone that is linked can send what stood in its chats before. Choose before you scan its code: later it takes disconnecting and linking again.",
    days: "Of the last … days",
    days_hint: "0 takes nothing.",
    per_chat: "Messages of one chat, at most",
    progress: |percent, messages| match percent {
        Some(percent) => format!("The phone is sending them: {percent} %, {messages} so far."),
        None => format!("Taken when the phone was linked: {messages}."),
    },
    none_yet: "None were taken yet.",
    files: "Files and status updates",
    which_files: "Files that are fetched from WhatsApp",
    files_all: "All",
    files_on_demand: "When somebody asks for them",
    files_none: "None",
    largest: "Largest file that is fetched by itself, in MB",
    statuses: "Status updates",
    statuses_hint: "What others show for a day, in a conversation of its own.",
    unless_set: "An empty field goes by the server's settings.",
    number_from_to: |least, most| format!("Type a whole number from {least} to {most}."),
    saved: "Saved.",
};
