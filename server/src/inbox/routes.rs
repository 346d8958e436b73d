//! How accounts receive, and what came in.

use super::{files, groups, settings};
use crate::{App, contacts};
use utoipa_axum::router::OpenApiRouter;

pub fn router() -> OpenApiRouter<App> {
    settings::routes::router()
        .merge(files::routes::router())
        .merge(groups::routes::router())
        .merge(contacts::pictures::routes::router())
}
