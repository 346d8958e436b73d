//! The file of a message: picked, dropped or pasted; what it looks like, and how
//! much of it is on the server.

use super::words::texts;
use crate::{
    components::{
        form::{Entry, Line, Wrong},
        icon::Icon,
    },
    format,
    i18n::locale,
};
use leptos::{html, prelude::*};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, File, Url};
use whahook_contract::message::ContentType;

/// What the person chose. It outlives its field: a file that turns out to be a
/// document stays chosen.
pub type Picked = RwSignal<Option<File>, LocalStorage>;

const fn prefix(kind: ContentType) -> &'static str {
    match kind {
        ContentType::Image => "image/",
        ContentType::Video | ContentType::Gif => "video/",
        ContentType::Audio | ContentType::Voice => "audio/",
        ContentType::Sticker => "image/webp",
        _ => "",
    }
}

/// What a file is sent as: as what was chosen, if it can be that.
pub fn kind_for(file: &File, chosen: ContentType) -> ContentType {
    kind_of(&file.type_(), chosen)
}

fn kind_of(mime: &str, chosen: ContentType) -> ContentType {
    if chosen.has_file() && mime.starts_with(prefix(chosen)) {
        return chosen;
    }
    let kinds = [ContentType::Image, ContentType::Video, ContentType::Audio];
    let kind = kinds
        .into_iter()
        .find(|kind| mime.starts_with(prefix(*kind)));
    kind.unwrap_or(ContentType::Document)
}

/// Takes files that are dropped onto a form, or pasted into it.
#[derive(Clone, Copy)]
pub struct Dropping {
    over: RwSignal<bool>,
    take: Callback<File>,
}

impl Dropping {
    pub fn new(take: impl Fn(File) + Send + Sync + 'static) -> Self {
        Self {
            over: RwSignal::new(false),
            take: Callback::new(take),
        }
    }

    pub fn over(self, event: &DragEvent) {
        // What is not a file, a text for example, goes where it is dropped.
        if brings_file(event.data_transfer()) {
            event.prevent_default();
            self.over.set(true);
        }
    }

    pub fn leave(self) {
        self.over.set(false);
    }

    pub fn take(self, event: &DragEvent) {
        self.over.set(false);
        if let Some(file) = first(event.data_transfer()) {
            event.prevent_default();
            self.take.run(file);
        }
    }

    pub fn paste(self, event: &ClipboardEvent) {
        let brought = event.clipboard_data();
        // Office programs add a picture to every text.
        let is_text = |it: &DataTransfer| it.types().includes(&"text/plain".into(), 0);
        if let Some(file) = first(brought.filter(|it| !is_text(it))) {
            event.prevent_default();
            self.take.run(file);
        }
    }

    /// The form's class, which says that it takes what is held over it.
    pub fn class(self, own: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let over = if self.over.get() { " dropping" } else { "" };
            format!("{own}{over}")
        })
    }
}

fn brings_file(brought: Option<DataTransfer>) -> bool {
    brought.is_some_and(|it| it.types().includes(&"Files".into(), 0))
}

fn first(brought: Option<DataTransfer>) -> Option<File> {
    brought?.files()?.get(0)
}

#[component]
pub fn FileFields(
    kind: ContentType,
    picked: Picked,
    wrong: RwSignal<Option<Wrong>>,
) -> impl IntoView {
    let texts = texts();
    let input = NodeRef::<html::Input>::new();
    let accept = match kind {
        ContentType::Document => "",
        ContentType::Sticker => "image/webp",
        ContentType::Image => "image/*",
        ContentType::Video | ContentType::Gif => "video/*",
        _ => "audio/*",
    };
    let choose = move |_| {
        let files = input.get_untracked().and_then(|input| input.files());
        picked.set(files.and_then(|files| files.get(0)));
    };
    // The field has what was dropped as well: the form is sent as it stands.
    Effect::new(move |_| {
        let (Some(input), Some(file)) = (input.get(), picked.get()) else {
            return;
        };
        let has = input.files().and_then(|files| files.get(0));
        if has.as_ref() != Some(&file)
            && let Ok(brought) = DataTransfer::new()
            && brought.items().add_with_file(&file).is_ok()
        {
            input.set_files(brought.files().as_ref());
        }
    });
    let drop_it = move |_| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
        picked.set(None);
    };
    let look = looks(picked);
    let any = Memo::new(move |_| !look.with(String::is_empty));
    view! {
        <Entry
            name="file"
            label=texts.file
            hint=Some(texts.file_hint)
            error=Wrong::of_field(wrong, "file")
        >
            <input
                id="file"
                name="file"
                type="file"
                accept=accept
                node_ref=input
                on:change=choose
            />
        </Entry>
        {move || {
            any.get()
                .then(|| {
                    view! {
                        <div class="picked">
                            <div class="picked-look" inner_html=look></div>
                            <button type="button" class="button small ghost" on:click=drop_it>
                                {texts.remove_file}
                            </button>
                        </div>
                    }
                })
        }}
        {move || {
            (!any.get())
                .then(|| {
                    view! {
                        <Line
                            name="url"
                            label=texts.url
                            kind="url"
                            error=Wrong::of_field(wrong, "media")
                        />
                    }
                })
        }}
    }
}

/// What a person sees of the file before it goes, as markup.
fn looks(picked: Picked) -> RwSignal<String> {
    let look = RwSignal::new(String::new());
    let address = StoredValue::new(None::<String>);
    let release = move || {
        if let Some(old) = address.try_update_value(Option::take).flatten() {
            // Fails only for what is no address.
            let _ = Url::revoke_object_url(&old);
        }
    };
    Effect::new(move |_| {
        release();
        let Some(file) = picked.get() else {
            return look.set(String::new());
        };
        let is_picture = file.type_().starts_with("image/");
        let seen = is_picture.then(|| Url::create_object_url_with_blob(&file).ok());
        let seen = seen.flatten();
        let face = match &seen {
            Some(address) => format!(r#"<img src="{}" alt="">"#, format::escaped(address)),
            None => Icon::File.markup(),
        };
        look.set(format!(
            r#"{face}<span><b>{}</b><span class="hint">{}</span></span>"#,
            format::escaped(&file.name()),
            format::bytes(file.size(), locale()),
        ));
        address.set_value(seen);
    });
    on_cleanup(release);
    look
}

/// How much of a file is on the server, while it goes there.
#[component]
pub fn Uploading(sent: RwSignal<Option<u32>>) -> impl IntoView {
    let texts = texts();
    view! {
        {move || {
            sent.get()
                .map(|percent| {
                    view! {
                        <div class="uploading">
                            <progress
                                max="100"
                                prop:value=percent
                                aria-label=texts.uploading
                            ></progress>
                            <p class="hint">{(texts.uploaded)(percent)}</p>
                        </div>
                    }
                })
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sent_as_chosen_if_it_can_be_and_else_as_what_it_is() {
        use ContentType::{Audio, Document, Image, Sticker, Text, Video, Voice};
        for (mime, chosen, kind) in [
            ("image/png", Text, Image),
            ("image/png", Document, Document),
            ("image/png", Sticker, Image),
            ("image/webp", Sticker, Sticker),
            ("video/mp4", Image, Video),
            ("audio/ogg", Voice, Voice),
            ("audio/ogg", Text, Audio),
            ("application/pdf", Image, Document),
            ("", Text, Document),
        ] {
            assert_eq!(kind_of(mime, chosen), kind, "{mime} {chosen:?}");
        }
    }
}
