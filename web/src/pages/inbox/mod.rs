//! `/inbox`: what people write, and what one answers, live.

mod about;
mod bubble;
mod calls;
mod compose;
mod conversation;
mod dom;
mod filter;
mod follow;
mod keys;
mod list;
mod message;
mod pace;
mod search;
mod state;
mod thread;
mod times;
mod window;
mod words;

use crate::{
    components::{dialog, frame::Frame, notice::Notice},
    data::{InboxData, PageData},
    live::Live,
};
use about::About;
pub use calls::own as read_data;
use leptos::prelude::*;
use list::ListPane;
use state::Inbox;
use thread::ThreadPane;
use words::texts;

#[component]
pub fn InboxPage() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let live = Live::provide(&data);
        let inbox = Inbox::provide(live, expect_context::<InboxData>());
        keys::listen(inbox);
        dialog::keep_mounted(inbox.about, move |id| {
            let on_close = Callback::new(move |()| inbox.about.set(None));
            Some(dialog::mounted(
                move || view! { <About id=id on_close=on_close /> },
            ))
        });
        let class = Signal::derive(move || {
            let open = inbox.open.get().is_some();
            if open { "inbox open" } else { "inbox" }
        });
        view! {
            <Frame me=me>
                <h1 class="visually-hidden">{texts().inbox}</h1>
                <Notice />
                <div class=class>
                    <ListPane />
                    <ThreadPane />
                </div>
            </Frame>
        }
    })
}
