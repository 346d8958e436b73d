//! What signing in and signing up share.

use super::words::texts;
use crate::{
    api::Problem,
    components::{
        icon::{Icon, LOGO},
        preferences::Preferences,
    },
};
use leptos::prelude::*;

/// The frame around the form: what this is, and the form.
#[component]
pub fn Frame<C>(
    title: &'static str,
    lead: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let texts = texts();
    // As text: nothing in here ever changes, and code for each node of it would
    // be downloaded by everybody.
    let points = texts
        .pitch_points
        .into_iter()
        .fold(String::new(), |all, point| {
            format!("{all}<li>{}{point}</li>", Icon::Check.markup())
        });
    let pitch = format!(
        r#"<p class="brand">{LOGO}WhaHook</p><p class="pitch-line">{}</p><ul>{points}</ul>"#,
        texts.pitch
    );
    view! {
        <div class="sign-in">
            <aside class="pitch" inner_html=pitch></aside>
            <main id="content" class="sign-in-main">
                <div class="sign-in-form">
                    <h1>{title}</h1>
                    <p class="lead">{lead}</p>
                    {children.into_inner()()}
                </div>
                <div class="sign-in-choices">
                    <Preferences />
                </div>
            </main>
        </div>
    }
}

/// A form on its way to the server.
#[derive(Clone, Copy)]
pub struct Submission {
    /// The page runs: before that, a form would be sent the old way.
    running: RwSignal<bool>,
    pending: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

impl Submission {
    pub fn new() -> Self {
        let running = RwSignal::new(false);
        Effect::new(move |_| running.set(true));
        Self {
            running,
            pending: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    pub fn begin(self) {
        self.problem.set(None);
        self.pending.set(true);
    }

    pub fn failed(self, problem: Problem) {
        self.pending.set(false);
        self.problem.set(Some(problem));
    }

    pub fn blocked(self) -> bool {
        !self.running.get() || self.pending.get()
    }

    pub fn pending(self) -> bool {
        self.pending.get()
    }

    /// The problem of one field, in words.
    pub fn of_field(self, name: &'static str) -> Signal<Option<String>> {
        let texts = texts();
        Signal::derive(move || {
            let problem = self.problem.get()?;
            (problem.field() == Some(name)).then(|| problem.words(texts))
        })
    }

    /// A problem of no field that the form shows.
    pub fn elsewhere(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        let texts = texts();
        Signal::derive(move || {
            let problem = self.problem.get()?;
            let shown = problem.field().is_some_and(|field| fields.contains(&field));
            (!shown).then(|| problem.words(texts))
        })
    }
}

#[component]
pub fn Submit(form: Submission, label: &'static str) -> impl IntoView {
    let blocked = Signal::derive(move || form.blocked());
    let busy = Signal::derive(move || form.pending().then_some("true"));
    view! {
        <button class="button primary wide" disabled=blocked aria-busy=busy>
            {label}
        </button>
    }
}

/// Loads a page of this site with everything it needs.
pub fn go(path: &str) {
    // Navigation only fails for addresses that do not parse.
    let _ = window().location().assign(path);
}
