use super::{
    form::{Frame, Submission, Submit, go},
    words::texts,
};
use crate::{
    api,
    components::{
        callout::Alert,
        field::{Field, typed},
    },
    data::{PageData, Signup},
    format,
};
use leptos::{ev, prelude::*, task::spawn_local};

#[component]
pub fn Login() -> impl IntoView {
    let texts = texts();
    let data = expect_context::<PageData>();
    let form = Submission::new();
    let email = NodeRef::new();
    let password = NodeRef::new();
    let next = data.next.clone();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        form.begin();
        let next = next.clone();
        let (email, password) = (typed(email), typed(password));
        spawn_local(async move {
            match api::login(&email, &password).await {
                Ok(()) => go(&next),
                Err(problem) => form.failed(problem),
            }
        });
    };
    let register = format!("/register?next={}", format::in_query(&data.next));
    view! {
        <Frame title=texts.sign_in lead=texts.sign_in_lead>
            <form method="post" on:submit=submit>
                <Field
                    name="email"
                    label=texts.email
                    kind="email"
                    autocomplete="username"
                    node=email
                    error=form.of_field("email")
                />
                <Field
                    name="password"
                    label=texts.password
                    kind="password"
                    autocomplete="current-password"
                    node=password
                    error=form.of_field("password")
                />
                <Alert words=form.elsewhere(&["email", "password"]) />
                <Submit form=form label=texts.sign_in />
            </form>
            {(data.signup != Signup::Closed)
                .then(|| {
                    view! {
                        <p class="aside">
                            {texts.no_account_yet} " "
                            <a href=register>
                                {texts.create_account}
                            </a>
                        </p>
                    }
                })}
        </Frame>
    }
}
