use super::{CREATE_BUTTON, Keys, calls, words::texts};
use crate::components::{
    callout::Alert,
    dialog::{self, Closer, Dialog},
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::key::KeyView;

#[component]
pub fn Revoke(key: KeyView, on_close: Callback<()>) -> impl IntoView {
    let revoked = RwSignal::new(false);
    let on_close = Callback::new(move |()| {
        on_close.run(());
        if revoked.get_untracked() {
            // The button that opened the dialog is gone with its card.
            dialog::focus(CREATE_BUTTON);
        }
    });
    view! {
        <Dialog class="narrow" labelled_by="revoke-title" on_close=on_close>
            <Question key=key revoked=revoked />
        </Dialog>
    }
}

#[component]
fn Question(key: KeyView, revoked: RwSignal<bool>) -> impl IntoView {
    let texts = texts();
    let keys = expect_context::<Keys>();
    let dialog = expect_context::<Closer>();
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let id = key.id;
    let run = move |_| {
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            let done = calls::revoke(id).await;
            pending.set(false);
            match done {
                Ok(()) => {
                    revoked.set(true);
                    keys.forget(id);
                    dialog.close();
                }
                Err(trouble) => problem.set(Some(trouble.words(texts))),
            }
        });
    };
    let disabled = Signal::derive(move || pending.get());
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <div class="dialog-body">
            <h2 id="revoke-title">{(texts.revoke_title)(&key.name)}</h2>
            <p class="lead">{texts.revoke_lead}</p>
            <Alert words=problem.into() />
            <div class="dialog-acts">
                <button type="button" class="button" autofocus on:click=move |_| dialog.close()>
                    {texts.keep}
                </button>
                <button
                    type="button"
                    class="button danger"
                    disabled=disabled
                    aria-busy=busy
                    on:click=run
                >
                    {texts.revoke}
                </button>
            </div>
        </div>
    }
}
