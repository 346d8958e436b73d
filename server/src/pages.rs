//! Mounts the page: who may see which part, with what they need to see it.

mod preferences;
mod site;

use crate::{
    accounts,
    app::App,
    events,
    http::{
        ApiError,
        auth::{self, Principal},
        page_policy, router,
    },
    inbox, keys, settings,
    users::{self, model::SignupNow},
    webhooks,
};
use axum::{
    Extension, Router,
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use http::{
    HeaderMap, HeaderValue, StatusCode, Uri,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY},
};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;
use preferences::Preferences;
use serde::Serialize;
use site::Site;
use std::sync::Arc;
use url::{Url, form_urlencoded};
use whahook_contract::{account::AccountView, auth::UserView, event::Event, ids::AccountId};
use whahook_web::data::{
    Assets, InboxData, KeysData, Newest, OwnData, Page, PageData, ReceivingData, Signup,
    WebhooksData,
};

const HOME: &str = Page::Connections.path();
const LOGIN: &str = Page::Login.path();
const REGISTER: &str = Page::Register.path();

/// Everything that browsers see: pages, and the files they are made of.
pub fn router(app: &App) -> Router<App> {
    // Only the first one in a process counts; tests build several servers.
    let _ = any_spawner::Executor::init_tokio();
    let folder = &app.config.server.site_dir;
    Router::new()
        .route("/", get(async || Redirect::to(HOME)))
        .route(LOGIN, get(sign_in))
        .route(REGISTER, get(sign_in))
        .route(HOME, get(connections))
        .route(Page::Messages.path(), get(messages))
        .route(Page::Inbox.path(), get(inbox_page))
        .route(Page::ApiKeys.path(), get(api_keys))
        .route(Page::Webhooks.path(), get(webhooks_page))
        .route(Page::Receiving.path(), get(receiving))
        .route(Page::NotFound.path(), any(not_found))
        .layer(Extension(Arc::new(Site::open(folder))))
        .merge(site::files(folder))
}

/// Signing in and signing up: for people who are not signed in.
async fn sign_in(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    if let Some(kept) = preferences::keep(&app, request.uri()) {
        return Ok(kept);
    }
    let next = next(request.uri());
    if signed_in(&app, request.headers()).await?.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let signup = signup_now(&app).await?;
    if signup == Signup::First && request.uri().path() == LOGIN {
        return Ok(Redirect::to(&with_next(REGISTER, &next)).into_response());
    }
    let page = match request.uri().path() {
        LOGIN => Page::Login,
        _ => Page::Register,
    };
    let data = PageData {
        signup,
        next,
        ..page_data(page, &app, request.headers())
    };
    render(&site, data, request).await
}

async fn connections(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    own(Page::Connections, &app, &site, request).await
}

/// A page that shows a person's connections, and asks for the rest itself.
async fn own(page: Page, app: &App, site: &Site, request: Request) -> Result<Response, ApiError> {
    match visitor(app, request.uri(), request.headers()).await? {
        Visitor::Person(person) => {
            let data = own_page(page, app, person, request.headers()).await?;
            render(site, data, request).await
        }
        Visitor::Led(elsewhere) => Ok(elsewhere),
    }
}

async fn messages(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    own(Page::Messages, &app, &site, request).await
}

async fn inbox_page(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    let person = match visitor(&app, request.uri(), request.headers()).await? {
        Visitor::Person(person) => person,
        Visitor::Led(elsewhere) => return Ok(elsewhere),
    };
    // Read before the page asks for anything: what comes meanwhile is told again, and
    // nothing is missed.
    let heads = {
        let mut conn = app.db.read().await?;
        events::reading::heads(&mut conn, person.0.user_id).await?
    };
    let newest = heads.into_iter();
    let newest = newest.map(|(account_id, seq)| Newest { account_id, seq });
    let own = InboxData {
        newest: newest.collect(),
    };
    let data = own_page(Page::Inbox, &app, person, request.headers()).await?;
    render_with(&site, data, own, request).await
}

async fn api_keys(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    let person = match visitor(&app, request.uri(), request.headers()).await? {
        Visitor::Person(person) => person,
        Visitor::Led(elsewhere) => return Ok(elsewhere),
    };
    let keys = keys::service::list(&app, person.0.user_id, None, i64::MAX).await?;
    let own = KeysData {
        url: app.config.server.app_url.origin().ascii_serialization(),
        keys: keys.iter().map(keys::Key::view).collect(),
    };
    let data = own_page(Page::ApiKeys, &app, person, request.headers()).await?;
    render_with(&site, data, own, request).await
}

