//! The page of phones.

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

use super::errors::ApiError;

pub async fn index() -> Html<&'static str> {
    Html(include_str!("../../assets/index.html"))
}

pub async fn asset(Path(name): Path<String>) -> Response {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    const STYLE: &str = "text/css; charset=utf-8";
    let (kind, content) = match name.as_str() {
        "message.js" => (SCRIPT, include_str!("../../assets/message.js")),
        "page.js" => (SCRIPT, include_str!("../../assets/page.js")),
        "api.js" => (SCRIPT, include_str!("../../assets/api.js")),
        "scan.js" => (SCRIPT, include_str!("../../assets/scan.js")),
        "view.js" => (SCRIPT, include_str!("../../assets/view.js")),
        "words.js" => (SCRIPT, include_str!("../../assets/words.js")),
        "page.css" => (STYLE, include_str!("../../assets/page.css")),
        "jsqr.js" => (SCRIPT, include_str!("../../assets/jsqr.js")),
        _ => return ApiError::not_found("there is no such file").into_response(),
    };
    ([(CONTENT_TYPE, kind)], content).into_response()
}
