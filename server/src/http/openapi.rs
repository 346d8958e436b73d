//! The API's own description, generated from the handlers.

use super::auth::COOKIE_NAME;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};
use whahook_contract::error::ErrorBody;

/// What is said about the whole API; routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "WhaHook",
        description = "Connect WhatsApp accounts, send through a durable queue, and follow what \
                       happens.\n\nPrograms send `Authorization: Bearer <key>` with an API key; \
                       browsers that are signed in send their cookie. Every error is \
                       `{\"error\": {\"code\", \"message\", \"details\"}}`; `code` is stable.",
        license(name = "AGPL-3.0-only", identifier = "AGPL-3.0-only"),
    ),
    components(schemas(ErrorBody)),
    tags(
        (name = "sign-in", description = "People who use the page"),
        (name = "settings", description = "What a person sets for themselves"),
        (name = "keys", description = "API keys for programs"),
        (name = "accounts", description = "WhatsApp numbers and who owns them"),
        (name = "sessions", description = "The live link of an account"),
        (name = "messages", description = "Sending, through the queue"),
        (name = "events", description = "The ledger of what happened"),
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
                    .description(Some("An API key from `POST /api/keys`"))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME))),
        );
    }
}

/// The description of everything under the router.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut api = super::router::api().into_openapi();
    for (path, item) in &mut api.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            add_common_errors(path, operation);
        }
    }
    api
}

/// Errors that follow from how every route is built need not be written at each.
fn add_common_errors(path: &str, operation: &mut Operation) {
    if !path.starts_with("/api/") {
        return;
    }
    let mut add = |status: &str, description: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(error(description)));
    };
    let has = |place: &ParameterIn| {
        operation
            .parameters
            .iter()
            .flatten()
            .any(|parameter| &parameter.parameter_in == place)
    };
    if operation.request_body.is_some() {
        add("400", "`malformed_json`: the body is not JSON");
        add("413", "`payload_too_large`: the body is larger than 1 MiB");
        add(
            "415",
            "`unsupported_media_type`: the body is not declared as JSON",
        );
        add(
            "422",
            "`invalid_input`: a field is wrong; `details.field` names it",
        );
    } else if has(&ParameterIn::Query) {
        add(
            "422",
            "`invalid_input`: a parameter is wrong; `details.field` names it",
        );
    }
    if has(&ParameterIn::Path) {
        add(
            "404",
            "There is none with this id, or it is another person's",
        );
    }
    let for_everyone = SecurityRequirement::default();
    let is_open = operation
        .security
        .as_ref()
        .is_some_and(|ways| ways.contains(&for_everyone));
    if !is_open {
        add("401", "`not_signed_in`, `invalid_key`");
    }
    add(
        "403",
        "`scope_missing`: the key may not do this; `origin_not_allowed`: a page of another \
         origin used the cookie",
    );
    add(
        "500",
        "`internal`: our mistake; the log has more under `x-request-id`",
    );
    add(
        "503",
        "`database_unavailable`, `timeout`, `stopping`: try again after `retry-after`",
    );
}

fn error(description: &str) -> Response {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorBody")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .build()
}

/// As it is checked in and served: pretty-printed, with a final line break.
///
/// # Errors
/// The description does not serialize, which would be a mistake in utoipa.
pub fn text() -> serde_json::Result<String> {
    document().to_pretty_json().map(|text| text + "\n")
}
