use super::Texts;
use crate::i18n;
use whahook_contract::{
    bulk::BulkStatus,
    limits::LimitName,
    message::{ContentType, MessageStatus, Priority, WaitsFor},
};

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

    lead: "Lo que envían tus conexiones, lo que espera y por qué.",
    loading: "Buscando mensajes…",
    try_again: "Intentar de nuevo",
    older: "Mensajes anteriores",
    empty: "Aún no hay mensajes",
    empty_lead: "Aquí aparecen los mensajes que tú o tus programas envían, y ves cómo llegan.",
    none_found: "No hay mensajes así",
    none_found_lead: "Ninguno corresponde a lo que elegiste arriba.",

    filters: "Buscar mensajes",
    account: "Conexión",
    all_accounts: "Todas",
    status_label: "Estado",
    any_status: "Cualquiera",
    chat: "Para",
    text: "Texto",
    from: "Desde",
    until: "Hasta",
    show_all: "Mostrar todos los mensajes",

    status,
    step: |status| match status {
        MessageStatus::Queued => "En la cola",
        MessageStatus::Sending => "Cifrado y entregado a WhatsApp",
        MessageStatus::Sent => "WhatsApp lo tiene",
        MessageStatus::Delivered => "Llegó al teléfono",
        MessageStatus::Read => "Leído",
        MessageStatus::Failed => "No enviado",
        MessageStatus::Cancelled => "Cancelado",
    },
    kind,
    waits,
    arrived: |on_phone, devices| match (on_phone, devices) {
        (true, 1) => "Llegó al teléfono".to_owned(),
        (false, 1) => "Llegó a un dispositivo vinculado, aún no al teléfono".to_owned(),
        (_, n) => format!("Llegó a {n} dispositivos"),
    },
    arrived_in_group: "Llegó a todos los del grupo",
    members: |have_it, opened_it| {
        let have_it = if have_it == 1 {
            "1 miembro lo tiene".to_owned()
        } else {
            format!("{have_it} miembros lo tienen")
        };
        match opened_it {
            0 => have_it,
            1 => format!("{have_it}, 1 de ellos lo abrió"),
            n => format!("{have_it}, {n} de ellos lo abrieron"),
        }
    },
    next: |status| {
        Some(match status {
            MessageStatus::Sending => {
                "Espera a que WhatsApp lo confirme. Si no lo hace, va otra vez con el mismo id."
            }
            MessageStatus::Sent => {
                "Aún no está en el teléfono. Si está apagado o sin internet, WhatsApp guarda el mensaje hasta que vuelva."
            }
            _ => return None,
        })
    },
    detail,

    one_message: "Mensaje",
    timeline: "Qué pasó con él",
    whatsapp_id: "Id de WhatsApp",
    copy: "Copiar",
    cancel_message: "Cancelar este mensaje",
    retry: "Enviar de nuevo",
    of_message_to: |to| format!(" (mensaje a {to})"),
    answer: "Responder",

    compose: "Escribir un mensaje",
    answer_title: "Responder",
    answers: "Citas",
    to_needed: "Di a quién.",
    to_wrong: "No es un número al que se pueda escribir. Escríbelo como +6287733760363, con el código del país.",
    text_needed: "Escribe algo.",
    to_hint: "Un número como +62 877 3376 0363, o la dirección de un grupo",
    type_label: "Qué",
    type_hint: "También puedes soltar o pegar un archivo en esta ventana.",
    text_hint: "*negrita*, _cursiva_ y ~tachado~ como en WhatsApp; @6287733760363 avisa a esa persona",
    latitude: "Latitud",
    longitude: "Longitud",
    place: "Nombre del lugar",
    contact_name: "Nombre del contacto",
    contact_number: "Número del contacto",
    question: "Pregunta",
    options: "Respuestas",
    options_hint: "De 2 a 12, una en cada línea",
    multiple: "Se puede elegir más de una",
    file: "Archivo",
    file_hint: "De este dispositivo; o indica su dirección abajo.",
    remove_file: "Quitar",
    url: "Dirección del archivo",
    caption: "Leyenda",
    when_and_how: "Cuándo y cómo",
    send_at: "No antes de",
    expires_at: "No después de",
    priority_label: "Prioridad",
    priority: |priority| match priority {
        Priority::Low => "Baja: después de todos",
        Priority::Normal => "Normal",
        Priority::High => "Alta: antes que todos",
    },
    uploading: "Subida",
    uploaded: |percent| format!("{percent} % subido"),
    send: "Enviar",
    offline: |label| format!("{label} (sin conexión: esperará)"),

    bulk: "Escribir a muchos",
    bulk_lead: "Un mensaje para todos los de un archivo CSV. Nada se envía si alguna fila está mal.",
    recipients: "Archivo CSV",
    recipients_hint: "Con títulos en la primera fila: to, y lo que el texto necesite.",
    file_needed: "Elige un archivo.",
    rows_wrong: "Estas filas están mal. No se envió nada.",
    preview: "Los primeros dirán",
    start_bulk: "Revisar y empezar",
    line: "Línea",
    column: "Columna",
    mistake: "Qué está mal",
    bulks: "Mensajes a muchos",
    bulk_status: |status| match status {
        BulkStatus::Running => "En curso",
        BulkStatus::Paused => "En pausa",
        BulkStatus::Finished => "Terminado",
        BulkStatus::Cancelled => "Cancelado",
    },
    bulk_of: |done, total| format!("{done} de {total}"),
    bulk_progress: "Cuántos están listos",
    bulk_counts: |p| {
        format!(
            "{} leídos, {} entregados, {} enviados, {} no enviados, {} cancelados, {} por salir",
            p.read,
            p.delivered,
            p.sent,
            p.failed,
            p.cancelled,
            p.open(),
        )
    },
    ends_at: |at| format!("· listo a las {at} como muy pronto"),
    cancel_bulk: "Cancelar el resto",
    result: "Resultado en CSV",

    limits: "Límites",
    limit: |name| match name {
        LimitName::SessionPerMinute => "Este minuto",
        LimitName::UserPerMinute => "Todas las conexiones, este minuto",
        LimitName::DestinationPerHour => "Chat más activo, esta hora",
        LimitName::DestinationPerDay => "Chat más activo, hoy",
    },
    unlimited: |used| format!("{used}, sin límite"),
    frees_at: |at| format!("el próximo a las {at}"),
    queue_paused: "El envío está en pausa. Lo que espera conserva su orden.",
    timelocked: |until| {
        format!(
            "WhatsApp le deja escribir otra vez a personas nuevas a las {until}. Los chats conocidos siguen."
        )
    },
    pause: "Pausar",
    resume: "Reanudar",

    settings: "Cómo envía",
    settings_title: |label| format!("Cómo envía {label}"),
    limited: "Respetar límites",
    limited_hint: "Protegen el número: WhatsApp bloquea a quien escribe demasiado y muy rápido.",
    per_minute: "Mensajes por minuto",
    chat_per_hour: "A un chat por hora",
    chat_per_day: "A un chat por día",
    unless_set: "Lo que está en gris vale donde no pongas nada.",
    number_from_to: |least, most| format!("Un número entero de {least} a {most}."),
    human_pacing: "Enviar como una persona",
    human_pacing_hint: "Uno tras otro, con pausas, y «escribiendo» antes de cada uno.",
    duplicate_window: "Rechazar lo mismo otra vez (segundos)",
    duplicate_window_hint: "Durante ese tiempo se rechaza lo mismo al mismo chat. 600 son diez minutos; vacío o 0: nunca.",

    refused,
};

