use super::Texts;
use crate::i18n;

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

    sign_in_lead: "Qué bueno verte de nuevo.",
    email: "Correo electrónico",
    password: "Contraseña",
    password_hint: "Al menos 10 caracteres.",
    name: "Tu nombre",
    create_first_account: "Crear la primera cuenta",
    create_first_lead: "Nadie se ha registrado todavía en este servidor. La primera persona lo administra; después, el registro queda cerrado salvo que se abra.",
    create_account_lead: "Tus conexiones de WhatsApp son solo tuyas: nadie más puede verlas aquí.",
    no_account_yet: "¿Aún no tienes cuenta?",
    have_account: "¿Ya tienes cuenta?",
    signup_closed: "El registro está cerrado",
    signup_closed_lead: "Este servidor no acepta personas nuevas por sí solo. Pide a quien lo administra que te agregue.",
    pitch: "WhatsApp que se mantiene conectado.",
    pitch_points: [
        "Escanea una vez. La conexión se mantiene día y noche.",
        "Los mensajes esperan en una cola que no olvida nada.",
        "Un lugar para las personas, una API para tus programas.",
    ],
};
