//! `/settings/receiving`: what an account takes, and of what was before it was linked.

mod calls;
mod form;
mod words;

use crate::{
    components::{frame::Frame, notice::Notice},
    data::{Page, PageData, ReceivingData},
    live::Live,
};
pub use calls::page as read_data;
use form::Form;
use leptos::prelude::*;
use whahook_contract::receiving::HistoryState;
use words::texts;

#[component]
pub fn Receiving() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        let live = Live::provide(&data);
        let ReceivingData {
            account_id,
            receiving,
        } = expect_context();
        let label = live.account_now(account_id).map(|account| account.label);
        let known = receiving.history;
        let progress = Signal::derive(move || match live.history(account_id).or(known) {
            Some(history) => {
                let percent = (history.state == HistoryState::Running).then_some(history.percent);
                (texts.progress)(percent, history.messages)
            }
            None => texts.none_yet.to_owned(),
        });
        view! {
            <Frame me=me>
                <header class="page-head">
                    <div>
                        <h1>{(texts.title_of)(&label.unwrap_or_default())}</h1>
                        <p>
                            <a href=Page::Connections.path()>{texts.to_connections}</a>
                        </p>
                    </div>
                </header>
                <Notice />
                <Form account=account_id known=receiving progress=progress />
            </Frame>
        }
    })
}
