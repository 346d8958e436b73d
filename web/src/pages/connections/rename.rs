use super::words::{Texts, texts};
use crate::{
    api,
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        field::{Field, typed},
        form::Acts,
    },
    live::Live,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use whahook_contract::{account::AccountView, ids::AccountId};

const LABEL_LENGTH: u32 = 60;

#[component]
pub fn Rename(account: AccountView, on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="narrow" labelled_by="rename-title" on_close=on_close>
            <Form account=account />
        </Dialog>
    }
}

#[component]
fn Form(account: AccountView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialog = expect_context::<Closer>();
    let input = NodeRef::<html::Input>::new();
    let problem = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let id = account.id;
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&account.label);
            input.select();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        let label = typed(input);
        pending.set(true);
        spawn_local(async move {
            let answer = rename(live, id, label, texts).await;
            pending.try_set(false);
            match answer {
                Ok(()) => dialog.close(),
                Err(words) => {
                    problem.try_set(Some(words));
                }
            }
        });
    };
    view! {
        <form method="dialog" class="dialog-body" on:submit=submit>
            <h2 id="rename-title">{texts.rename_title}</h2>
            <Field
                name="label"
                label=texts.label
                kind="text"
                autocomplete="off"
                node=input
                hint=texts.label_hint
                max_length=LABEL_LENGTH
                error=problem.into()
            />
            <Acts act=texts.save pending=pending />
        </form>
    }
}

/// The name right in the dialog of an account; kept when the field is left.
#[component]
pub fn LabelField(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let input = NodeRef::<html::Input>::new();
    let problem = RwSignal::new(None::<String>);
    let id = account.with_untracked(|account| account.id);
    Effect::new(move |_| {
        let label = account.with(|account| account.label.clone());
        if let Some(input) = input.get() {
            input.set_value(&label);
        }
    });
    let keep = move |_| {
        let label = typed(input);
        problem.set(None);
        spawn_local(async move {
            if let Err(words) = rename(live, id, label, texts).await {
                problem.set(Some(words));
            }
        });
    };
    let invalid = Signal::derive(move || problem.with(Option::is_some).then_some("true"));
    view! {
        <input
            class="label-input"
            type="text"
            autocomplete="off"
            aria-label=texts.label
            title=texts.label
            maxlength=LABEL_LENGTH
            node_ref=input
            aria-invalid=invalid
            on:change=keep
        />
        <Alert words=problem.into() />
    }
}

async fn rename(
    live: Live,
    id: AccountId,
    label: String,
    texts: &'static Texts,
) -> Result<(), String> {
    let label = label.trim().to_owned();
    if label.is_empty() {
        return Err(texts.label_required.to_owned());
    }
    let account = api::rename_account(id, &label)
        .await
        .map_err(|problem| problem.words(texts))?;
    live.put(account);
    Ok(())
}
