use super::{Webhooks, calls, made::Made, name, said, words::texts};
use crate::components::{
    callout::Alert,
    dialog::Dialog,
    form::{Acts, Entry, options},
};
use leptos::{either::Either, ev, prelude::*, task::spawn_local};
use whahook_contract::{Timestamp, webhook::WebhookView};

/// For how many seconds the secret before goes on signing.
const OVERLAPS: [i32; 4] = [86_400, 3_600, 604_800, 0];

/// A secret takes the place of the one before.
#[component]
pub fn NewSecret(of: WebhookView, on_close: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<(String, Option<Timestamp>)>);
    view! {
        <Dialog class="middle narrow" labelled_by="webhook-title" on_close=on_close>
            {move || match made.get() {
                None => Either::Left(view! { <Form of=of.clone() made=made /> }),
                Some((secret, until)) => {
                    Either::Right(
                        view! { <Made title=texts().replaced_title secret=secret until=until /> },
                    )
                }
            }}
        </Dialog>
    }
}

#[component]
fn Form(of: WebhookView, made: RwSignal<Option<(String, Option<Timestamp>)>>) -> impl IntoView {
    let texts = texts();
    let webhooks = expect_context::<Webhooks>();
    let overlap = RwSignal::new(OVERLAPS[0]);
    let problem = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let id = of.id;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        problem.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer = calls::rotate(id, overlap.get_untracked()).await;
            pending.try_set(false);
            match answer {
                Ok(new) => {
                    made.try_set(Some(new));
                    webhooks.look();
                }
                Err(trouble) => {
                    problem.try_set(Some(said(&trouble)));
                }
            }
        });
    };
    let choices = OVERLAPS.iter().zip(texts.overlaps);
    let choices = options(choices.map(|(s, words)| (s.to_string(), words)), "");
    let choose = move |event| {
        let chosen = event_target_value(&event).parse();
        overlap.set(chosen.unwrap_or(OVERLAPS[0]));
    };
    view! {
        <form class="dialog-body" on:submit=submit>
            <h2 id="webhook-title">{(texts.replace_title)(&name(&of))}</h2>
            <p class="lead">{texts.replace_lead}</p>
            <Entry name="overlap_s" label=texts.overlap error=Signal::stored(None)>
                <select id="overlap_s" inner_html=choices on:change=choose></select>
            </Entry>
            <Alert words=problem.into() />
            <Acts act=texts.replace pending=pending />
        </form>
    }
}
