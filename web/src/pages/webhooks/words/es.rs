use super::{Texts, en::took};
use crate::i18n;
use whahook_contract::webhook::{DeliveryStatus, WebhookState};

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

    lead: "Cuando algo pasa se llama a tus programas, en orden y hasta que lo tengan.",
    add: "Agregar un webhook",
    empty: "Tu primer webhook",
    empty_lead: "Da una dirección y cada mensaje, estado y cambio se envía ahí, firmado. Lo que no llega se intenta durante un día.",

    state,
    failing: "Ahí no ha llegado nada",
    dead: "Se apagó porque ahí no ha llegado nada",
    since: "desde",
    events: "Eventos",
    everything: "Todos",
    connections: "Conexiones",
    all_connections: "Todas las tuyas",
    removed_connection: "una que ya no existe",
    waiting: "En espera",
    nothing: "nada",
    many: "1000 o más",
    last_arrived: "Última llegada",
    never_arrived: "todavía no",
    besides: "Además",
    answers_sent: "se envían sus respuestas",
    two_secrets: "firmado con dos secretos",

    more_of: |name| format!("Más de {name}"),
    edit: "Editar",
    send_again: "Enviar de nuevo…",
    new_secret: "Secreto nuevo…",
    turn_on: "Encender",
    turn_off: "Apagar",
    remove: "Quitar",
    remove_title: |name| format!("¿Quitar {name}?"),
    remove_lead: "Ahí ya no se envía nada. Con él se olvida lo que espera y lo que se dio por perdido.",
    keep: "Conservarlo",
    done: "Listo",

    edit_title: "Editar el webhook",
    url: "Dirección",
    url_hint: "Los eventos se envían ahí por POST. Con http:// o https://.",
    url_needed: "Di adónde se envían los eventos.",
    label: "Nombre",
    label_hint: "Cómo lo llamas, si quieres.",
    which_events: "Qué se envía",
    everything_hint: "También lo que cuenten versiones futuras.",
    chosen_events: "Los elegidos",
    event_needed: "Elige al menos uno.",
    event,
    which_connections: "De qué conexiones",
    all_connections_hint: "También las que agregues después.",
    chosen_connections: "Las elegidas",
    connection_needed: "Elige al menos una conexión.",
    replies: "Enviar sus respuestas al chat",
    replies_hint: "Para bots: lo que responde a un mensaje, como {\"reply\": {\"text\": \"…\"}}, vuelve a quien escribió.",
    headers_more: "Cabeceras propias",
    headers: "Cabeceras",
    headers_hint: "Una por línea, por ejemplo: Authorization: Bearer …. Sus valores no se vuelven a mostrar.",
    headers_kept: |names| format!("Ahora se envían: {names}. Se quedan, salvo que escribas otras."),
    no_headers: "No enviar ninguna",
    header_wrong: |line| format!("Una cabecera tiene nombre, dos puntos y valor; esta no: {line}"),

    made_title: "El webhook está listo",
    made_warning: "Copia su secreto ahora: solo se muestra esta vez. Con él tu programa sabe que lo que llega viene de aquí.",
    the_secret: "El secreto",
    copy_secret: "Copiar el secreto",
    made_next: "Al final de la página está cómo verificar con él, listo para copiar. Después envía una prueba: Envíos, Enviar una prueba.",
    replace_title: |name| format!("Un secreto nuevo para {name}"),
    replace_lead: "Recibes otro secreto. Por un tiempo el anterior también firma, para que tu programa cambie sin perderse nada.",
    overlap: "El anterior sigue firmando por",
    overlaps: [
        "un día",
        "una hora",
        "una semana",
        "nada de tiempo: otros lo conocen",
    ],
    replace: "Crear un secreto nuevo",
    replaced_title: "El secreto nuevo",
    old_until: "El anterior sigue firmando hasta",

    deliveries: "Envíos",
    status_label: "Cuáles",
    any_status: "Todos",
    status,
    test: "Enviar una prueba",
    loading: "Cargando…",
    none_yet: "No hay ninguno.",
    older: "Mostrar anteriores",
    answered: |status| format!("Respondió con {status}"),
    no_answer: "Sin respuesta",
    took: |ms| took(ms, ","),
    attempts: "Intentos",
    last_attempt: "Último intento",
    next_attempt: "Próximo intento",
    waits_its_turn: "después del anterior en su chat",
    reply: "Respuesta al chat",
    reply_accepted: "aceptada para enviar, como mensaje",
    reply_refused: "no se envía:",
    problem_title: "Problema",
    answer: "Respuesta",
    request: "Petición",
    event_gone: "Lo que se envió ya no se conserva.",

    again_title: |name| format!("Enviar de nuevo a {name}"),
    what_again: "Qué",
    given_up: "Lo que se dio por perdido",
    given_up_hint: "Se intentó durante un día y no llegó.",
    since_time: "Todo desde un momento",
    since_time_hint: "También lo que llegó.",
    time: "Desde",
    time_needed: "Elige un día y una hora.",
    connection: "De la conexión",
    all_it_has: "Todas las suyas",
    same_ids: "Cada evento conserva su webhook-id: tu programa sabe cuál ya tiene.",
    send_again_act: "Enviar de nuevo",
    replayed: |events| match events {
        0 => "No hay nada que enviar de nuevo".to_owned(),
        1 => "1 evento se envía de nuevo".to_owned(),
        _ => format!("{events} eventos se envían de nuevo"),
    },
    replayed_lead: "Lo que pase mientras tanto va después, en orden.",

    verify_title: "Verifica lo que llega",
    verify_lead: "Un receptor completo para empezar: solo acepta lo que está firmado con tu secreto. Como lo prescribe",
    language_of: "Lenguaje",
    copy_snippet: "Copiar",

    refused: |code| match code {
        "webhook_limit_reached" => {
            Some("Tienes tantos webhooks como se permiten. Quita uno primero.")
        }
        "webhook_not_found" => Some("Este webhook ya no existe."),
        _ => None,
    },
};

