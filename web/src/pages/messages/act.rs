//! What a person can do with a message on its way.

use super::{calls, item::Item, words::texts};
use crate::api::Problem;
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{ids::MessageId, message::MessageStatus};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Cancel,
    Retry,
}

impl Act {
    pub const fn on(status: MessageStatus) -> Option<Self> {
        match status {
            MessageStatus::Queued => Some(Self::Cancel),
            MessageStatus::Failed => Some(Self::Retry),
            _ => None,
        }
    }

    async fn run(self, id: MessageId) -> Result<Item, Problem> {
        match self {
            Self::Cancel => calls::cancel(id).await,
            Self::Retry => calls::retry(id).await,
        }
    }
}

/// The button for it, where there is something to do.
#[component]
pub fn ActButton(
    id: MessageId,
    act: Memo<Option<Act>>,
    /// To whom the message goes, for who does not see what the button stands beside.
    #[prop(optional, into)]
    to: Option<Signal<String>>,
    class: &'static str,
    on_done: Callback<Result<Item, Problem>>,
) -> impl IntoView {
    let texts = texts();
    let pending = RwSignal::new(false);
    let order = move |act: Act| {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        spawn_local(async move {
            let answer = act.run(id).await;
            pending.try_set(false);
            on_done.try_run(answer);
        });
    };
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        {move || {
            act.get()
                .map(|act| {
                    let words = match (act, to) {
                        (Act::Cancel, Some(_)) => texts.cancel,
                        (Act::Cancel, None) => texts.cancel_message,
                        (Act::Retry, _) => texts.retry,
                    };
                    view! {
                        <button
                            type="button"
                            class=class
                            aria-busy=busy
                            on:click=move |_| order(act)
                        >
                            {words}
                            {to.map(|to| {
                                view! {
                                    <span class="visually-hidden">
                                        {move || (texts.of_message_to)(&to.get())}
                                    </span>
                                }
                            })}
                        </button>
                    }
                })
        }}
    }
}
