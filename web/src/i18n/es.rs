use super::{Explained, Texts};
use whahook_contract::{
    message::MessageStatus,
    session::{Reason, Status},
};

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
    sign_in_lead: "Qué bueno verte de nuevo.",
    email: "Correo electrónico",
    password: "Contraseña",
    password_hint: "Al menos 10 caracteres.",
    name: "Tu nombre",
    create_account: "Crear cuenta",
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

    not_found: "Aquí no hay nada",
    not_found_lead: "Puede que la dirección esté mal escrita o que lo que había ya no exista.",
    to_connections: "Ir a tus conexiones",

    connections: "Conexiones",
    connections_lead: "Las cuentas vinculadas siguen conectadas día y noche. Puedes cerrar esta página.",
    connect: "Conectar WhatsApp",
    n_of: |n, all| format!("{n} de {all}"),
    connected_now: "conectadas ahora",
    need_you: |n| {
        if n == 1 {
            "te necesita"
        } else {
            "te necesitan"
        }
    },
    waiting_for_you: |n| match n {
        1 => "1 te necesita".to_owned(),
        n => format!("{n} te necesitan"),
    },
    empty: "Conecta tu primer WhatsApp",
    empty_lead: "Escanea un QR con tu teléfono, como en WhatsApp Web. Toma medio minuto y el teléfono no tiene que quedar en línea.",
    default_label: |n| format!("WhatsApp {n}"),
    demo: "Esto es una demostración.",
    demo_lead: "Los teléfonos son simulados; ningún mensaje sale de esta computadora.",
    demo_phones: "Abrir los teléfonos simulados",

    headline,
    reason,
    not_linked: "sin vincular todavía",
    since: "desde",
    next_try_in: |seconds| format!("próximo intento en {seconds} s"),
    next_try_now: "intentando ahora",

    show_qr: "Mostrar QR",
    link_again: "Vincular de nuevo",
    retry_now: "Reintentar",
    reconnect: "Conectar",
    open: "Abrir",
    rename: "Cambiar nombre",
    unlink: "Desconectar",
    remove: "Eliminar",
    more_for: |label| format!("Más para {label}"),
    act_for: |act, label| format!("{act}: {label}"),

    label: "Nombre de esta conexión",
    label_hint: "Solo tú lo ves.",
    link_title: "Conectar WhatsApp",
    link_lead: "Tu teléfono sigue al mando: puedes desvincular cuando quieras, allí o aquí.",
    step_open: "Abre <b>WhatsApp</b> en tu teléfono",
    step_menu: "Ve a <b>Ajustes › Dispositivos vinculados</b> y toca <b>Vincular un dispositivo</b>",
    step_scan: "Apunta el teléfono a este código",
    qr_alt: "Código QR para vincular WhatsApp",
    qr_pending: "Pidiendo un código a WhatsApp…",
    qr_new_in: |seconds| format!("Código nuevo en {seconds} s, por sí solo"),
    qr_renewing: "El código nuevo está en camino…",
    qr_copy: "Copiar el código como texto",
    qr_copied: "Copiado",
    scanned: "El teléfono aceptó",
    scanned_lead: "Conectando. Toma unos segundos.",
    linked: "Conectado",
    linked_lead: "Puedes cerrar esta página: la conexión se mantiene.",
    whatsapp_name: "Nombre en WhatsApp",
    number: "Número",
    connected_since: "Conectado desde",
    done: "Listo",

    test_send: "Enviarte una prueba",
    test_again: "Enviar otra",
    test_lead: "Un mensaje de este número a sí mismo: aparece en tu teléfono.",
    test_text: "¡Hola desde WhaHook! Este número está conectado.",
    message_status,

    rename_title: "Cambiar el nombre de la conexión",
    unlink_title: |label| format!("¿Desconectar {label}?"),
    unlink_lead: "Se desvincula el teléfono y se borran los datos de la sesión. La conexión sigue en la lista; para usarla otra vez, escanea un QR nuevo.",
    remove_title: |label| format!("¿Eliminar {label}?"),
    remove_lead: "Se desvincula el teléfono y la conexión desaparece de aquí con sus mensajes y su historial. No se puede deshacer.",
    keep: "Conservar",

    problem,
    server_unreachable: "El servidor no respondió. Revisa tu conexión e intenta de nuevo.",
    label_required: "Ponle un nombre de 1 a 60 caracteres.",
};

fn headline(status: Status, reason: Option<Reason>) -> &'static str {
    match status {
        Status::Initializing => "Iniciando",
        Status::Qr => "Esperando el escaneo",
        Status::Connecting => "Conectando",
        Status::Ready => "Conectado",
        Status::Reconnecting => "Reconectando",
        Status::Disconnected => "Sin conexión",
        Status::LoggedOut => match reason {
            Some(Reason::PhoneUnlinked) => "Desvinculado en el teléfono",
            _ => "Desvinculado",
        },
        Status::Error => match reason {
            Some(Reason::TemporaryBan) => "Bloqueado por un tiempo",
            Some(Reason::ClientOutdated) => "Hay que actualizar",
            Some(Reason::StreamReplaced) => "Abierto en otro lugar",
            _ => "Necesita atención",
        },
    }
}

const fn reason(reason: Reason) -> Explained {
    let meaning = reason.meaning();
    Explained {
        why: meaning.why.es,
        advice: meaning.advice.es,
    }
}

fn message_status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => "Esperando en la cola",
        MessageStatus::Sending => "Enviando",
        MessageStatus::Sent => "Enviado",
        MessageStatus::Delivered => "Entregado",
        MessageStatus::Read => "Leído",
        MessageStatus::Failed => "No se envió",
        MessageStatus::Cancelled => "Cancelado",
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
        "account_not_found" => "Esta conexión ya no existe.",
        "internal" => "Algo salió mal en el servidor. Intenta de nuevo.",
        _ => return None,
    })
}
