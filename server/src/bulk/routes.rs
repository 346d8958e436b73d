//! `/api/messages/bulk`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::{
    Error, csv,
    rows::{self, Mistakes},
    service::{self, Given, Order},
    store::Selection,
};
use crate::{
    accounts,
    app::App,
    http::{
        ApiError, Id, Json, Query,
        auth::Principal,
        extract::{self, not_found},
        form, page,
    },
    outbox,
};
use axum::{
    body::{Body, Bytes},
    extract::{
        DefaultBodyLimit, FromRequest, Multipart, Request, State, multipart::MultipartError,
    },
    response::{IntoResponse, Response},
};
use http::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    bulk::{BulkAccepted, BulkStatus, BulkView, Duplicates, NewBulk, RECIPIENTS_MAX},
    error::ErrorBody,
    ids::{AccountId, BulkId},
    key::Scope,
    list::List,
};

/// Ten thousand recipients with a kilobyte of variables each, and to spare.
const BODY_MAX: usize = 16 << 20;

pub fn router() -> OpenApiRouter<App> {
    let create = OpenApiRouter::new()
        .routes(routes!(create))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    OpenApiRouter::new()
        .merge(create)
        .routes(routes!(list))
        .routes(routes!(find, cancel))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(result))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound(_) => not_found::<BulkId>(),
            Error::Refused(refusal) => Self::invalid("recipients", text).details(json!(refusal)),
            Error::Over(_, status) => Self::new(StatusCode::CONFLICT, "bulk_over", text)
                .details(json!({ "status": status })),
            Error::Message(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// A bulk, with its recipients as JSON or as a file.
struct Upload {
    message: Map<String, Value>,
    file: Option<Bytes>,
}

impl FromRequest<App> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        if !form::is_multipart(request.headers()) {
            let read = Json::from_request(request, app).await;
            let Json(message) = read.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => error,
            })?;
            return Ok(Self {
                message,
                file: None,
            });
        }
        let form = Multipart::from_request(request, app).await;
        let mut form = form.map_err(|error| broken(&error.body_text()))?;
        let (mut message, mut file) = (None, None);
        while let Some(part) = form
            .next_field()
            .await
            .map_err(|error| unreadable(&error))?
        {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
            match name.as_str() {
                "message" => message = Some(extract::parse(&bytes)?),
                "recipients" => file = Some(bytes),
                _ => {
                    let problem = format!(
                        "`{name}` is not known here; the parts are `message` and `recipients`."
                    );
                    return Err(ApiError::invalid(&name, problem));
                }
            }
        }
        let missing =
            |part: &str| ApiError::invalid(part, format!("The part `{part}` is missing."));
        Ok(Self {
            message: message.ok_or_else(|| missing("message"))?,
            file: Some(file.ok_or_else(|| missing("recipients"))?),
        })
    }
}

fn unreadable(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large()
    } else {
        broken(&error.body_text())
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "payload_too_large",
        "The body is larger than 16 MiB.",
    )
}

fn broken(problem: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "body_incomplete",
        format!("The form cannot be read: {problem}."),
    )
}

/// Reads a bulk strictly, but for its rows: all that is wrong with those is said
/// together.
fn read(upload: Upload) -> Result<Given, ApiError> {
    let Upload { mut message, file } = upload;
    if message.contains_key("to") {
        let problem = "`to` is not known here; a bulk has `recipients`.";
        return Err(ApiError::invalid("to", problem));
    }
    let mut mistakes = Mistakes::default();
    let field = |problem: String| ApiError::invalid("recipients", problem);
    let rows = match (message.remove("recipients"), file) {
        (Some(_), Some(_)) => {
            return Err(field("The recipients are in the file already.".to_owned()));
        }
        (None, Some(file)) => csv::read(&file, RECIPIENTS_MAX, &mut mistakes).map_err(field)?,
        (Some(Value::Array(list)), None) if list.len() > RECIPIENTS_MAX => {
            let count = list.len();
            let most = format!("There are {count} recipients; {RECIPIENTS_MAX} are allowed.");
            return Err(field(most));
        }
        (Some(Value::Array(list)), None) => rows::of_json(list, &mut mistakes),
        (Some(_), None) => return Err(field("`recipients` must be an array.".to_owned())),
        (None, None) => return Err(field("`recipients` is missing.".to_owned())),
    };
    if rows.is_empty() {
        mistakes.none().map_err(Error::Refused)?;
        return Err(field("There are no recipients.".to_owned()));
    }
    let duplicates = match message.remove("duplicates") {
        None | Some(Value::Null) => Duplicates::Refuse,
        Some(given) => given
            .as_str()
            .and_then(Duplicates::from_code)
            .ok_or_else(|| {
                let problem = "`duplicates` must be `refuse`, `skip` or `send`.";
                ApiError::invalid("duplicates", problem)
            })?,
    };
    Ok(Given {
        message: outbox::input::bulk(message)?,
        rows,
        mistakes,
        duplicates,
    })
}

