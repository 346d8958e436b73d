//! The REST API, as the page uses it: the same as everyone's.

use crate::i18n::Texts;
use gloo_net::http::{Method, RequestBuilder, Response};
use leptos::prelude::window;
use serde::{Serialize, de::DeserializeOwned};
use whahook_contract::{
    account::{AccountChanges, AccountView, NewAccount},
    auth::{Login, Registration, UserView},
    error::{ErrorBody, ErrorView},
    ids::{AccountId, MessageId},
    list::List,
    message::{Content, MessageView, NewMessage},
    session::QrView,
};

/// Why something did not work.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No answer, or none that can be understood.
    Unreachable,
    /// The server said no.
    Refused { status: u16, error: ErrorView },
}

impl Problem {
    pub fn words(&self, texts: &Texts) -> String {
        match self {
            Self::Unreachable => texts.server_unreachable.to_owned(),
            Self::Refused { error, .. } => {
                (texts.problem)(&error.code).map_or_else(|| error.message.clone(), str::to_owned)
            }
        }
    }

    /// The field of the form that is wrong.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Unreachable => None,
            Self::Refused { error, .. } => error.details.get("field")?.as_str(),
        }
    }
}

pub async fn register(new: &Registration) -> Result<UserView, Problem> {
    post("/api/auth/register", new).await
}

pub async fn login(login: &Login) -> Result<UserView, Problem> {
    post("/api/auth/login", login).await
}

pub async fn logout() -> Result<(), Problem> {
    expect_success(send(Method::POST, "/api/auth/logout", None::<&()>).await?).await
}

pub async fn me() -> Result<UserView, Problem> {
    get("/api/auth/me").await
}

pub async fn accounts() -> Result<Vec<AccountView>, Problem> {
    let mut all = Vec::new();
    let mut path = "/api/accounts".to_owned();
    loop {
        let page: List<AccountView> = get(&path).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) => path = format!("/api/accounts?cursor={cursor}"),
            None => return Ok(all),
        }
    }
}

pub async fn create_account(label: String) -> Result<AccountView, Problem> {
    post("/api/accounts", &NewAccount { label }).await
}

pub async fn rename_account(id: AccountId, label: String) -> Result<AccountView, Problem> {
    let changes = AccountChanges { label: Some(label) };
    let path = format!("/api/accounts/{id}");
    parse(send(Method::PATCH, &path, Some(&changes)).await?).await
}

pub async fn remove_account(id: AccountId) -> Result<(), Problem> {
    let path = format!("/api/accounts/{id}");
    expect_success(send(Method::DELETE, &path, None::<&()>).await?).await
}

pub async fn qr(id: AccountId) -> Result<QrView, Problem> {
    get(&format!("/api/accounts/{id}/session/qr")).await
}

pub async fn send_text(
    account_id: AccountId,
    to: String,
    text: String,
) -> Result<MessageView, Problem> {
    let message = NewMessage {
        account_id,
        to,
        content: Content::Text { text },
        idempotency_key: None,
        send_at: None,
        metadata: None,
    };
    post("/api/messages", &message).await
}

pub async fn message(id: MessageId) -> Result<MessageView, Problem> {
    get(&format!("/api/messages/{id}")).await
}

async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Problem> {
    parse(send(Method::GET, path, None::<&()>).await?).await
}

async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, Problem> {
    parse(send(Method::POST, path, Some(body)).await?).await
}

async fn send(
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<Response, Problem> {
    let request = RequestBuilder::new(path)
        .method(method)
        .header("accept", "application/json");
    let request = match body {
        Some(body) => request.json(body),
        None => request.build(),
    };
    request
        .map_err(|_| Problem::Unreachable)?
        .send()
        .await
        .map_err(|_| Problem::Unreachable)
}

async fn parse<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    if response.ok() {
        response.json().await.map_err(|_| Problem::Unreachable)
    } else {
        Err(refusal(response).await)
    }
}

async fn expect_success(response: Response) -> Result<(), Problem> {
    if response.ok() {
        Ok(())
    } else {
        Err(refusal(response).await)
    }
}

async fn refusal(response: Response) -> Problem {
    let status = response.status();
    match response.json::<ErrorBody>().await {
        Ok(body) => {
            if body.error.code == "not_signed_in" {
                to_sign_in();
            }
            Problem::Refused {
                status,
                error: body.error,
            }
        }
        Err(_) => Problem::Unreachable,
    }
}

/// The session ended elsewhere: sign in, then come back to this very page.
pub fn to_sign_in() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default();
    // Navigation only fails for addresses that do not parse.
    let _ = location.assign(&format!("/login?next={here}"));
}
