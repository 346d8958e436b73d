use leptos::{either::Either, html, prelude::*};

/// A labelled input with a hint and an error of its own.
#[component]
pub fn Field(
    /// Its id, and its name in the API's errors.
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    node: NodeRef<html::Input>,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] min_length: Option<u32>,
    #[prop(optional)] max_length: Option<u32>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let described = Signal::derive(move || match (error.with(Option::is_some), hint) {
        (true, _) => Some(format!("{name}-error")),
        (false, Some(_)) => Some(format!("{name}-hint")),
        (false, None) => None,
    });
    let invalid = Signal::derive(move || error.with(Option::is_some).then_some("true"));
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                minlength=min_length
                maxlength=max_length
                required
                node_ref=node
                aria-invalid=invalid
                aria-describedby=described
            />
            {move || match error.get() {
                Some(error) => {
                    Either::Left(
                        view! {
                            <p class="field-error" id=format!("{name}-error") role="alert">
                                {error}
                            </p>
                        },
                    )
                }
                None => {
                    Either::Right(
                        hint
                            .map(|hint| {
                                view! {
                                    <p class="hint" id=format!("{name}-hint")>
                                        {hint}
                                    </p>
                                }
                            }),
                    )
                }
            }}
        </div>
    }
}

/// What the person typed.
pub fn typed(node: NodeRef<html::Input>) -> String {
    node.get_untracked()
        .map(|input| input.value())
        .unwrap_or_default()
}
