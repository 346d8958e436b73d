use super::{
    Keys, calls,
    expiry::Expiry,
    list::scope_name,
    made::Made,
    words::{Texts, texts},
};
use crate::{
    components::{
        callout::Alert,
        dialog::Dialog,
        field::{Field, typed},
        form::{Acts, Complaint, Entry, Wrong, complaint_id},
    },
    live::Live,
};
use leptos::{either::Either, ev, html, prelude::*, task::spawn_local};
use whahook_contract::{
    ids::AccountId,
    key::{CreatedKey, NewKey, Scope},
};

const NAME_LENGTH: u32 = 60;

/// First the form, then the key: one dialog, so that it is shown where it was asked for.
#[component]
pub fn Create(on_close: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<CreatedKey>);
    view! {
        <Dialog class="middle narrow" labelled_by="create-title" on_close=on_close>
            {move || match made.get() {
                None => Either::Left(view! { <Form made=made /> }),
                Some(made) => Either::Right(view! { <Made made=made /> }),
            }}
        </Dialog>
    }
}

/// What the person has chosen so far; what most programs need to begin with.
#[derive(Clone, Copy)]
struct Choice {
    name: NodeRef<html::Input>,
    scopes: RwSignal<Vec<Scope>>,
    only_some: RwSignal<bool>,
    accounts: RwSignal<Vec<AccountId>>,
    expiry: RwSignal<Expiry>,
    date: NodeRef<html::Input>,
}

impl Choice {
    fn new() -> Self {
        Self {
            name: NodeRef::new(),
            scopes: RwSignal::new(vec![Scope::Read, Scope::Send]),
            only_some: RwSignal::new(false),
            accounts: RwSignal::new(Vec::new()),
            expiry: RwSignal::new(Expiry::Never),
            date: NodeRef::new(),
        }
    }

    /// # Errors
    /// The field that is wrong, and why.
    fn read(self, live: Live, texts: &'static Texts) -> Result<NewKey, Wrong> {
        let name = typed(self.name).trim().to_owned();
        if name.is_empty() {
            return Err(Wrong::of("name", texts.name_needed));
        }
        let scopes = self.scopes.get_untracked();
        if scopes.is_empty() {
            return Err(Wrong::of("scopes", texts.scope_needed));
        }
        let some = self.only_some.get_untracked();
        let account_ids = some.then(|| self.accounts.get_untracked());
        if account_ids.as_ref().is_some_and(Vec::is_empty) {
            return Err(Wrong::of("account_ids", texts.account_needed));
        }
        let now = live.now.get_untracked().unwrap_or_default();
        let expires_at = self
            .expiry
            .get_untracked()
            .at(now, &typed(self.date))
            .map_err(|()| Wrong::of("expires_at", texts.date_needed))?;
        Ok(NewKey {
            name,
            scopes,
            account_ids,
            expires_at,
        })
    }
}

const FIELDS: &[&str] = &["name", "scopes", "account_ids", "expires_at"];

#[component]
fn Form(made: RwSignal<Option<CreatedKey>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let keys = expect_context::<Keys>();
    let choice = Choice::new();
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = choice.name.get() {
            input.set_value(&keys.free_name());
            input.select();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        let new = match choice.read(live, texts) {
            Ok(new) => new,
            Err(trouble) => return wrong.set(Some(trouble)),
        };
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            match calls::create(&new).await {
                Ok(created) => {
                    keys.add(created.view.clone());
                    // The dialog may have been closed meanwhile.
                    made.try_set(Some(created));
                }
                Err(problem) => {
                    wrong.try_set(Some(Wrong::read(&problem, &problem.words(texts))));
                }
            }
            pending.try_set(false);
        });
    };
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    view! {
        <form method="dialog" class="dialog-body" on:submit=submit novalidate>
            <h2 id="create-title">{texts.create_title}</h2>
            <Field
                name="name"
                label=texts.name
                kind="text"
                autocomplete="off"
                node=choice.name
                hint=texts.name_hint
                max_length=NAME_LENGTH
                error=of("name")
            />
            <Scopes choice=choice error=of("scopes") />
            <Accounts choice=choice error=of("account_ids") />
            <ExpiryField choice=choice error=of("expires_at") />
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Acts act=texts.create pending=pending />
        </form>
    }
}

