//! What a message says, by its kind: the fields are the API's.

use crate::{
    components::form::{Entry, Wrong},
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
    let option = |id: AccountId| {
        let label = live.label(id).unwrap_or_default();
        let words = if live.is_ready(id) {
            label
        } else {
            (texts.offline)(&label)
        };
        view! {
            <option value=id.to_string() selected=chosen == Some(id)>
                {words}
            </option>
        }
    };
    let options = ids.into_iter().map(option).collect_view();
    view! {
        <select id="account_id" name="account_id">
            {options}
        </select>
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
    view! {
        <Entry
            name="text"
            label=texts.text
            hint=texts.text_hint
            error=Wrong::of_field(wrong, "text")
        >
            <textarea id="text" name="text" rows="4" required></textarea>
        </Entry>
    }
}

#[component]
fn Caption(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    view! {
        <Entry name="caption" label=texts().caption error=Wrong::of_field(wrong, "caption")>
            <textarea id="caption" name="caption" rows="2"></textarea>
        </Entry>
    }
}

#[component]
fn Location(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    view! {
        <div class="field-pair">
            <Entry name="latitude" label=texts.latitude error=of("latitude")>
                <input id="latitude" name="latitude" inputmode="decimal" />
            </Entry>
            <Entry name="longitude" label=texts.longitude error=of("longitude")>
                <input id="longitude" name="longitude" inputmode="decimal" />
            </Entry>
        </div>
        <Entry name="name" label=texts.place error=of("name")>
            <input id="name" name="name" />
        </Entry>
    }
}

#[component]
fn Contact(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    view! {
        <Entry
            name="contact_name"
            label=texts.contact_name
            error=Wrong::of_field(wrong, "contacts")
        >
            <input id="contact_name" name="contact_name" />
        </Entry>
        <Entry name="contact_number" label=texts.contact_number error=Signal::stored(None)>
            <input id="contact_number" name="contact_number" type="tel" />
        </Entry>
    }
}

#[component]
fn Poll(wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    view! {
        <Entry name="question" label=texts.question error=of("question")>
            <input id="question" name="question" />
        </Entry>
        <Entry name="options" label=texts.options hint=texts.options_hint error=of("options")>
            <textarea id="options" name="options" rows="4"></textarea>
        </Entry>
        <label class="option">
            <input type="checkbox" name="multiple" />
            <span>{texts.multiple}</span>
        </label>
    }
}
