//! What a message says, by its kind: the fields are the API's.

use crate::{
    components::form::{Area, Line, Wrong, options},
    live::Live,
    pages::messages::{
        files::{FileFields, Picked},
        words::texts,
    },
};
use leptos::{either::EitherOf5, prelude::*};
use whahook_contract::{ids::AccountId, message::ContentType};

/// Those that are connected first; the others say that it will wait.
#[component]
pub fn Accounts(#[prop(optional_no_strip)] chosen: Option<AccountId>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let mut ids = live.ids().get_untracked();
    ids.sort_by_key(|id| !live.is_ready(*id));
    let words = |id: &AccountId| {
        let label = live.label(*id).unwrap_or_default();
        if live.is_ready(*id) {
            label
        } else {
            (texts.offline)(&label)
        }
    };
    let words: Vec<_> = ids.iter().map(words).collect();
    let all = ids.iter().map(ToString::to_string);
    let chosen = chosen.map(|id| id.to_string()).unwrap_or_default();
    let all = options(all.zip(words.iter().map(String::as_str)), &chosen);
    view! { <select id="account_id" name="account_id" inner_html=all></select> }
}

/// What kind of message it is, of these.
#[component]
pub fn Kinds(
    kinds: &'static [ContentType],
    kind: Memo<ContentType>,
    on_choose: Callback<ContentType>,
) -> impl IntoView {
    let texts = texts();
    let all = kinds
        .iter()
        .map(|kind| (kind.code().to_owned(), (texts.kind)(*kind)));
    let choose = move |event| {
        let code = ContentType::from_code(&event_target_value(&event));
        on_choose.run(code.unwrap_or(ContentType::Text));
    };
    view! {
        <select
            id="type"
            name="type"
            inner_html=options(all, "")
            prop:value=move || kind.get().code()
            on:change=choose
        ></select>
    }
}

#[component]
pub fn Says(
    kind: Memo<ContentType>,
    picked: Picked,
    wrong: RwSignal<Option<Wrong>>,
) -> impl IntoView {
    move || match kind.get() {
        ContentType::Text => EitherOf5::A(view! { <Text wrong=wrong /> }),
        ContentType::Location => EitherOf5::B(view! { <Location wrong=wrong /> }),
        ContentType::Contact => EitherOf5::C(view! { <Contact wrong=wrong /> }),
        ContentType::Poll => EitherOf5::D(view! { <Poll wrong=wrong /> }),
        kind => EitherOf5::E(view! {
            <FileFields kind=kind picked=picked wrong=wrong />
            {can_have_caption(kind).then(|| view! { <Caption wrong=wrong /> })}
        }),
    }
}

pub const fn can_have_caption(kind: ContentType) -> bool {
    matches!(
        kind,
        ContentType::Image | ContentType::Video | ContentType::Gif | ContentType::Document
    )
}

#[component]
fn Text(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let error = Wrong::of_field(wrong, "text");
    view! { <Area name="text" label=texts.text rows="4" hint=texts.text_hint error=error /> }
}

#[component]
fn Caption(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let error = Wrong::of_field(wrong, "caption");
    view! { <Area name="caption" label=texts().caption rows="2" error=error /> }
}

#[component]
fn Location(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let line = move |name: &'static str, label: &'static str, mode: &'static str| {
        let error = Wrong::of_field(wrong, name);
        view! { <Line name=name label=label mode=mode error=error /> }
    };
    view! {
        <div class="field-pair">
            {line("latitude", texts.latitude, "decimal")}
            {line("longitude", texts.longitude, "decimal")}
        </div>
        {line("name", texts.place, "text")}
    }
}

#[component]
fn Contact(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let error = Wrong::of_field(wrong, "contacts");
    view! {
        <Line name="contact_name" label=texts.contact_name error=error />
        <Line
            name="contact_number"
            label=texts.contact_number
            kind="tel"
            error=Signal::stored(None)
        />
    }
}

#[component]
fn Poll(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    view! {
        <Line
            name="question"
            label=texts.question
            error=Wrong::of_field(wrong, "question")
        />
        <Area
            name="options"
            label=texts.options
            rows="4"
            hint=texts.options_hint
            error=Wrong::of_field(wrong, "options")
        />
        <label class="option">
            <input type="checkbox" name="multiple" />
            <span>{texts.multiple}</span>
        </label>
    }
}
