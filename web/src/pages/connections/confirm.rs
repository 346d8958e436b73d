use super::{CONNECT_BUTTON, words::texts};
use crate::{
    api,
    components::sure::{Question, Sure},
    live::Live,
};
use leptos::prelude::*;
use whahook_contract::account::AccountView;

/// What cannot simply be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    Unlink,
    Remove,
}

#[component]
pub fn Confirm(account: AccountView, danger: Danger, on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let (id, session) = (account.id, account.session_id);
    let (title, lead, act, afterwards) = match danger {
        Danger::Unlink => (texts.unlink_title, texts.unlink_lead, texts.unlink, None),
        Danger::Remove => (
            texts.remove_title,
            texts.remove_lead,
            texts.remove,
            Some(CONNECT_BUTTON),
        ),
    };
    let question = Question {
        title: title(&account.label),
        lead,
        keep: texts.keep,
        act,
    };
    let run = move || async move {
        match danger {
            Danger::Unlink => live.end_session(session).await,
            Danger::Remove => {
                api::remove_account(id).await?;
                live.forget(id);
                Ok(())
            }
        }
    };
    view! { <Sure question=question run=run afterwards=afterwards on_close=on_close /> }
}
