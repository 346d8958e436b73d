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
pub fn Register() -> impl IntoView {
    let texts = texts();
    let data = expect_context::<PageData>();
    let login = format!("/login?next={}", format::in_query(&data.next));
    let (title, lead) = match data.signup {
        Signup::First => (texts.create_first_account, texts.create_first_lead),
        Signup::Open => (texts.create_account, texts.create_account_lead),
        Signup::Closed => (texts.signup_closed, texts.signup_closed_lead),
    };
    let (open, first) = (data.signup != Signup::Closed, data.signup == Signup::First);
    view! {
        <Frame title=title lead=lead>
            {open.then(|| view! { <Form next=data.next /> })}
            {(!first)
                .then(|| {
                    view! {
                        <p class="aside">
                            {texts.have_account} " "
                            <a href=login>
                                {texts.sign_in}
                            </a>
                        </p>
                    }
                })}
        </Frame>
    }
}

#[component]
fn Form(next: String) -> impl IntoView {
    let texts = texts();
    let form = Submission::new();
    let name = NodeRef::new();
    let email = NodeRef::new();
    let password = NodeRef::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        form.begin();
        let next = next.clone();
        let (name, email, password) = (typed(name), typed(email), typed(password));
        spawn_local(async move {
            match api::register(&name, &email, &password).await {
                Ok(()) => go(&next),
                Err(problem) => form.failed(problem),
            }
        });
    };
    view! {
        <form method="post" on:submit=submit>
            <Field
                name="name"
                label=texts.name
                kind="text"
                autocomplete="name"
                node=name
                max_length=80
                error=form.of_field("name")
            />
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
                autocomplete="new-password"
                node=password
                hint=texts.password_hint
                min_length=10
                max_length=200
                error=form.of_field("password")
            />
            <Alert words=form.elsewhere(&["name", "email", "password"]) />
            <Submit form=form label=texts.create_account />
        </form>
    }
}
