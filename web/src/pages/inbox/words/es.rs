use super::Texts;
use crate::{i18n, pages::messages::words::es as messages};
use whahook_contract::received::MediaReason;

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

    conversations: "Conversaciones",
    search: "Buscar",
    searches: "Buscar nombres y mensajes",
    which: "Qué conversaciones",
    all: "Todas",
    unread: "No leídas",
    archived: "Archivadas",
    account: "Conexión",
    all_accounts: "Conexión: todas",
    label: "Etiqueta",
    all_labels: "Etiqueta: todas",
    loading: "Cargando…",
    empty: "Todavía no hay conversaciones",
    empty_lead: "En cuanto alguien escriba a una de tus conexiones, aparecerá aquí.",
    none_found: "No se encontró nada",
    found_names: "Conversaciones",
    found_messages: "Mensajes",
    unread_count: |n| format!("{n} sin leer"),

    choose: "Elige una conversación",
    choose_lead: "O recórrelas con el teclado.",
    keys: &[
        ("j k", "bajar y subir por la lista"),
        ("Enter", "abrir"),
        ("/", "buscar"),
        ("Esc", "volver a la lista"),
    ],
    thread: |name| format!("Mensajes con {name}"),
    back: "Volver a las conversaciones",
    acts: "Más para esta conversación",
    group: "Grupo",
    about: "Etiquetas y nota…",
    mark_unread: "Marcar como no leída",
    archive: "Archivar",
    unarchive: "Sacar del archivo",
    export_text: "Exportar como texto",
    export_csv: "Exportar como CSV",
    export_json: "Exportar como JSON",
    labels: "Etiquetas",
    labels_hint: "Separadas por comas: vip, pedido 1042",
    note: "Nota",
    note_hint: "Solo la ven quienes usan esta página.",

    today: "Hoy",
    yesterday: "Ayer",
    edited: "editado",
    deleted: "Se eliminó este mensaje",
    waiting: "Esperando este mensaje. Puede tardar un poco.",
    unsupported: "Este mensaje solo se puede leer en el teléfono.",
    not_here: "no está en este servidor",
    fetching: "descargando…",
    fetch: "Descargar",
    not_fetched: |reason| match reason {
        MediaReason::Policy | MediaReason::Kind | MediaReason::Size => "aún sin descargar",
        MediaReason::Off => "esta conexión no descarga archivos",
        MediaReason::Gone => "WhatsApp ya no lo tiene",
        MediaReason::Damaged => "llegó dañado",
        MediaReason::Unreachable => "no se pudo descargar",
        MediaReason::QuotaExceeded => "no queda espacio para tus archivos",
        MediaReason::VolumeFull => "no queda espacio en el servidor",
        MediaReason::NotOffered => "el mensaje no dice dónde está",
    },
    only_once: "Para ver una sola vez: solo en el teléfono.",
    missed_call: |video| {
        if video {
            "Videollamada perdida"
        } else {
            "Llamada perdida"
        }
    },
    group_change: |what, who, value, members| match what {
        "subject" => format!("{who}: el grupo se llama «{value}»"),
        "description" => format!("{who}: nueva descripción del grupo"),
        "added" => format!("{who} añadió a {members}"),
        "joined" => format!("{members} se unió"),
        "removed" => format!("{who} eliminó a {members}"),
        "left" => format!("{members} salió"),
        "promoted" => format!("{who} nombró administrador a {members}"),
        "demoted" => format!("{who} quitó la administración a {members}"),
        _ => format!("{who} cambió el grupo"),
    },
    view_once: "para ver una sola vez",
    votes: |n| match n {
        1 => "1 voto".to_owned(),
        n => format!("{n} votos"),
    },
    map: "Ver en el mapa",
    reply: "Responder",
    reply_to: |name| format!("Responder a {name}"),
    original: "Ver el mensaje al que responde",
    cancel_message: "Cancelar",
    retry: "Enviar de nuevo",
    status: messages::status,
    kind: messages::kind,
    waits: messages::waits,
    detail: messages::detail,
    newest: "Al mensaje más reciente",
    beginning: "Aquí empieza la conversación.",

    write: "Mensaje",
    write_hint: "Escribe un mensaje",
    send: "Enviar",
    attach: "Adjuntar un archivo",
    remove_file: "Quitar el archivo",
    remove_quote: "No citar",
    offline: |label| {
        format!("{label} no está conectada: lo que escribas espera hasta que lo esté.")
    },
    uploaded: |percent| format!("{percent} % subido"),

    refused: messages::refused,
};
