use super::{CONNECT_BUTTON, words::texts};
use crate::{
    api,
    components::{
        callout::Alert,
        dialog::{self, Closer, Dialog},
    },
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::account::AccountView;

/// What cannot simply be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    Unlink,
    Remove,
}

#[component]
pub fn Confirm(account: AccountView, danger: Danger, on_close: Callback<()>) -> impl IntoView {
    let removed = RwSignal::new(false);
    let on_close = Callback::new(move |()| {
        on_close.run(());
        if removed.get_untracked() {
            // The button that opened the dialog is gone with its card.
            dialog::focus(CONNECT_BUTTON);
        }
    });
    view! {
        <Dialog class="narrow" labelled_by="confirm-title" on_close=on_close>
            <Question account=account danger=danger removed=removed />
        </Dialog>
    }
}

#[component]
fn Question(account: AccountView, danger: Danger, removed: RwSignal<bool>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialog = expect_context::<Closer>();
    let (title, lead, act) = match danger {
        Danger::Unlink => (
            (texts.unlink_title)(&account.label),
            texts.unlink_lead,
            texts.unlink,
        ),
        Danger::Remove => (
            (texts.remove_title)(&account.label),
            texts.remove_lead,
            texts.remove,
        ),
    };
    let (id, session) = (account.id, account.session_id);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let run = move |_| {
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            let done = match danger {
                Danger::Unlink => live.end_session(session).await,
                Danger::Remove => api::remove_account(id).await,
            };
            pending.set(false);
            match done {
                Ok(()) => {
                    if danger == Danger::Remove {
                        removed.set(true);
                        live.forget(id);
                    }
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
            <h2 id="confirm-title">{title}</h2>
            <p class="lead">{lead}</p>
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
                    {act}
                </button>
            </div>
        </div>
    }
}
