use super::{nav::Nav, socket_bar::SocketBar};
use leptos::prelude::*;
use whahook_contract::auth::UserView;

/// What a signed-in person sees around every page. Needs [`crate::live::Live`].
#[component]
pub fn Frame<C>(me: UserView, children: TypedChildren<C>) -> impl IntoView
where
    C: IntoView + 'static,
{
    view! {
        <SocketBar />
        <div class="app">
            <Nav me=me />
            <main id="content" tabindex="-1">
                {children.into_inner()()}
            </main>
        </div>
    }
}
