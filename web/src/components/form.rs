//! What a form's fields have in common: a label, a hint, and what is wrong.

use super::dialog::{self, Closer};
use crate::{api::Problem, format, i18n::texts};
use leptos::prelude::*;

/// What is wrong with a field, or with none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrong {
    field: String,
    words: String,
}

impl Wrong {
    pub fn of(field: &str, words: &str) -> Self {
        Self {
            field: field.to_owned(),
            words: words.to_owned(),
        }
    }

    /// Parts of a field (`options[0]`, `media.url`) belong to it.
    pub fn read(problem: &Problem, words: &str) -> Self {
        let field = problem.field().unwrap_or_default();
        let field = field.split(['[', '.']).next().unwrap_or_default();
        Self::of(field, words)
    }

    /// The words for this field.
    pub fn of_field(wrong: RwSignal<Option<Self>>, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let wrong = wrong.get()?;
            (wrong.field == field).then_some(wrong.words)
        })
    }

    /// The words for what is none of these fields.
    pub fn of_none(
        wrong: RwSignal<Option<Self>>,
        fields: &'static [&'static str],
    ) -> Signal<Option<String>> {
        Signal::derive(move || {
            let wrong = wrong.get()?;
            (!fields.contains(&wrong.field.as_str())).then_some(wrong.words)
        })
    }
}

/// A label, the control, a hint, and what is wrong: the control refers to both.
#[component]
pub fn Entry<C>(
    /// The control's id.
    name: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(optional_no_strip)] hint: Option<&'static str>,
    error: Signal<Option<String>>,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let hint_id = hint.map(|_| format!("{name}-hint"));
    describe(name, hint_id.clone(), error);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {children.into_inner()()}
            {hint
                .map(|hint| {
                    view! {
                        <p class="hint" id=hint_id>
                            {hint}
                        </p>
                    }
                })}
            <Complaint name=name words=error />
        </div>
    }
}

/// Has the control refer to its hint and to what is wrong with it, and leads there
/// who gave it: it may be out of sight. The control is the caller's own, so it is
/// found by its id.
fn describe(name: &'static str, hint: Option<String>, error: Signal<Option<String>>) {
    Effect::new(move |_| {
        let wrong = error.with(Option::is_some);
        let Some(control) = document().get_element_by_id(name) else {
            return;
        };
        let words = wrong.then(|| complaint_id(name));
        let described: Vec<_> = words.into_iter().chain(hint.clone()).collect();
        let described = described.join(" ");
        let set = |attribute: &str, value: Option<&str>| {
            // Fails only for names that no attribute may have.
            let _ = match value {
                Some(value) => control.set_attribute(attribute, value),
                None => control.remove_attribute(attribute),
            };
        };
        set("aria-invalid", wrong.then_some("true"));
        set(
            "aria-describedby",
            (!described.is_empty()).then_some(&described),
        );
        if wrong {
            dialog::focus(name);
        }
    });
}

/// An entry of one line.
#[component]
pub fn Line(
    /// Its id, and its name in the API.
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    mode: Option<&'static str>,
    #[prop(optional_no_strip)] value: Option<String>,
    /// What holds where nothing is typed.
    #[prop(optional)]
    usual: Option<String>,
    #[prop(optional)] hint: Option<&'static str>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <Entry name=name label=label hint=hint error=error>
            <input
                id=name
                name=name
                type=kind
                inputmode=mode
                value=value
                placeholder=usual
                autocomplete="off"
            />
        </Entry>
    }
}

/// An entry of several lines.
#[component]
pub fn Area(
    name: &'static str,
    label: &'static str,
    rows: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <Entry name=name label=label hint=hint error=error>
            <textarea id=name name=name rows=rows></textarea>
        </Entry>
    }
}

/// What one can choose, as markup.
pub fn options<'a>(all: impl IntoIterator<Item = (String, &'a str)>, chosen: &str) -> String {
    let all = all.into_iter().map(|(value, label)| {
        let selected = if value == chosen { " selected" } else { "" };
        format!(
            r#"<option value="{value}"{selected}>{}</option>"#,
            format::escaped(label)
        )
    });
    all.collect()
}

/// What is wrong with a field, or with a group of them.
#[component]
pub fn Complaint(name: &'static str, words: Signal<Option<String>>) -> impl IntoView {
    let words = Signal::derive(move || words.get().unwrap_or_default());
    view! {
        <p class="field-error" id=complaint_id(name) role="alert">
            {words}
        </p>
    }
}

/// For what the words belong to: its `aria-describedby`.
pub fn complaint_id(name: &str) -> String {
    format!("{name}-error")
}

/// Out of a dialog's form, or on with it.
#[component]
pub fn Acts(act: &'static str, pending: RwSignal<bool>) -> impl IntoView {
    let dialog = expect_context::<Closer>();
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <div class="dialog-acts">
            <button type="button" class="button" on:click=move |_| dialog.close()>
                {texts().cancel}
            </button>
            <button class="button primary" aria-busy=busy>
                {act}
            </button>
        </div>
    }
}
