//! `/messages`: what went out, what waits and why, live.

mod act;
mod bulk;
pub mod calls;
pub mod compose;
mod detail;
pub mod files;
mod filters;
mod gauges;
mod item;
mod list;
mod question;
mod reload;
mod settings;
mod timeline;
pub mod upload;
pub mod words;

use crate::{
    components::{dialog, frame::Frame, notice::Notice},
    data::PageData,
    live::Live,
};
use bulk::{Bulks, NewBulk};
use compose::{Answer, Compose, ComposeButton};
use detail::Detail;
use filters::Filters;
use gauges::Gauges;
use leptos::prelude::*;
use list::List;
use reload::Messages;
use settings::Settings;
use whahook_contract::ids::{AccountId, MessageId};
use words::texts;

/// The dialog that is open.
#[derive(Clone, PartialEq, Eq)]
enum Open {
    Detail(MessageId),
    /// Perhaps with what it answers.
    Compose(Option<Answer>),
    Bulk,
    Settings(AccountId),
}

#[component]
pub fn MessagesPage() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        let live = Live::provide(&data);
        let messages = Messages::provide(live);
        dialog::keep_mounted(messages.open, move |open| {
            let on_close = Callback::new(move |()| messages.show(None));
            Some(match open {
                Open::Detail(id) => {
                    dialog::mounted(move || view! { <Detail id=id on_close=on_close /> })
                }
                Open::Compose(answer) => {
                    dialog::mounted(move || view! { <Compose answer=answer on_close=on_close /> })
                }
                Open::Bulk => dialog::mounted(move || view! { <NewBulk on_close=on_close /> }),
                Open::Settings(id) => {
                    dialog::mounted(move || view! { <Settings id=id on_close=on_close /> })
                }
            })
        });
        view! {
            <Frame me=me>
                <header class="page-head">
                    <div>
                        <h1>{texts.messages}</h1>
                        <p class="lead">{texts.lead}</p>
                    </div>
                    <div class="page-acts">
                        <ComposeButton />
                    </div>
                </header>
                <Notice />
                <Gauges />
                <Bulks />
                <Filters />
                <List />
            </Frame>
        }
    })
}
