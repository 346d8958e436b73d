use super::Texts;

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
    create_account: "Create account",

    not_found: "There is nothing here",
    not_found_lead: "The address may be mistyped, or what was here is gone.",
    to_connections: "Go to your connections",

    connections: "Connections",
    inbox: "Inbox",
    messages: "Messages",
    api_keys: "API keys",
    webhooks: "Webhooks",
    receiving: "Receiving",
    waiting_for_you: |n| match n {
        1 => "1 needs you".to_owned(),
        n => format!("{n} need you"),
    },

    qr_alt: "QR code to link WhatsApp",
    copied: "Copied",

    number_held_by: |label| format!("It is connected as “{label}”."),
    email_alerts: "E-mail alerts",
    email_alerts_hint: "when a connection is down",
    limit_reached,

    problem,
    server_unreachable: "The server did not answer. Check your connection and try again.",
};

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
