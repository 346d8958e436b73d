//! `/phones`: people, their linked devices and their chats.

use axum::Json;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::{ApiError, Body};
use super::media;
use super::views::{DeviceView, MessageView, PhoneView, PresenceView};
use crate::phone::compose::Draft;
use crate::simulator::{Control, Showed};

type Answer<T> = Result<T, ApiError>;

#[derive(Deserialize)]
pub struct NewPhone {
    phone_number: String,
    #[serde(default)]
    name: String,
}

pub async fn add(
    State(control): State<Control>,
    Body(new): Body<NewPhone>,
) -> Answer<(StatusCode, Json<PhoneView>)> {
    let name = if new.name.trim().is_empty() {
        new.phone_number.trim()
    } else {
        new.name.trim()
    };
    let phone = control.add_phone(&new.phone_number, name).await?;
    Ok((StatusCode::CREATED, Json(phone)))
}

pub async fn list(State(control): State<Control>) -> Json<Vec<PhoneView>> {
    Json(control.phones())
}

pub async fn show(
    State(control): State<Control>,
    Path(number): Path<String>,
) -> Answer<Json<PhoneView>> {
    Ok(Json(control.phone(&number)?))
}

pub async fn presence(
    State(control): State<Control>,
    Path(number): Path<String>,
) -> Answer<Json<PresenceView>> {
    Ok(Json(control.phone(&number)?.presence))
}

#[derive(Deserialize)]
pub struct Showing {
    state: Showed,
    /// Whom the person writes to: a number or a group.
    to: Option<String>,
}

pub async fn show_presence(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(showing): Body<Showing>,
) -> Answer<StatusCode> {
    control.show(&number, showing.state, showing.to.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct Scan {
    qr: String,
}

pub async fn scan(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(scan): Body<Scan>,
) -> Answer<Json<DeviceView>> {
    Ok(Json(control.scan(&number, &scan.qr).await?))
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
}

pub async fn pair(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(typed): Body<Code>,
) -> Answer<Json<DeviceView>> {
    Ok(Json(control.pair(&number, &typed.code).await?))
}

#[derive(Deserialize)]
pub struct Options {
    options: Value,
}

pub async fn passkey(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(asked): Body<Options>,
) -> Answer<Json<Value>> {
    Ok(Json(control.passkey(&number, &asked.options)?))
}

#[derive(Deserialize)]
pub struct NewMessage {
    to: String,
    #[serde(flatten)]
    draft: Draft,
}

pub async fn write(
    State(control): State<Control>,
    Path(number): Path<String>,
    request: Request,
) -> Answer<(StatusCode, Json<MessageView>)> {
    let kind = request.headers().get(CONTENT_TYPE);
    let written = if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/")) {
        let (to, attachment) = media::read_form(request).await?;
        control.send_media(&number, &to, attachment).await?
    } else {
        let Body(NewMessage { to, draft }) = Body::from_request(request, &()).await?;
        control.send(&number, &to, draft).await?
    };
    Ok((StatusCode::CREATED, Json(written.into())))
}

pub async fn messages(
    State(control): State<Control>,
    Path(number): Path<String>,
) -> Answer<Json<Vec<MessageView>>> {
    let messages = control.messages(&number)?;
    Ok(Json(messages.into_iter().map(Into::into).collect()))
}

pub async fn send_again(
    State(control): State<Control>,
    Path((number, id)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let count = control.send_again(&number, &id).await?;
    Ok(Json(json!({ "sent_again": count })))
}

#[derive(Deserialize)]
pub struct Read {
    from: String,
}

pub async fn read(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(read): Body<Read>,
) -> Answer<Json<Value>> {
    let count = control.read(&number, &read.from).await?;
    Ok(Json(json!({ "read": count })))
}

pub async fn unlink(
    State(control): State<Control>,
    Path((number, device)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let device = device
        .parse()
        .map_err(|_| ApiError::invalid("device", "a device is a number"))?;
    control.unlink(&number, device).await?;
    Ok(StatusCode::NO_CONTENT)
}
