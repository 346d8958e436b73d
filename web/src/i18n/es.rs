use super::Texts;

pub static TEXTS: Texts = Texts {
    months: [
        "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
    ],
    needs_javascript: "Esta página necesita JavaScript para actuar. Sin él solo se puede mirar.",
    close: "Cerrar",
    cancel: "Cancelar",
    save: "Guardar",
    dismiss: "Descartar",
    skip_to_content: "Saltar al contenido",
    main_navigation: "Principal",
    you: "Tú",
    language: "Idioma",
    theme: "Colores",
    theme_auto: "Auto",
    theme_light: "Claro",
    theme_dark: "Oscuro",
    sign_out: "Cerrar sesión",
    socket_lost: "Reconectando con el servidor…",

    sign_in: "Iniciar sesión",
    create_account: "Crear cuenta",

    not_found: "Aquí no hay nada",
    not_found_lead: "Puede que la dirección esté mal escrita o que lo que había ya no exista.",
    to_connections: "Ir a tus conexiones",

    connections: "Conexiones",
    inbox: "Bandeja",
    messages: "Mensajes",
    api_keys: "Claves API",
    webhooks: "Webhooks",
    receiving: "Recepción",
    waiting_for_you: |n| match n {
        1 => "1 te necesita".to_owned(),
        n => format!("{n} te necesitan"),
    },

    qr_alt: "Código QR para vincular WhatsApp",
    copied: "Copiado",

    number_held_by: |label| format!("Está conectado como «{label}»."),
    email_alerts: "Avisos por correo",
    email_alerts_hint: "cuando una conexión se cae",
    limit_reached,

    problem,
    server_unreachable: "El servidor no respondió. Revisa tu conexión e intenta de nuevo.",
};

fn limit_reached(limit: i64, all_people: bool) -> String {
    let connections = if limit == 1 {
        "1 conexión".to_owned()
    } else {
        format!("{limit} conexiones")
    };
    if all_people {
        format!(
            "Este servidor admite {connections} como máximo y ya no queda lugar. Pide más a quien lo administra."
        )
    } else {
        format!(
            "Puedes tener {connections} a la vez y ya no queda lugar. Desconecta una o pide más a quien administra este servidor."
        )
    }
}

fn problem(code: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_credentials" => "El correo o la contraseña no son correctos.",
        "email_taken" => "Alguien ya se registró con este correo. Inicia sesión.",
        "signup_closed" => "El registro está cerrado. Pide acceso a quien administra el servidor.",
        "too_many_attempts" => "Demasiados intentos. Espera un minuto e intenta de nuevo.",
        "origin_not_allowed" => {
            "Esta página se abrió con una dirección que el servidor no espera. Ábrela con su propia dirección (APP_URL)."
        }
        "not_signed_in" => "Tu sesión terminó. Inicia sesión de nuevo.",
        "no_pair_code" => {
            "WhatsApp no dio un código para este número. Revísalo e intenta de nuevo en un minuto, o escanea el QR."
        }
        "no_passkey" => "WhatsApp ya no espera esto. Empieza con otro QR.",
        "passkey_refused" => "WhatsApp no lo aceptó. Empieza con otro QR o prueba con un código.",
        "superseded" => "Un intento más nuevo tomó su lugar.",
        "volume_failed" => "El servidor no puede guardar sus datos. Avisa a quien lo administra.",
        "already_linked" => "Ya hay un teléfono vinculado.",
        "stopping" => "El servidor se está reiniciando. Intenta de nuevo en un momento.",
        "account_not_found" => "Esta conexión ya no existe.",
        "internal" => "Algo salió mal en el servidor. Intenta de nuevo.",
        _ => return None,
    })
}
