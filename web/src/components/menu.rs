use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A button that discloses a few actions. `<details>` keeps it working while
/// the page is still loading; Escape and looking elsewhere close it.
#[component]
pub fn Menu<F, C>(
    /// What the button is for, where it shows no words.
    name: Signal<Option<String>>,
    class: &'static str,
    /// What the button shows.
    face: F,
    children: TypedChildren<C>,
) -> impl IntoView
where
    F: IntoView + 'static,
    C: IntoView + 'static,
{
    let node = NodeRef::<html::Details>::new();
    provide_context(MenuHandle(node));
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && node.get_untracked().is_some_and(|menu| menu.open()) {
            event.stop_propagation();
            MenuHandle(node).close();
        }
    };
    let on_focus_out = move |event: ev::FocusEvent| {
        // The focus also leaves when the menu itself is being removed.
        let Some(menu) = node.try_get_untracked().flatten() else {
            return;
        };
        let next = event
            .related_target()
            .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !menu.contains(next.as_ref()) {
            menu.set_open(false);
        }
    };
    view! {
        <details class=class node_ref=node on:keydown=on_key on:focusout=on_focus_out>
            <summary class="button ghost square" aria-label=name>
                {face}
            </summary>
            <div class="menu-panel">{children.into_inner()()}</div>
        </details>
    }
}

#[derive(Clone, Copy)]
pub struct MenuHandle(NodeRef<html::Details>);

impl MenuHandle {
    /// Closes it and puts the focus on its button, from where a dialog that
    /// opens next takes it and gives it back.
    pub fn close(self) {
        let Some(menu) = self.0.try_get_untracked().flatten() else {
            return;
        };
        menu.set_open(false);
        if let Ok(Some(button)) = menu.query_selector("summary")
            && let Ok(button) = button.dyn_into::<web_sys::HtmlElement>()
        {
            // Fails only for elements that cannot have the focus.
            let _ = button.focus();
        }
    }
}

#[component]
pub fn MenuItem(label: &'static str, class: &'static str, on_pick: Callback<()>) -> impl IntoView {
    let menu = expect_context::<MenuHandle>();
    let pick = move |_| {
        menu.close();
        on_pick.run(());
    };
    view! {
        <button type="button" class=class on:click=pick>
            {label}
        </button>
    }
}
