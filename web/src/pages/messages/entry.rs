//! A field of a form, and what is wrong with it.

use super::words::Texts;
use crate::api::Problem;
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
    pub fn read(problem: &Problem, texts: &Texts) -> Self {
        let field = problem.field().unwrap_or_default();
        let field = field.split(['[', '.']).next().unwrap_or_default();
        Self::of(field, &problem.words(texts))
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

/// A label, the control, a hint, and what is wrong.
#[component]
pub fn Entry<C>(
    /// The control's id.
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    error: Signal<Option<String>>,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let words = Signal::derive(move || error.get().unwrap_or_default());
    let invalid = Signal::derive(move || error.with(Option::is_some).then_some("field wrong"));
    let class = Signal::derive(move || invalid.get().unwrap_or("field").to_owned());
    view! {
        <div class=class>
            <label for=name>{label}</label>
            {children.into_inner()()}
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            <p class="field-error" role="alert">
                {words}
            </p>
        </div>
    }
}
