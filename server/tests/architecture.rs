//! What keeps the shape of the project: read from the sources themselves.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

const MAX_LINES: usize = 500;

struct Source {
    /// Relative to the workspace, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The lines that run, without comments and unit tests, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(n, line)| (n + 1, line))
    }

    fn is(&self, part: &str) -> bool {
        self.path.contains(part)
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let root = workspace();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source {
                    path: path
                        .strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    assert!(found.len() > 3, "looked in the wrong place");
    found
}

/// Fails with every place where one of the words stands, outside the allowed
/// files.
fn nobody_says(
    words: &[&str],
    sources: &[Source],
    allowed: impl Fn(&Source) -> bool,
    reason: &str,
) {
    let mut places = Vec::new();
    for source in sources.iter().filter(|source| !allowed(source)) {
        for (n, line) in source.code() {
            if words.iter().any(|word| line.contains(word)) {
                places.push(format!("{}:{n}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(places.is_empty(), "{reason}\n{}", places.join("\n"));
}

#[test]
fn the_client_library_is_named_in_one_place() {
    nobody_says(
        &[
            "whatsapp_rust::",
            "wacore::",
            "wacore_binary::",
            "waproto::",
        ],
        &sources(&["contract/src", "server/src", "web/src", "xtask/src"]),
        |_| false,
        "only the crate `whatsapp` knows the client library",
    );
    nobody_says(
        &["whatsapp_rust::", "wacore", "waproto"],
        &sources(&["whatsapp/src"]),
        |source| source.is("/client/"),
        "the port must not show the library behind it",
    );
}

#[test]
fn sql_stands_in_stores() {
    nobody_says(
        &["sqlx::query", "query_as(", "query_scalar("],
        &sources(&["server/src"]),
        |source| source.path.ends_with("/store.rs") || source.path.contains("/platform/db"),
        "SQL lives in `store.rs`",
    );
}

#[test]
fn stores_know_nothing_of_the_outside() {
    let stores: Vec<Source> = sources(&["server/src"])
        .into_iter()
        .filter(|source| source.path.ends_with("/store.rs"))
        .collect();
    assert!(stores.len() >= 4);
    nobody_says(
        &["axum", "http::", "App", "tx.commit", ".begin()"],
        &stores,
        |_| false,
        "a store works on a borrowed connection; the service opens and commits",
    );
}

#[test]
fn time_and_chance_are_asked_only_in_platform() {
    nobody_says(
        &[
            "Utc::now",
            "SystemTime::now",
            "rand::rng",
            "rand::random",
            "Uuid::new_v4",
            "Uuid::now_v7",
        ],
        &sources(&["contract/src", "server/src", "whatsapp/src"]),
        |source| source.is("/platform/"),
        "ask the clock and the ids that App carries",
    );
}

#[test]
fn facts_leave_a_feature_through_the_ledger_alone() {
    nobody_says(
        &["realtime::", "socketioxide::"],
        &sources(&["server/src"]),
        |source| source.is("src/realtime/") || source.is("src/http/router.rs"),
        "features record events; realtime listens",
    );
}

#[test]
fn features_do_not_speak_http_outside_their_routes() {
    nobody_says(
        &["axum::", "StatusCode"],
        &sources(&["server/src"]),
        |source| {
            source.path.ends_with("/routes.rs")
                || ["src/http/", "src/pages", "src/realtime/", "src/app.rs"]
                    .iter()
                    .any(|outside| source.is(outside))
        },
        "only routes, pages and sockets know of HTTP",
    );
}

#[test]
fn settings_are_read_from_the_environment_in_one_place() {
    nobody_says(
        &["env::var"],
        &sources(&["server/src"]),
        |source| source.is("src/config/"),
        "settings come from `Config`",
    );
}

#[test]
fn what_the_page_and_the_server_share_stays_small() {
    let manifest = fs::read_to_string(workspace().join("contract/Cargo.toml")).unwrap();
    for heavy in ["tokio", "axum", "sqlx", "leptos", "whatsapp"] {
        let named = manifest.lines().any(|line| line.starts_with(heavy));
        assert!(
            !named,
            "contract must not depend on {heavy}: the browser loads it"
        );
    }
}

#[test]
fn a_file_has_one_reason_to_change() {
    let long: Vec<String> = sources(&[
        "contract/src",
        "server/src",
        "server/tests",
        "simulator/src",
        "web/src",
        "whatsapp/src",
        "xtask/src",
    ])
    .iter()
    .map(|source| (source.text.lines().count(), &source.path))
    .filter(|(lines, _)| *lines > MAX_LINES)
    .map(|(lines, path)| format!("{path}: {lines} lines"))
    .collect();
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines:\n{}",
        long.join("\n")
    );
}