#[component]
fn Scopes(choice: Choice, error: Signal<Option<String>>) -> impl IntoView {
    let texts = texts();
    let options = Scope::ALL.iter().map(|scope| {
        let scope = *scope;
        let hint = match scope {
            Scope::Read => texts.scope_read_hint,
            Scope::Send => texts.scope_send_hint,
            Scope::Admin => texts.scope_admin_hint,
        };
        view! {
            <Check
                picked=choice.scopes
                item=scope
                label=Signal::stored(scope_name(scope, texts).to_owned())
                hint=hint
            />
        }
    });
    view! {
        <fieldset class="options" aria-describedby=complaint_id("scopes")>
            <legend>{texts.may}</legend>
            {options.collect_view()}
            <Complaint name="scopes" words=error />
        </fieldset>
    }
}

#[component]
fn Accounts(choice: Choice, error: Signal<Option<String>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let ids = live.ids();
    let radio = move |some: bool, label: &'static str, hint: &'static str| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="accounts"
                    prop:checked=move || choice.only_some.get() == some
                    on:change=move |_| choice.only_some.set(some)
                />
                <span>
                    <b>{label}</b>
                    <small>{hint}</small>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="options" aria-describedby=complaint_id("account_ids")>
            <legend>{texts.which_accounts}</legend>
            {radio(false, texts.all_accounts, texts.all_accounts_hint)}
            {move || ids.with(|ids| !ids.is_empty()).then(|| radio(true, texts.chosen_accounts, ""))}
            {move || {
                choice
                    .only_some
                    .get()
                    .then(|| {
                        let options = ids.get().into_iter().map(|id| {
                            let label = Signal::derive(move || live.label(id).unwrap_or_default());
                            view! { <Check picked=choice.accounts item=id label=label hint="" /> }
                        });
                        view! { <div class="options nested">{options.collect_view()}</div> }
                    })
            }}
            <Complaint name="account_ids" words=error />
        </fieldset>
    }
}

/// One item of several.
#[component]
fn Check<T>(
    picked: RwSignal<Vec<T>>,
    item: T,
    label: Signal<String>,
    hint: &'static str,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let toggle = move |event| {
        let wanted = event_target_checked(&event);
        picked.update(|picked| {
            picked.retain(|other| *other != item);
            if wanted {
                picked.push(item);
            }
        });
    };
    view! {
        <label class="option">
            <input
                type="checkbox"
                prop:checked=move || picked.with(|picked| picked.contains(&item))
                on:change=toggle
            />
            <span>
                <b>{label}</b>
                <small>{hint}</small>
            </span>
        </label>
    }
}

#[component]
fn ExpiryField(choice: Choice, error: Signal<Option<String>>) -> impl IntoView {
    let texts = texts();
    let options = Expiry::ALL.iter().enumerate().map(|(n, expiry)| {
        let words = match expiry {
            Expiry::Never => texts.never.to_owned(),
            Expiry::InDays(days) => (texts.in_days)(*days),
            Expiry::OnDate => texts.on_date.to_owned(),
        };
        view! { <option value=n.to_string()>{words}</option> }
    });
    let choose = move |event| {
        let n = event_target_value(&event).parse::<usize>();
        let chosen = n.ok().and_then(|n| Expiry::ALL.get(n).copied());
        choice.expiry.set(chosen.unwrap_or(Expiry::Never));
    };
    view! {
        <Entry name="expiry" label=texts.expiry error=error>
            <div class="field-row">
                <select id="expiry" on:change=choose>
                    {options.collect_view()}
                </select>
                {move || {
                    (choice.expiry.get() == Expiry::OnDate)
                        .then(|| {
                            view! { <input type="date" aria-label=texts.date node_ref=choice.date /> }
                        })
                }}
            </div>
        </Entry>
    }
}
