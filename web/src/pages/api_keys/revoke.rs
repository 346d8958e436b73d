use super::{CREATE_BUTTON, Keys, calls, words::texts};
use crate::components::sure::{Question, Sure};
use leptos::prelude::*;
use whahook_contract::key::KeyView;

#[component]
pub fn Revoke(key: KeyView, on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let keys = expect_context::<Keys>();
    let id = key.id;
    let question = Question {
        title: (texts.revoke_title)(&key.name),
        lead: texts.revoke_lead,
        keep: texts.keep,
        act: texts.revoke,
    };
    let run = move || async move {
        calls::revoke(id).await?;
        keys.forget(id);
        Ok(())
    };
    view! { <Sure question=question run=run afterwards=Some(CREATE_BUTTON) on_close=on_close /> }
}