/// A bulk as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form")]
struct BulkForm {
    /// The bulk as JSON, without `recipients`.
    #[schema(value_type = Object)]
    message: String,
    /// A CSV file in UTF-8, with `,`, `;` or a tab between its cells. Its first
    /// row has the headings: `to` (or `phone`, `phone_number`, `number`), and the
    /// names of variables. An empty cell is no value.
    #[schema(value_type = String, format = Binary)]
    recipients: String,
}

/// Send one message to many
///
/// The list is checked as a whole: if one row is wrong, nothing is queued, and
/// `details` is a `BulkRefusal` with the rows and fields. Accepted, the bulk is
/// written down whole, and its messages go in the order of the list, within the
/// limits, behind single messages unless `priority` says otherwise.
///
/// In every text `{{name}}` stands for the recipient's variable `name`, and
/// `{{name|friend}}` for `friend` where they have none; `{{{{` are two braces.
#[utoipa::path(
    post, path = "/api/messages/bulk", tag = "bulk",
    security(("key" = ["send"]), ("cookie" = [])),
    request_body(content((NewBulk = "application/json"), (BulkForm = "multipart/form-data"))),
    responses(
        (status = 202, body = BulkAccepted, description = "Accepted; the same `idempotency_key` gets the same answer"),
        (status = 404, body = ErrorBody, description = "`account_not_found`"),
        (status = 413, body = ErrorBody, description = "`payload_too_large`: the body is larger than 16 MiB; `media_quota_exceeded`: your files would be larger together than MEDIA_QUOTA_BYTES"),
    ),
)]
async fn create(
    State(app): State<App>,
    principal: Principal,
    upload: Upload,
) -> Result<(StatusCode, Json<BulkAccepted>), ApiError> {
    principal.require(Scope::Send)?;
    let given = read(upload)?;
    let account = given.message.account_id;
    let account = accounts::routes::own(&app, &principal, account, Scope::Send).await?;
    outbox::check_own_file(&app.media, &principal, &given.message.content).await?;
    let accepted = service::accept(&app, &account, given).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The account whose bulks are wanted; all of yours when absent.
    account_id: Option<AccountId>,
    /// Only those that are this now; or one of these, with commas between them.
    #[param(example = "running,paused")]
    status: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<BulkId>,
    /// How many at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List bulks
///
/// Your own, newest first.
#[utoipa::path(
    get, path = "/api/messages/bulk", tag = "bulk",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Filter),
    responses(
        (status = 200, body = List<BulkView>, description = "A page of bulks"),
        (status = 404, body = ErrorBody, description = "`account_not_found`"),
    ),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(filter): Query<Filter>,
) -> Result<Json<List<BulkView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = page::limit(filter.limit)?;
    if let Some(account) = filter.account_id {
        accounts::routes::own(&app, &principal, account, Scope::Read).await?;
    }
    let wanted = Selection {
        user: principal.user_id,
        account: filter.account_id,
        only: principal.only_accounts().map(<[_]>::to_vec),
        statuses: filter.status.as_deref().map_or(Ok(Vec::new()), statuses)?,
        before: filter.cursor,
    };
    let bulks = service::list(&app, &wanted, limit + 1).await?;
    Ok(Json(page::cut(bulks, limit, |bulk| bulk.id.to_string())))
}

