use super::icon::Icon;
use crate::i18n::texts;
use leptos::{ev, html, mount::mount_to, prelude::*};
use std::any::Any;
use wasm_bindgen::JsCast;

/// A modal dialog that is open as long as it is mounted. The browser's own
/// `<dialog>` traps the focus, closes on Escape and gives the focus back.
#[component]
pub fn Dialog<C>(
    /// The id of the heading inside.
    labelled_by: &'static str,
    class: &'static str,
    /// After it has closed: unmount it here.
    on_close: Callback<()>,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            // Refused only for a dialog that is not in the document.
            let _ = dialog.show_modal();
        }
    });
    provide_context(Closer(node));
    let close_on_backdrop = move |event: ev::MouseEvent| {
        let target = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        if let (Some(dialog), Some(target)) = (node.get_untracked(), target)
            && dialog.is_same_node(Some(&target))
        {
            dialog.close();
        }
    };
    view! {
        <dialog
            node_ref=node
            class=class
            aria-labelledby=labelled_by
            on:close=move |_| on_close.run(())
            on:mousedown=close_on_backdrop
        >
            // All that is visible lies in here: a click on the dialog itself
            // is one on the backdrop.
            <div class="dialog-content">
                {children.into_inner()()}
                <button
                    type="button"
                    class="button ghost square close"
                    aria-label=texts().close
                    on:click=move |_| Closer(node).close()
                >
                    <Icon icon=Icon::Close />
                </button>
            </div>
        </dialog>
    }
}

/// Closes the dialog around: the browser gives the focus back before
/// `on_close` unmounts it.
#[derive(Clone, Copy)]
pub struct Closer(NodeRef<html::Dialog>);

impl Closer {
    pub fn close(self) {
        // An answer may come after the person has closed it.
        if let Some(dialog) = self.0.try_get_untracked().flatten() {
            dialog.close();
        }
    }
}

/// A dialog in the document; dropped, it leaves it.
pub type Mounted = Box<dyn Any>;

/// Keeps the dialog that is open in the document. Each is mounted by itself and
/// not part of the page's own view: what no server renders needs no code that
/// hydrates it, and that is a quarter of the code of a view.
pub fn keep_mounted<T>(open: RwSignal<Option<T>>, show: impl Fn(T) -> Option<Mounted> + 'static)
where
    T: Clone + Send + Sync + 'static,
{
    // The server has no document. What belongs to one thread must not even be
    // made there: a page is rendered on several, and dropped on another.
    if cfg!(feature = "ssr") {
        return;
    }
    let Some(owner) = Owner::current() else {
        return;
    };
    let mounted = StoredValue::new_local(None::<Mounted>);
    Effect::new(move |_| {
        let open = open.get();
        // Leaves the document before what it refers to is disposed of.
        mounted.set_value(None);
        if let Some(open) = open {
            mounted.set_value(owner.with(|| untrack(|| show(open))));
        }
    });
}

pub fn mounted<V: IntoView>(view: impl FnOnce() -> V + 'static) -> Mounted
where
    V::State: 'static,
{
    Box::new(mount_to(
        document().body().expect("a page has a body"),
        view,
    ))
}

/// For when the button that opened a dialog is gone.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
    {
        // Fails only for elements that cannot have the focus.
        let _ = element.focus();
    }
}
