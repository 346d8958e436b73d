use super::{Explained, Texts};
use crate::{format, i18n};
use whahook_contract::{
    activity::Origin,
    message::MessageStatus,
    session::{Reason, Status},
};

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

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
    try_now: "Reintentar",
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
    qr_pending: "Pidiendo un código a WhatsApp…",
    qr_new_in: |seconds| format!("Código nuevo en {seconds} s, por sí solo"),
    qr_renewing: "El código nuevo está en camino…",
    qr_copy: "Copiar el código como texto",
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

    ways_to_link: "Formas de vincular",
    way_qr: "Código QR",
    way_number: "Con número",
    pair_lead: "Sin cámara: WhatsApp da un código que escribes en el teléfono.",
    step_number: "Toca <b>Vincular con número de teléfono</b>",
    step_code: "Escribe el código que se muestra aquí",
    phone_number: "Número de teléfono",
    phone_number_hint: "Con el código del país: +593\u{a0}98\u{a0}765\u{a0}4321",
    number_wrong: "No es un número completo. Escríbelo con el código del país, por ejemplo +593\u{a0}98\u{a0}765\u{a0}4321.",
    get_code: "Pedir un código",
    pair_left: |seconds| format!("Sirve {} más", format::clock(seconds)),
    pair_over: "Este código venció.",
    other_number: "Usar otro número",
    new_code: "Pedir un código nuevo",
    pair_code_is: "El código es",
    copy_code: "Copiar el código",
    passkey_title: "WhatsApp pide una clave de acceso",
    passkey_lead: "Este número está protegido con una clave de acceso (passkey): WhatsApp quiere ver que lo vincula su dueño. Solo tú puedes responder, en tres pasos.",
    passkey_pending: "Esperando a WhatsApp…",
    passkey_step_site: "Abre <a href=\"https://web.whatsapp.com/\" target=\"_blank\" rel=\"noopener\">web.whatsapp.com</a> en este navegador, abre su consola (<kbd>F12</kbd>) y pega allí la solicitud. Una app de autenticación recibe solo sus opciones.",
    passkey_copy_script: "Copiar la solicitud",
    passkey_copy_options: "Solo las opciones",
    passkey_step_approve: "Haz clic en esa página y aprueba con el teléfono o la huella",
    passkey_step_paste: "Pega la respuesta aquí",
    passkey_send: "Enviar la respuesta",
    passkey_not_json: "Esta no es la respuesta: empieza con { y termina con }. Cópiala completa.",
    passkey_prompt: "Copia esta respuesta y pégala en WhaHook:",
    passkey_click: "Ahora haz clic en cualquier parte de esta página.",
    passkey_compare: "El teléfono muestra ahora un código. ¿Es igual a este?",
    passkey_same: "Sí, los códigos son iguales",
    passkey_differs: "Si son distintos, puede haber alguien en medio: cierra esto y empieza de nuevo con otro QR.",
    other_ways: "¿No tienes la clave? Desactívala en el teléfono (Ajustes › Cuenta › Claves de acceso) y sigue otro camino:",
    try_pair_code: "Probar con un código",
    try_new_qr: "Empezar con otro QR",
    go_on: "Continuar",
    use_here: "Usar aquí",
    next_try_at: |at| format!("reintenta por sí solo: {at}"),
    several: "Vincular varios",
    several_lead: "Escanea cada código con otro teléfono. Cada código se renueva solo mientras miras.",
    add_another: "Agregar otro",
    activity: "Actividad",
    activity_of: |label| format!("Actividad de {label}"),
    load_more: "Mostrar anteriores",
    lasted: |time| format!("durante {time}"),
    lasts: "hasta ahora",
    by,
    was_linked: "Teléfono vinculado",
    was_created: |label| format!("Creada como «{label}»"),
    was_renamed: |label| format!("Ahora se llama «{label}»"),
    day_good: |day| format!("{day}: conectado"),
    day_down: |day, time| format!("{day}: {time} sin conexión"),
    day_unlinked: |day| format!("{day}: sin vincular"),
    uptime_words: |share| format!("Conectado en los últimos 30 días: {share} del tiempo."),
    thirty_days: "30 días",
    uptime_of_all: "tiempo conectado, 30 días",
    phone_not_seen: "El teléfono estuvo en línea por última vez el",
    phone_unlinks: "WhatsApp lo desvinculará el",
    phone_open: "Abre WhatsApp en el teléfono antes de esa fecha.",

    history: |percent, n| format!("Mensajes anteriores: {percent} %, {n} tomados"),
    what_it_receives: "Elige qué recibe; los mensajes anteriores, antes de escanear.",

    label_required: "Ponle un nombre de 1 a 60 caracteres.",
};

const fn headline(status: Status, reason: Option<Reason>) -> &'static str {
    match (status, reason) {
        (Status::Qr, Some(Reason::PasskeyRequired)) => "Pide clave de acceso",
        (Status::Reconnecting, Some(Reason::TemporaryBan)) => "Bloqueado por un tiempo",
        (Status::Disconnected, Some(Reason::StreamReplaced)) => "En uso en otro lugar",
        (Status::Disconnected, Some(Reason::NumberInUse)) => "Ya estaba conectado",
        (Status::Disconnected, Some(Reason::QrTimeout)) => "El código venció",
        (Status::LoggedOut, Some(Reason::PhoneUnlinked)) => "Desvinculado en el teléfono",
        (Status::LoggedOut, Some(Reason::AccountLocked)) => "Bloqueado por WhatsApp",
        (Status::Error, Some(Reason::StoreCorrupt)) => "Datos dañados",
        (Status::Error, Some(Reason::VolumeFull)) => "Disco del servidor lleno",
        (Status::Initializing, _) => "Iniciando",
        (Status::Qr, _) => "Esperando el escaneo",
        (Status::Connecting, _) => "Conectando",
        (Status::Ready, _) => "Conectado",
        (Status::Reconnecting, _) => "Reconectando",
        (Status::Disconnected, _) => "Sin conexión",
        (Status::LoggedOut, _) => "Desvinculado",
        (Status::Error, _) => "Necesita atención",
    }
}

fn by(origin: Origin, name: &str) -> String {
    match origin {
        Origin::Person => format!("por {name}"),
        Origin::Key => format!("por la clave «{name}»"),
        Origin::Phone => "en el teléfono".to_owned(),
        Origin::WhatsApp => "por WhatsApp".to_owned(),
        Origin::Server => "por el servidor".to_owned(),
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
