use super::{
    callout::Alert,
    dialog::{self, Closer, Dialog},
};
use crate::{api::Problem, i18n::texts};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// What is asked before something that cannot simply be undone.
pub struct Question {
    pub title: String,
    pub lead: &'static str,
    pub keep: &'static str,
    pub act: &'static str,
}

/// Asks, and then does it. Where the button that opened the dialog goes with what
/// is removed, the focus goes to `afterwards`.
#[component]
pub fn Sure<R, F>(
    question: Question,
    run: R,
    afterwards: Option<&'static str>,
    on_close: Callback<()>,
) -> impl IntoView
where
    R: Fn() -> F + Copy + Send + 'static,
    F: Future<Output = Result<(), Problem>> + 'static,
{
    let done = RwSignal::new(false);
    let on_close = Callback::new(move |()| {
        on_close.run(());
        if let Some(id) = afterwards.filter(|_| done.get_untracked()) {
            dialog::focus(id);
        }
    });
    view! {
        <Dialog class="narrow" labelled_by="sure-title" on_close=on_close>
            <Asked question=question run=run done=done />
        </Dialog>
    }
}

#[component]
fn Asked<R, F>(question: Question, run: R, done: RwSignal<bool>) -> impl IntoView
where
    R: Fn() -> F + Copy + Send + 'static,
    F: Future<Output = Result<(), Problem>> + 'static,
{
    let dialog = expect_context::<Closer>();
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let order = move |_| {
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer = run().await;
            pending.try_set(false);
            match answer {
                Ok(()) => {
                    done.try_set(true);
                    dialog.close();
                }
                Err(trouble) => {
                    problem.try_set(Some(trouble.words(texts())));
                }
            }
        });
    };
    let disabled = Signal::derive(move || pending.get());
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <div class="dialog-body">
            <h2 id="sure-title">{question.title}</h2>
            <p class="lead">{question.lead}</p>
            <Alert words=problem.into() />
            <div class="dialog-acts">
                <button type="button" class="button" autofocus on:click=move |_| dialog.close()>
                    {question.keep}
                </button>
                <button
                    type="button"
                    class="button danger"
                    disabled=disabled
                    aria-busy=busy
                    on:click=order
                >
                    {question.act}
                </button>
            </div>
        </div>
    }
}
