use super::Texts;
use crate::i18n;

pub static TEXTS: Texts = Texts {
    shared: i18n::Locale::Es.texts(),

    title_of: |label| format!("Qué recibe {label}"),
    history: "Mensajes anteriores",
    history_lead: "Un teléfono que se vincula puede enviar lo que había antes en sus chats. Elige antes de escanear su código: después hay que desconectar y vincular de nuevo.",
    days: "De los últimos … días",
    days_hint: "0 no toma nada.",
    per_chat: "Mensajes de un chat, como máximo",
    progress: |percent, messages| match percent {
        Some(percent) => {
            format!("El teléfono los está enviando: {percent} %, {messages} hasta ahora.")
        }
        None => format!("Tomados al vincular el teléfono: {messages}."),
    },
    none_yet: "Todavía no se tomó ninguno.",
    files: "Archivos y estados",
    which_files: "Archivos que se traen de WhatsApp",
    files_all: "Todos",
    files_on_demand: "Cuando alguien los pide",
    files_none: "Ninguno",
    largest: "Archivo más grande que se trae por sí solo, en MB",
    statuses: "Estados",
    statuses_hint: "Lo que otros muestran por un día, en una conversación propia.",
    unless_set: "Un campo vacío sigue lo que dice el servidor.",
    number_from_to: |least, most| format!("Escribe un número entero de {least} a {most}."),
    saved: "Guardado.",
};