async fn webhooks_page(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    let person = match visitor(&app, request.uri(), request.headers()).await? {
        Visitor::Person(person) => person,
        Visitor::Led(elsewhere) => return Ok(elsewhere),
    };
    let types = events::schema::types().iter();
    let types = types.filter(|name| !Event::LIVE_ONLY.contains(name));
    let own = WebhooksData {
        types: types.map(|name| (*name).to_owned()).collect(),
        webhooks: webhooks::list(&app, &person.0).await?,
    };
    let data = own_page(Page::Webhooks, &app, person, request.headers()).await?;
    render_with(&site, data, own, request).await
}

async fn receiving(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    let person = match visitor(&app, request.uri(), request.headers()).await? {
        Visitor::Person(person) => person,
        Visitor::Led(elsewhere) => return Ok(elsewhere),
    };
    let data = own_page(Page::Receiving, &app, person, request.headers()).await?;
    let account_id = account(request.uri());
    // Of one that is not there, or not theirs, there is nothing to show.
    let Some(account) = data.accounts.iter().find(|of| Some(of.id) == account_id) else {
        return Ok(Redirect::to(HOME).into_response());
    };
    let own = ReceivingData {
        account_id: account.id,
        receiving: inbox::receiving(&app, account.id).await?,
    };
    render_with(&site, data, own, request).await
}

/// Which one the address is about.
fn account(uri: &Uri) -> Option<AccountId> {
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.find(|(name, _)| name == "account")?.1.parse().ok()
}

type Person = (Principal, UserView);

enum Visitor {
    Person(Person),
    /// Somebody who is not signed in, or who chose a language or colours.
    Led(Response),
}

/// Who asks for a page of a person's own.
async fn visitor(app: &App, uri: &Uri, headers: &HeaderMap) -> Result<Visitor, ApiError> {
    let signed_in = signed_in(app, headers).await?;
    let chosen = preferences::chosen_language(uri);
    if let Some((principal, _)) = &signed_in {
        let spoken = chosen.unwrap_or_else(|| Preferences::of(headers).locale);
        let language = preferences::language(spoken);
        let known = settings::service::speaks(app, principal.user_id, language, chosen.is_some());
        if let Err(error) = known.await {
            // A page that can be shown is, though the disk is full.
            tracing::warn!(%error, "A person's language could not be written down.");
        }
    }
    if let Some(kept) = preferences::keep(app, uri) {
        return Ok(Visitor::Led(kept));
    }
    Ok(match signed_in {
        Some(person) => Visitor::Person(person),
        None => {
            let here = uri.path_and_query().map_or("/", |here| here.as_str());
            let login = with_next(LOGIN, here);
            Visitor::Led(Redirect::to(&login).into_response())
        }
    })
}

async fn own_page(
    page: Page,
    app: &App,
    (principal, me): Person,
    headers: &HeaderMap,
) -> Result<PageData, ApiError> {
    Ok(PageData {
        me: Some(me),
        accounts: every_account(app, &principal).await?,
        ..page_data(page, app, headers)
    })
}

