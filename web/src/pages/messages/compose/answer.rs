use crate::pages::messages::{
    item::Item,
    words::{Texts, texts},
};
use leptos::prelude::*;
use whahook_contract::ids::{AccountId, MessageId};

/// The message that another one answers, and quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub account: AccountId,
    /// As the field for it has it.
    pub to: String,
    id: MessageId,
    words: String,
}

impl Answer {
    pub fn to(message: &Item, texts: &Texts) -> Self {
        let number = message.to.phone_number.clone();
        Self {
            account: message.account,
            to: number.unwrap_or_else(|| message.to.jid.clone()),
            id: message.id,
            words: message.summary(texts),
        }
    }
}

/// What is quoted.
#[component]
pub fn Quote(answer: Answer) -> impl IntoView {
    view! {
        <input type="hidden" name="reply_to" value=answer.id.to_string() />
        <figure class="quote">
            <figcaption class="hint">{texts().answers}</figcaption>
            <blockquote>{answer.words}</blockquote>
        </figure>
    }
}
