//! The API's own description, generated from the handlers.
//!
//! A handler says what is its own: summary, scope, parameters, what it answers
//! when all goes well, and errors that no other has. Everything that follows
//! from how all routes are built is added here.

mod answers;
mod fields;

use super::auth::COOKIE_NAME;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use whahook_contract::error::{ErrorBody, SessionLimit};

/// What is said about the whole API; routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "WhaHook",
        description = "Connect WhatsApp accounts, send through a durable queue, and follow what \
                       happens.\n\n\
                       **Who asks.** Programs send `Authorization: Bearer <key>` with an API key; \
                       browsers that are signed in send their cookie. Each operation says which \
                       scope a key needs; `admin` has all of them. A key that is limited to some \
                       accounts sees no others.\n\n\
                       **Errors** are `{\"error\": {\"code\", \"message\", \"details\"}}` \
                       everywhere; `code` is stable and for programs, `message` is for people.\n\n\
                       **Lists** are `{\"items\": […], \"next_cursor\"}`; hand `next_cursor` in as \
                       `cursor` for the next page.\n\n\
                       **Times** are in UTC as in RFC 3339, phone numbers as in E.164.\n\n\
                       **Too many requests** are refused with 429; the headers `RateLimit-Limit`, \
                       `RateLimit-Remaining` and `RateLimit-Reset` say how many are left.",
        license(name = "AGPL-3.0-only", identifier = "AGPL-3.0-only"),
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ErrorBody, SessionLimit)),
    tags(
        (name = "sign-in", description = "People who use the page"),
        (name = "settings", description = "What a person sets for themselves"),
        (name = "keys", description = "API keys for programs"),
        (name = "accounts", description = "WhatsApp numbers and who owns them"),
        (name = "sessions", description = "The live link of an account"),
        (name = "messages", description = "Sending, through the queue"),
        (name = "bulk", description = "One message to many"),
        (name = "media", description = "Files to send"),
        (name = "chats", description = "Who is on WhatsApp, and what they see of an account"),
        (name = "conversations", description = "What is exchanged with whom"),
        (name = "events", description = "Everything that happens, numbered, to follow and to ask again for"),
        (name = "webhooks", description = "Addresses that events are sent to"),
        (name = "health", description = "For monitors"),
    ),
    modifiers(&SignIn),
    security(("key" = []), ("cookie" = [])),
)]
pub(super) struct Description;

struct SignIn;

impl Modify for SignIn {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        components.add_security_scheme(
            "key",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(
                        "An API key from `POST /api/keys`. What it may do are its scopes: \
                         `read`, `send`, `admin`.",
                    ))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                COOKIE_NAME,
                "The cookie of a person who is signed in, from `POST /api/auth/login`. It may do \
                 everything the person may.",
            ))),
        );
    }
}

/// The order in which people read it; further down the names are sorted.
#[derive(Serialize)]
struct Document {
    openapi: Value,
    info: Value,
    servers: Value,
    tags: Value,
    security: Value,
    paths: Value,
    components: Value,
}

fn api() -> serde_json::Result<Value> {
    let mut api = serde_json::to_value(super::router::api().into_openapi())?;
    answers::complete(&mut api);
    fields::complete(&mut api);
    Ok(api)
}

/// What is described, by name.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let mut api = api().unwrap_or_default();
    match api["components"]["schemas"].take() {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    }
}

/// As it is checked in and served: pretty-printed, with a final line break.
///
/// # Errors
/// The description does not serialize, which would be a mistake in utoipa.
pub fn text() -> serde_json::Result<String> {
    let mut api = api()?;
    let document = Document {
        openapi: api["openapi"].take(),
        info: api["info"].take(),
        servers: api["servers"].take(),
        tags: api["tags"].take(),
        security: api["security"].take(),
        paths: api["paths"].take(),
        components: api["components"].take(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
