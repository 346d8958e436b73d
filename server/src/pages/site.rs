//! The built page: `manifest.json` and the files that it names.

use crate::app::App;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    middleware::map_response,
    response::Response,
};
use std::{collections::BTreeMap, fs, path::Path};
use tower_http::services::{ServeDir, ServeFile};
use whahook_web::data::Assets;

/// Addresses under `/pkg` carry a hash of their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Files at the top that browsers and robots look for by name.
const WELL_KNOWN: &[&str] = &["/favicon.svg", "/robots.txt"];

pub struct Site {
    /// `None` when the page is not built.
    pub assets: Option<Assets>,
}

impl Site {
    pub fn open(folder: &Path) -> Self {
        let manifest = folder.join("manifest.json");
        let assets = fs::read_to_string(&manifest)
            .map_err(|error| error.to_string())
            .and_then(|json| assets(&json));
        if let Err(error) = &assets {
            tracing::warn!(
                path = %manifest.display(),
                error,
                "the page is not built (SITE_DIR); only the API answers"
            );
        }
        Self {
            assets: assets.ok(),
        }
    }
}

fn assets(manifest: &str) -> Result<Assets, String> {
    let addresses: BTreeMap<String, String> =
        serde_json::from_str(manifest).map_err(|error| error.to_string())?;
    let address = |name: &str| {
        addresses
            .get(name)
            .cloned()
            .ok_or_else(|| format!("it does not name {name}"))
    };
    Ok(Assets {
        script: address("web.js")?,
        wasm: address("web.wasm")?,
        style: address("main.css")?,
        font: address("fonts/inter-latin.woff2")?,
        icon: "/favicon.svg".to_owned(),
        modules: addresses
            .iter()
            .filter(|(name, _)| name.starts_with("snippets/") && name.ends_with(".js"))
            .map(|(_, address)| address.clone())
            .collect(),
    })
}

pub fn files(folder: &Path) -> Router<App> {
    let built = ServeDir::new(folder.join("pkg"))
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false);
    let mut router = Router::new()
        .nest_service("/pkg", built)
        .layer(map_response(async |response| cached(response, FOREVER)));
    for path in WELL_KNOWN {
        let file = ServeFile::new(folder.join(path.trim_start_matches('/')))
            .precompressed_br()
            .precompressed_gzip();
        let file = Router::new()
            .route_service(path, file)
            .layer(map_response(async |response| cached(response, AN_HOUR)));
        router = router.merge(file);
    }
    router
}

/// Only what is there may be kept: a file that is missing may come.
fn cached(mut response: Response, how_long: HeaderValue) -> Response {
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CACHE_CONTROL, how_long);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_says_where_everything_is() {
        let assets = assets(
            r#"{"web.js": "/pkg/1/web.js", "web.wasm": "/pkg/1/web.wasm",
                "main.css": "/pkg/1/main.css", "fonts/inter-latin.woff2": "/pkg/1/i.woff2",
                "snippets/a/js/socket.js": "/pkg/1/snippets/a/js/socket.js",
                "favicon.svg": "/pkg/1/favicon.svg"}"#,
        )
        .unwrap();
        assert_eq!(assets.wasm, "/pkg/1/web.wasm");
        assert_eq!(assets.modules, ["/pkg/1/snippets/a/js/socket.js"]);
    }

    #[test]
    fn a_manifest_that_lacks_a_file_is_refused_by_name() {
        let error = assets("{}").unwrap_err();
        assert!(error.contains("web.js"), "{error}");
    }
}