pub fn status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => "En espera",
        MessageStatus::Sending => "Enviando",
        MessageStatus::Sent => "Enviado",
        MessageStatus::Delivered => "Entregado",
        MessageStatus::Read => "Leído",
        MessageStatus::Failed => "No enviado",
        MessageStatus::Cancelled => "Cancelado",
    }
}

pub fn kind(kind: ContentType) -> &'static str {
    match kind {
        ContentType::Text => "Texto",
        ContentType::Image => "Imagen",
        ContentType::Video => "Video",
        ContentType::Gif => "GIF",
        ContentType::Audio => "Audio",
        ContentType::Voice => "Nota de voz",
        ContentType::Document => "Documento",
        ContentType::Sticker => "Sticker",
        ContentType::Location => "Ubicación",
        ContentType::Contact => "Contacto",
        ContentType::Poll => "Encuesta",
        ContentType::Reaction => "Reacción",
        ContentType::Edit => "Edición",
        ContentType::Delete => "Eliminado para todos",
    }
}

pub fn waits(why: WaitsFor, until: Option<&str>) -> String {
    let why = match (why, until) {
        (WaitsFor::Scheduled, Some(at)) => return format!("Programado: sale a las {at}"),
        (WaitsFor::Retry, Some(at)) => return format!("Se intentará de nuevo a las {at}"),
        (WaitsFor::ReachOutTimelock, Some(at)) => {
            return format!(
                "WhatsApp deja que este número escriba otra vez a personas nuevas a las {at}. Entonces sale solo."
            );
        }
        (WaitsFor::Scheduled, None) => "Programado",
        (WaitsFor::Retry, None) => "Se intentará de nuevo",
        (WaitsFor::ReachOutTimelock, None) => {
            "Por ahora WhatsApp no deja que este número escriba a personas nuevas"
        }
        (WaitsFor::EarlierMessage, _) => "Antes va otro mensaje a este chat",
        (WaitsFor::SessionLimit, _) => "Espera por el límite de la conexión",
        (WaitsFor::UserLimit, _) => "Espera por el límite de todas tus conexiones",
        (WaitsFor::DestinationLimit, _) => "Espera por el límite de este chat",
        (WaitsFor::Session, _) => "Espera a que vuelva la conexión",
        (WaitsFor::Paused, _) => "Espera porque el envío está en pausa",
        (WaitsFor::Pacing, _) => "Su conexión escribe como una persona, un mensaje tras otro",
    };
    match until {
        Some(until) => format!("{why}, hasta las {until}"),
        None => why.to_owned(),
    }
}