const fn state(state: WebhookState) -> &'static str {
    match state {
        WebhookState::Active => "Activo",
        WebhookState::Failing => "Fallando",
        WebhookState::Off => "En pausa",
        WebhookState::Dead => "Apagado",
    }
}

const fn status(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Waiting => "En espera",
        DeliveryStatus::Delivered => "Entregado",
        DeliveryStatus::Failed => "Perdido",
    }
}

fn event(name: &str) -> &'static str {
    match name {
        "whatsapp:qr" => "Hay un QR para escanear.",
        "whatsapp:pair_code" => "Hay un código para escribir en el teléfono.",
        "whatsapp:passkey" => "WhatsApp pide una llave de acceso.",
        "whatsapp:warning" => "Algo saldrá mal si nadie actúa.",
        "whatsapp:status" => "Una conexión está en otro estado.",
        "whatsapp:ready" => "Una conexión está lista.",
        "whatsapp:disconnected" => "Se perdió una conexión.",
        "whatsapp:error" => "Algo salió mal con una conexión.",
        "message:status" => "Un mensaje tuyo se envió, llegó, se leyó o falló.",
        "message:received" => "Alguien escribió.",
        "message:reaction" => "Alguien reaccionó a un mensaje.",
        "message:edited" => "Alguien cambió un mensaje.",
        "message:deleted" => "Alguien retiró un mensaje.",
        "message:vote" => "Alguien eligió en una encuesta.",
        "message:media" => "El archivo de un mensaje está aquí, o no vendrá.",
        "conversation:changed" => "Se leyó, archivó o etiquetó una conversación.",
        "bulk:status" => "Un envío masivo empezó, se pausó o terminó.",
        "account:created" => "Se agregó una conexión.",
        "account:renamed" => "Se cambió el nombre de una conexión.",
        "account:queue_paused" => "Una cola está en pausa.",
        "account:queue_resumed" => "Una cola continúa.",
        "account:reach_out_timelock" => "WhatsApp no deja que una conexión escriba a desconocidos.",
        _ => "",
    }
}