fn statuses(text: &str) -> Result<Vec<BulkStatus>, ApiError> {
    let read = |code: &str| {
        BulkStatus::from_code(code).ok_or_else(|| {
            let known: Vec<_> = BulkStatus::ALL.iter().map(|it| it.code()).collect();
            let message = format!("`{code}` is no status; there are `{}`.", known.join("`, `"));
            ApiError::invalid("status", message)
        })
    };
    text.split(',').map(read).collect()
}

/// Read a bulk
///
/// How far it is, and what it waits for.
#[utoipa::path(
    get, path = "/api/messages/bulk/{id}", tag = "bulk",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = BulkId, Path, description = "The bulk")),
    responses(
        (status = 200, body = BulkView, description = "The bulk"),
        (status = 404, body = ErrorBody, description = "`bulk_not_found`"),
    ),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<BulkId>,
) -> Result<Json<BulkView>, ApiError> {
    principal.require(Scope::Read)?;
    let mut conn = app.db.read().await?;
    let bulk = service::own(&mut conn, &principal, id).await?;
    Ok(Json(service::view(&app, &mut conn, bulk).await?))
}

async fn change(
    app: &App,
    principal: &Principal,
    id: BulkId,
    order: Order,
) -> Result<Json<BulkView>, ApiError> {
    principal.require(Scope::Send)?;
    let bulk = service::own(&mut *app.db.read().await?, principal, id).await?;
    Ok(Json(service::change(app, &bulk, order).await?))
}

/// Pause a bulk
///
/// Nothing more of it goes, except what is on its way already.
#[utoipa::path(
    post, path = "/api/messages/bulk/{id}/pause", tag = "bulk",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = BulkId, Path, description = "The bulk")),
    responses(
        (status = 200, body = BulkView, description = "It is paused"),
        (status = 404, body = ErrorBody, description = "`bulk_not_found`"),
        (status = 409, body = ErrorBody, description = "`bulk_over`"),
    ),
)]
async fn pause(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<BulkId>,
) -> Result<Json<BulkView>, ApiError> {
    change(&app, &principal, id, Order::Pause).await
}

/// Resume a bulk
#[utoipa::path(
    post, path = "/api/messages/bulk/{id}/resume", tag = "bulk",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = BulkId, Path, description = "The bulk")),
    responses(
        (status = 200, body = BulkView, description = "It goes on where it was"),
        (status = 404, body = ErrorBody, description = "`bulk_not_found`"),
        (status = 409, body = ErrorBody, description = "`bulk_over`"),
    ),
)]
async fn resume(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<BulkId>,
) -> Result<Json<BulkView>, ApiError> {
    change(&app, &principal, id, Order::Resume).await
}

/// Cancel a bulk
///
/// Whoever was not written to yet is not any more. What was sent stays sent.
#[utoipa::path(
    delete, path = "/api/messages/bulk/{id}", tag = "bulk",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = BulkId, Path, description = "The bulk")),
    responses(
        (status = 200, body = BulkView, description = "It is cancelled"),
        (status = 404, body = ErrorBody, description = "`bulk_not_found`"),
        (status = 409, body = ErrorBody, description = "`bulk_over`: it is finished"),
    ),
)]
async fn cancel(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<BulkId>,
) -> Result<Json<BulkView>, ApiError> {
    change(&app, &principal, id, Order::Cancel).await
}

/// Read what became of each recipient
///
/// A CSV file with a row a recipient, in the order of the list. Cells that a
/// spreadsheet would take for a formula begin with `'`.
#[utoipa::path(
    get, path = "/api/messages/bulk/{id}/result.csv", tag = "bulk",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = BulkId, Path, description = "The bulk")),
    responses(
        (status = 200, body = String, content_type = "text/csv", description = "The file"),
        (status = 404, body = ErrorBody, description = "`bulk_not_found`"),
    ),
)]
async fn result(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<BulkId>,
) -> Result<Response, ApiError> {
    principal.require(Scope::Read)?;
    let bulk = service::own(&mut *app.db.read().await?, &principal, id).await?;
    let name = format!("attachment; filename=\"bulk-{id}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    let file = Body::from_stream(super::result::file(app, bulk));
    Ok((headers, file).into_response())
}