/// A page for people, the API's error for programs.
async fn not_found(
    State(app): State<App>,
    Extension(site): Extension<Arc<Site>>,
    request: Request,
) -> Result<Response, ApiError> {
    let reads_pages = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !reads_pages || !request.method().is_safe() {
        return Err(router::not_found(request).await);
    }
    let data = page_data(Page::NotFound, &app, request.headers());
    let mut response = render(&site, data, request).await?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

async fn signed_in(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(Principal, UserView)>, ApiError> {
    let principal = match auth::authenticate(app, headers, None).await {
        Ok(principal) => principal,
        Err(auth::Error::Database(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    // Pages are for people: what a key may see is the API's to say.
    if principal.require_cookie().is_err() {
        return Ok(None);
    }
    let user = users::service::find(&mut *app.db.read().await?, principal.user_id).await?;
    Ok(user.map(|user| (principal, user.view())))
}

async fn every_account(app: &App, principal: &Principal) -> Result<Vec<AccountView>, ApiError> {
    let mut conn = app.db.read().await?;
    let accounts = accounts::service::list(&mut conn, principal, None, i64::MAX).await?;
    Ok(accounts.iter().map(accounts::Account::view).collect())
}

async fn signup_now(app: &App) -> Result<Signup, ApiError> {
    let setting = app.config.people.signup;
    let mut conn = app.db.read().await?;
    Ok(
        match users::service::signup_now(&mut conn, setting).await? {
            SignupNow::First => Signup::First,
            SignupNow::Open => Signup::Open,
            SignupNow::Closed => Signup::Closed,
        },
    )
}

/// What every page needs, for a person who is not known.
fn page_data(page: Page, app: &App, headers: &HeaderMap) -> PageData {
    let Preferences { locale, theme } = Preferences::of(headers);
    PageData {
        page,
        locale,
        theme,
        now: app.clock.now(),
        signup: Signup::Closed,
        simulator_url: app.config.whatsapp.url.as_ref().and_then(phones),
        me: None,
        accounts: Vec::new(),
        next: HOME.to_owned(),
    }
}

/// The simulator's page of phones, beside its WebSocket.
fn phones(socket: &Url) -> Option<String> {
    let mut page = socket.join("/").ok()?;
    let scheme = if socket.scheme() == "wss" {
        "https"
    } else {
        "http"
    };
    page.set_scheme(scheme).ok()?;
    Some(page.into())
}

async fn render(site: &Site, data: PageData, request: Request) -> Result<Response, ApiError> {
    document(site, data, || (), request).await
}

/// The same with what this page alone shows.
async fn render_with<T>(
    site: &Site,
    data: PageData,
    own: T,
    request: Request,
) -> Result<Response, ApiError>
where
    T: Serialize + Clone + Send + Sync + 'static,
{
    let provide = move || {
        provide_context(OwnData::new(&own));
        provide_context(own.clone());
    };
    document(site, data, provide, request).await
}

async fn document(
    site: &Site,
    data: PageData,
    provide_own: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Result<Response, ApiError> {
    let Some(assets) = site.assets(data.page) else {
        return Ok((
            StatusCode::SERVICE_UNAVAILABLE,
            "The page is not built. Run `cargo xtask page`, or set SITE_DIR to where it is, and start the server again.\n",
        )
            .into_response());
    };
    let context = move || {
        provide(&data, &assets);
        provide_own();
    };
    let handler = leptos_axum::render_app_async_with_context(context, whahook_web::shell);
    let mut response = handler(request).await;
    // One person's accounts: not for a shared computer's back button either.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn provide(data: &PageData, assets: &Assets) {
    provide_context(data.clone());
    provide_context(assets.clone());
    let policy = use_nonce().and_then(|nonce| page_policy(&nonce).ok());
    if let (Some(policy), Some(response)) = (policy, use_context::<ResponseOptions>()) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Where signing in leads: a page of this site, whatever the address says.
fn next(uri: &Uri) -> String {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "next")
        .and_then(|(_, next)| own_path(&next))
        .unwrap_or_else(|| HOME.to_owned())
}

fn own_path(next: &str) -> Option<String> {
    // Resolved the way that browsers do: `//host` and `/\host` lead elsewhere.
    let here: Url = "http://here.invalid".parse().ok()?;
    let there = here.join(next).ok()?;
    let elsewhere = there.origin() != here.origin() || !next.starts_with('/');
    if elsewhere || [LOGIN, REGISTER].contains(&there.path()) {
        return None;
    }
    Some(match there.query() {
        Some(query) => format!("{}?{query}", there.path()),
        None => there.path().to_owned(),
    })
}

fn with_next(page: &str, next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("{page}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_pages_of_this_site_only() {
        for (address, leads_to) in [
            ("/login", HOME),
            ("/login?next=/settings/connections", HOME),
            ("/login?next=%2Fdocs%3Fa%3Db", "/docs?a=b"),
            ("/login?next=https://evil.example/", HOME),
            ("/login?next=//evil.example/", HOME),
            ("/login?next=/%5Cevil.example/", HOME),
            ("/login?next=%2F%09%2Fevil.example", HOME),
            ("/login?next=javascript:alert(1)", HOME),
            ("/login?next=/login", HOME),
            ("/login?next=/register?next=/login", HOME),
        ] {
            assert_eq!(next(&address.parse().unwrap()), leads_to, "{address}");
        }
    }

    #[test]
    fn the_phones_of_a_simulator_are_beside_its_socket() {
        let socket = "ws://127.0.0.1:4000/ws/chat".parse().unwrap();
        assert_eq!(phones(&socket).as_deref(), Some("http://127.0.0.1:4000/"));
    }
}
