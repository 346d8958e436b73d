//! The built page: `manifest.json` and the files that it names.

use crate::app::App;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    middleware::map_response,
    response::Response,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path};
use tower_http::services::{ServeDir, ServeFile};
use whahook_web::data::{Assets, Bundle, Page};

/// Addresses under `/pkg` carry a hash of their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Files at the top that browsers and robots look for by name.
const WELL_KNOWN: &[&str] = &["/favicon.svg", "/robots.txt"];

pub struct Site {
    /// `None` when the page is not built.
    built: Option<Built>,
}

impl Site {
    pub fn open(folder: &Path) -> Self {
        let manifest = folder.join("manifest.json");
        let built = fs::read_to_string(&manifest)
            .map_err(|error| error.to_string())
            .and_then(|json| Built::read(&json));
        if let Err(error) = &built {
            tracing::warn!(
                path = %manifest.display(),
                error,
                "the page is not built (SITE_DIR); only the API answers"
            );
        }
        Self { built: built.ok() }
    }

    /// What the page is made of; `None` when it is not built.
    pub fn assets(&self, page: Page) -> Option<Assets> {
        let Built { shared, bundles } = self.built.as_ref()?;
        let bundle = page.bundle().and_then(|name| bundles.get(name)).cloned();
        Some(Assets {
            bundle,
            ..shared.clone()
        })
    }
}

struct Built {
    /// What all pages share.
    shared: Assets,
    bundles: BTreeMap<&'static str, Bundle>,
}

impl Built {
    fn read(manifest: &str) -> Result<Self, String> {
        let manifest: Manifest =
            serde_json::from_str(manifest).map_err(|error| error.to_string())?;
        let file = |name: &str| {
            let address = manifest.files.get(name).cloned();
            address.ok_or_else(|| format!("it does not name {name}"))
        };
        let mut bundles = BTreeMap::new();
        for name in Page::ALL.iter().filter_map(|page| page.bundle()) {
            let modules = manifest.modules.get(name).into_iter().flatten();
            let bundle = Bundle {
                script: file(&format!("{name}.js"))?,
                wasm: file(&format!("{name}.wasm"))?,
                modules: modules.map(|name| file(name)).collect::<Result<_, _>>()?,
                style: file(&format!("{name}.css")).ok(),
            };
            bundles.insert(name, bundle);
        }
        let shared = Assets {
            style: file("main.css")?,
            font: file("fonts/inter-latin.woff2")?,
            icon: "/favicon.svg".to_owned(),
            bundle: None,
        };
        Ok(Self { shared, bundles })
    }
}

#[derive(Deserialize)]
struct Manifest {
    /// The address of every file.
    files: BTreeMap<String, String>,
    /// The files that each bundle's script imports.
    modules: BTreeMap<String, Vec<String>>,
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

    const CONNECTIONS: &str = r#""connections.js": "/pkg/1/connections.js",
        "connections.wasm": "/pkg/1/connections.wasm", "main.css": "/pkg/1/main.css",
        "snippets/a/js/socket.js": "/pkg/1/snippets/a/js/socket.js",
        "fonts/inter-latin.woff2": "/pkg/1/i.woff2""#;

    /// A manifest that names the files, and all bundles but that of connections.
    fn manifest(files: &str) -> String {
        let others = Page::ALL.iter().filter_map(|page| page.bundle());
        let others =
            others
                .filter(|name| *name != "connections")
                .fold(files.to_owned(), |all, name| {
                    format!(r#"{all}, "{name}.js": "/{name}.js", "{name}.wasm": "/{name}.wasm""#)
                });
        format!(
            r#"{{"files": {{{others}}}, "modules": {{"connections": ["snippets/a/js/socket.js"]}}}}"#
        )
    }

    #[test]
    fn each_page_has_its_own_script_and_what_that_imports() {
        let site = Site {
            built: Some(Built::read(&manifest(CONNECTIONS)).unwrap()),
        };
        let connections = site.assets(Page::Connections).unwrap();
        let bundle = connections.bundle.unwrap();
        assert_eq!(bundle.wasm, "/pkg/1/connections.wasm");
        assert_eq!(bundle.modules, ["/pkg/1/snippets/a/js/socket.js"]);
        let sign_in = site.assets(Page::Login).unwrap();
        assert_eq!(sign_in.style, connections.style);
        let bundle = sign_in.bundle.unwrap();
        assert_eq!(
            (bundle.script.as_str(), bundle.modules.len()),
            ("/sign_in.js", 0)
        );
        assert_eq!(site.assets(Page::NotFound).unwrap().bundle, None);
    }

    #[test]
    fn a_manifest_that_lacks_a_file_is_refused_by_name() {
        let without = CONNECTIONS.replace("connections.js", "other.js");
        let error = Built::read(&manifest(&without)).err().unwrap();
        assert!(error.contains("connections.js"), "{error}");
    }
}
