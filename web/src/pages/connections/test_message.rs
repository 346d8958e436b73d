use super::words::texts;
use crate::{
    api,
    components::{callout::Alert, icon::Icon},
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{account::AccountView, ids::MessageId, message::MessageStatus};

/// Writes to the account's own number and follows the message.
#[component]
pub fn TestMessage(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let sent = RwSignal::new(None::<MessageId>);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let send = move |_| {
        let (id, number) = account.with_untracked(|a| (a.id, a.phone_number.clone()));
        let Some(number) = number else {
            return;
        };
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::send_text(id, &number, texts.test_text).await {
                Ok((message, status)) => {
                    live.note(message, status);
                    sent.set(Some(message));
                }
                Err(trouble) => problem.set(Some(trouble.words(texts))),
            }
            pending.set(false);
        });
    };
    // What happened to it while the socket was away.
    Effect::new(move |was_online: Option<bool>| {
        let online = live.online.get();
        if let (true, Some(false), Some(message)) = (online, was_online, sent.get_untracked()) {
            live.fetch_progress(message);
        }
        online
    });
    let progress = Memo::new(move |_| live.progress(sent.get()?));
    let disabled = Signal::derive(move || {
        pending.get() || account.with(|account| account.phone_number.is_none())
    });
    let label = Signal::derive(move || {
        let again = sent.get().is_some();
        if again {
            texts.test_again
        } else {
            texts.test_send
        }
        .to_owned()
    });
    view! {
        <section class="test">
            <p>{texts.test_lead}</p>
            <div class="test-row">
                <button type="button" class="button primary" disabled=disabled on:click=send>
                    <Icon icon=Icon::Send />
                    {label}
                </button>
                <div class="test-status" role="status">
                    {move || {
                        progress
                            .get()
                            .map(|progress| {
                                view! {
                                    <p class=format!("pill {}", tone(progress.status))>
                                        <i aria-hidden="true"></i>
                                        {(texts.message_status)(progress.status)}
                                    </p>
                                    {progress
                                        .detail
                                        .map(|detail| view! { <p class="hint" lang="en">{detail}</p> })}
                                }
                            })
                    }}
                </div>
            </div>
            <Alert words=problem.into() />
        </section>
    }
}

const fn tone(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued | MessageStatus::Sending => "waiting",
        MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read => "good",
        MessageStatus::Failed => "bad",
        MessageStatus::Cancelled => "idle",
    }
}
