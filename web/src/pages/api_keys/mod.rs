//! `/settings/api-keys`: the keys of a person's programs, and how to use them.

mod calls;
mod create;
mod expiry;
mod list;
mod made;
mod revoke;
mod snippets;
mod try_it;
mod words;

use crate::{
    components::{dialog, frame::Frame, icon::Icon, notice::Notice},
    data::{KeysData, PageData},
    live::Live,
};
pub use calls::page as read_data;
use create::Create;
use leptos::{either::Either, prelude::*};
use list::List;
use revoke::Revoke;
use try_it::TryIt;
use whahook_contract::{ids::KeyId, key::KeyView};
use words::texts;

/// What the page shows, the newest key first.
#[derive(Clone, Copy)]
struct Keys {
    all: RwSignal<Vec<KeyView>>,
    /// The server's public address.
    url: StoredValue<String>,
    open: RwSignal<Option<Open>>,
}

/// The dialog that is open.
#[derive(Clone, PartialEq, Eq)]
enum Open {
    Create,
    Revoke(KeyView),
}

impl Keys {
    fn add(self, key: KeyView) {
        self.all.update(|all| all.insert(0, key));
    }

    fn forget(self, id: KeyId) {
        self.all.update(|all| all.retain(|key| key.id != id));
    }

    /// A name that none of them has.
    fn free_name(self) -> String {
        let taken = |name: &String| {
            let all = self.all.read_untracked();
            all.iter().any(|key| key.name == *name)
        };
        (1..)
            .map(texts().default_name)
            .find(|name| !taken(name))
            .unwrap_or_default()
    }
}

const CREATE_BUTTON: &str = "create-key";

#[component]
pub fn ApiKeys() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        Live::provide(&data);
        let own = expect_context::<KeysData>();
        let keys = Keys {
            all: RwSignal::new(own.keys),
            url: StoredValue::new(own.url),
            open: RwSignal::new(None),
        };
        provide_context(keys);
        dialog::keep_mounted(keys.open, move |open| {
            let on_close = Callback::new(move |()| keys.open.set(None));
            Some(match open {
                Open::Create => dialog::mounted(move || view! { <Create on_close=on_close /> }),
                Open::Revoke(key) => {
                    dialog::mounted(move || view! { <Revoke key=key on_close=on_close /> })
                }
            })
        });
        let any = Memo::new(move |_| keys.all.with(|all| !all.is_empty()));
        view! {
            <Frame me=me>
                <header class="page-head">
                    <div>
                        <h1>{texts.api_keys}</h1>
                        <p class="lead">{texts.lead}</p>
                    </div>
                    <div class="page-acts">
                        <CreateButton />
                    </div>
                </header>
                <Notice />
                {move || if any.get() { Either::Left(List()) } else { Either::Right(Empty()) }}
                <section class="panel" aria-labelledby="try-title">
                    <div>
                        <h2 id="try-title">{texts.try_title}</h2>
                        <p class="lead">
                            {texts.try_lead} " " <a href="/docs">
                                {texts.api_docs}
                            </a>
                        </p>
                    </div>
                    <TryIt id="try" />
                </section>
            </Frame>
        }
    })
}

#[component]
fn CreateButton() -> impl IntoView {
    let live = expect_context::<Live>();
    let keys = expect_context::<Keys>();
    let disabled = Signal::derive(move || !live.runs());
    view! {
        <button
            id=CREATE_BUTTON
            type="button"
            class="button primary"
            disabled=disabled
            on:click=move |_| keys.open.set(Some(Open::Create))
        >
            <Icon icon=Icon::Plus />
            {texts().create}
        </button>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let texts = texts();
    let words = format!(
        r#"<span class="empty-art" aria-hidden="true">{}</span><h2>{}</h2><p>{}</p>"#,
        Icon::Key.markup(),
        texts.empty,
        texts.empty_lead,
    );
    view! { <section class="empty" inner_html=words></section> }
}