pub fn detail(code: &str) -> Option<&'static str> {
    // What stands behind a colon is not for everybody.
    let (code, _) = code.split_once(':').unwrap_or((code, ""));
    Some(match code {
        "connection_lost" => "Se perdió la conexión en el camino. Va otra vez con el mismo id.",
        "send_timeout" => "WhatsApp no respondió a tiempo. Va otra vez con el mismo id.",
        "ack_timeout" => "WhatsApp no lo confirmó. Va otra vez con el mismo id.",
        "interrupted" => "El servidor se reinició en el camino. Va otra vez con el mismo id.",
        "retry" => "Lo enviaste de nuevo.",
        "expired" => "Su tiempo terminó antes de que pudiera salir.",
        "expired_after_attempt" => {
            "Su tiempo terminó antes de que WhatsApp lo confirmara. Puede que haya llegado de todos modos."
        }
        "cancelled_after_attempt" => {
            "Lo cancelaste. Antes ya había salido y puede que haya llegado de todos modos."
        }
        "not_on_whatsapp" => "Este número no está en WhatsApp. Revísalo.",
        "duplicate_message" => {
            "Lo mismo salió hace poco a este chat, y esta conexión no lo repite."
        }
        "number_spelled_otherwise" => {
            "WhatsApp conoce este número escrito de otra forma. Va allí con el mismo id."
        }
        "check_failed" => "WhatsApp no dijo si el número existe. Se le pregunta otra vez.",
        "send_failed" => "Falló al cifrarlo o enviarlo.",
        "upload_failed" => "No se pudo subir su archivo a WhatsApp. Se intenta otra vez.",
        "media_unreadable" => "No se pudo leer su archivo. Se intenta otra vez.",
        "media_damaged" => "Su archivo cambió en el servidor. Envíalo de nuevo con el archivo.",
        "bulk_cancelled" => "Se canceló su envío masivo.",
        "bulk_cancelled_after_attempt" => {
            "Se canceló su envío masivo. Antes ya había salido y puede que haya llegado de todos modos."
        }
        "media_missing" => "Su archivo ya no está aquí. Envíalo de nuevo con el archivo.",
        "reach_out_timelock" => {
            "Por ahora WhatsApp no deja que este número escriba a personas nuevas. Sale solo cuando eso termine."
        }
        "rejected_recipient_not_found" => "WhatsApp no conoce al destinatario.",
        "rejected_new_chats_capped" => {
            "Por ahora WhatsApp no deja que este número empiece más chats. Espera un día y envíalo de nuevo."
        }
        "rejected_group_changed" => "El grupo cambió mientras tanto. Envíalo de nuevo.",
        "rejected_unavailable" | "rejected_internal" => {
            "WhatsApp tuvo un problema propio. Envíalo de nuevo."
        }
        "rejected_malformed"
        | "rejected_invalid_field"
        | "rejected_invalid_content"
        | "rejected_not_understood"
        | "rejected_missing_secret" => {
            "WhatsApp no aceptó el mensaje como está. Cámbialo y envíalo de nuevo."
        }
        "rejected_deleted" => "Se eliminó el mensaje al que pertenece.",
        "rejected_group_unsupported" => "WhatsApp no permite esto en grupos.",
        "rejected_delete_not_allowed" => "WhatsApp ya no deja eliminarlo.",
        "rejected_too_many" => "WhatsApp no aceptó más por un rato. Envíalo de nuevo más tarde.",
        _ if code.starts_with("upload_refused_") => {
            "Los servidores de WhatsApp no aceptan este archivo. Envía otro."
        }
        _ if code.starts_with("rejected_") => {
            "WhatsApp lo rechazó por una razón que aquí no se conoce."
        }
        _ => return None,
    })
}

pub fn refused(code: &str) -> Option<&'static str> {
    Some(match code {
        "message_not_found" => "Este mensaje ya no existe.",
        "not_queued" => "Ya está en camino.",
        "not_failed" => "No falló: no hay nada que enviar de nuevo.",
        "expired" => "Su tiempo terminó. Escríbelo de nuevo.",
        "duplicate_message" => {
            "Lo mismo salió hace poco a este chat, y esta conexión no lo repite."
        }
        "media_too_large" => "El archivo es demasiado grande para este servidor.",
        "media_quota_exceeded" => "Tus archivos ya no tienen espacio en este servidor.",
        "volume_full" => {
            "El servidor no tiene espacio para archivos. Pregunta a quien lo administra."
        }
        "bulk_over" => "Ya terminó.",
        _ => return None,
    })
}
