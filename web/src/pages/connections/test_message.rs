use crate::{
    api,
    components::icon::Icon,
    i18n::texts,
    live::{Live, state::Progress},
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
            match api::send_text(id, number, texts.test_text.to_owned()).await {
                Ok(message) => {
                    live.note(Progress {
                        message: message.id,
                        status: message.status,
                        detail: None,
                    });
                    sent.set(Some(message.id));
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
    view! {
        <section class="test">
            <p>{texts.test_lead}</p>
            <div class="test-row">
                <button
                    type="button"
                    class="button primary"
                    disabled=move || {
                        pending.get() || account.with(|account| account.phone_number.is_none())
                    }
                    on:click=send
                >
                    <Icon icon=Icon::Send />
                    {move || {
                        if sent.get().is_some() { texts.test_again } else { texts.test_send }
                    }}
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
            <div role="alert">
                {move || {
                    problem
                        .get()
                        .map(|words| {
                            view! {
                                <p class="callout bad">
                                    <Icon icon=Icon::Alert />
                                    {words}
                                </p>
                            }
                        })
                }}
            </div>
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
