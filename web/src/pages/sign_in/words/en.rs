use super::Texts;
use crate::i18n;

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::En.texts(),

    sign_in_lead: "Welcome back.",
    email: "E-mail",
    password: "Password",
    password_hint: "At least 10 characters.",
    name: "Your name",
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
};
