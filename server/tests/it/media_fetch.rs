//! What somewhere on the web is fetched, and what is not.

use crate::support::{
    Client, Setup, TestApp,
    samples::{VOICE, picture},
};
use axum::{
    Router,
    http::{StatusCode, header},
    response::{Html, Redirect},
    routing::get,
};
use futures::{FutureExt, future::BoxFuture};
use image::ImageFormat;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;
use whahook::platform::fetch::{Error, Fetcher, Names};

const PATIENCE: Duration = Duration::from_secs(20);

/// A server on this machine; what it counts is how often it was asked.
struct Site {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Site {
    async fn start(routes: Router) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let counted = move |request: axum::extract::Request| {
            count.fetch_add(1, Ordering::SeqCst);
            std::future::ready(request)
        };
        let routes = routes.layer(axum::middleware::map_request(counted));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { port, asked }
    }

    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Names with addresses of the test's choice, which may change with every
/// look-up.
struct Invented {
    names: HashMap<&'static str, Vec<Vec<&'static str>>>,
    looked_up: AtomicUsize,
}

impl Invented {
    fn new(names: &[(&'static str, &[&[&'static str]])]) -> Arc<Self> {
        let all = |answers: &&[&[&'static str]]| answers.iter().map(|it| it.to_vec()).collect();
        Arc::new(Self {
            names: names
                .iter()
                .map(|(name, answers)| (*name, all(answers)))
                .collect(),
            looked_up: AtomicUsize::new(0),
        })
    }
}

impl Names for Invented {
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let n = self.looked_up.fetch_add(1, Ordering::SeqCst);
        let answer = self.names.get(name).map(|answers| {
            let answer = &answers[n.min(answers.len() - 1)];
            answer
                .iter()
                .map(|address| address.parse().unwrap())
                .collect()
        });
        async move { answer.ok_or_else(|| io::Error::other("no such name")) }.boxed()
    }
}

async fn ask(fetcher: &Fetcher, url: &str) -> Result<Vec<u8>, Error> {
    fetcher.get(url, "*/*", PATIENCE).await?.bytes(1_000).await
}

#[tokio::test]
async fn a_name_is_asked_only_at_its_public_addresses() {
    let site = Site::start(Router::new().route("/", get(async || "inside"))).await;
    let names = Invented::new(&[
        ("private.test", &[&["10.0.0.1", "127.0.0.1"]]),
        ("metadata.test", &[&["169.254.169.254"]]),
        ("mapped.test", &[&["::ffff:127.0.0.1"]]),
        ("mixed.test", &[&["169.254.169.254", "127.0.0.1"]]),
        ("empty.test", &[&[]]),
    ]);
    let strict = Fetcher::with_names(false, names.clone()).unwrap();
    let open = Fetcher::with_names(true, names).unwrap();
    let url = |name: &str| format!("http://{name}:{}/", site.port);
    for name in ["private.test", "metadata.test", "mapped.test", "mixed.test"] {
        assert_eq!(
            ask(&strict, &url(name)).await,
            Err(Error::Refused),
            "{name}"
        );
    }
    for name in ["metadata.test", "mapped.test"] {
        assert_eq!(ask(&open, &url(name)).await, Err(Error::Refused), "{name}");
    }
    assert_eq!(
        ask(&strict, &url("unknown.test")).await,
        Err(Error::UnknownName)
    );
    assert_eq!(
        ask(&strict, &url("empty.test")).await,
        Err(Error::UnknownName)
    );
    assert_eq!(site.asked(), 0);
    // Of several addresses only the allowed one is connected to.
    assert_eq!(ask(&open, &url("mixed.test")).await.unwrap(), b"inside");
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_connected_to_where_it_was_checked() {
    let site = Site::start(Router::new().route("/", get(async || "checked"))).await;
    let names = Invented::new(&[("rebind.test", &[&["127.0.0.1"], &["169.254.169.254"]])]);
    let fetcher = Fetcher::with_names(true, names.clone()).unwrap();
    let url = format!("http://rebind.test:{}/", site.port);
    assert_eq!(ask(&fetcher, &url).await.unwrap(), b"checked");
    assert_eq!(names.looked_up.load(Ordering::SeqCst), 1);
    assert_eq!(ask(&fetcher, &url).await, Err(Error::Refused));
}

#[tokio::test]
async fn where_it_leads_on_is_checked_like_the_beginning() {
    let leads = |to: &'static str| get(async move || Redirect::temporary(to));
    let routes = Router::new()
        .route("/metadata", leads("http://169.254.169.254/latest"))
        .route("/mapped", leads("http://[::ffff:127.0.0.1]/"))
        .route("/decimal", leads("http://2852039166/"))
        .route("/name", leads("http://metadata.test/"))
        .route("/file", leads("file:///etc/passwd"))
        .route("/credentials", leads("http://a:b@example.test/"))
        .route("/round", leads("/round"))
        .route("/five", leads("/four"))
        .route("/four", leads("/three"))
        .route("/three", leads("/two"))
        .route("/two", leads("/one"))
        .route("/one", leads("/end"))
        .route("/end", get(async || "end"));
    let site = Site::start(routes).await;
    let names = Invented::new(&[("metadata.test", &[&["169.254.169.254"]])]);
    let open = Fetcher::with_names(true, names).unwrap();
    for (path, expected) in [
        ("/metadata", Error::Refused),
        ("/mapped", Error::Refused),
        ("/decimal", Error::Refused),
        ("/name", Error::Refused),
        ("/file", Error::Scheme),
        ("/credentials", Error::Credentials),
        ("/round", Error::TooManyRedirects),
    ] {
        assert_eq!(ask(&open, &site.at(path)).await, Err(expected), "{path}");
    }
    assert_eq!(ask(&open, &site.at("/five")).await.unwrap(), b"end");
}

#[tokio::test]
async fn what_does_not_come_as_it_should_is_said() {
    let endless = async || {
        let chunks = futures::stream::repeat_with(|| Ok::<_, io::Error>(vec![0_u8; 100]));
        axum::body::Body::from_stream(chunks)
    };
    let routes = Router::new()
        .route("/missing", get(async || StatusCode::NOT_FOUND))
        .route("/large", get(async || vec![0_u8; 1_001]))
        .route("/endless", get(endless))
        .route(
            "/packed",
            get(async || ([(header::CONTENT_ENCODING, "gzip")], "x")),
        )
        .route("/never", get(async || std::future::pending::<&str>().await));
    let site = Site::start(routes).await;
    let open = Fetcher::new(true).unwrap();
    for (path, expected) in [
        ("/missing", Error::Status(404)),
        ("/large", Error::TooLarge(1_000)),
        ("/endless", Error::TooLarge(1_000)),
        ("/packed", Error::Encoded),
    ] {
        assert_eq!(ask(&open, &site.at(path)).await, Err(expected), "{path}");
    }
    let soon = Duration::from_millis(300);
    let never = open.get(&site.at("/never"), "*/*", soon).await;
    assert_eq!(never.err(), Some(Error::TimedOut));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(ask(&open, &url).await, Err(Error::Unreachable));
}

async fn with_account(setup: Setup) -> (TestApp, Client, String) {
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Sales").await;
    (app, ana, account)
}

fn message(account: &str, kind: &str, more: &Value) -> Value {
    let mut message = json!({"account_id": account, "to": "+6287733760363", "type": kind});
    let fields = message.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    message
}

fn library() -> Router {
    let png = picture(640, 480, ImageFormat::Png);
    Router::new()
        .route("/a%20b.png", get(async move || png))
        .route("/note", get(async || VOICE))
        .route("/large", get(async || vec![0_u8; 70_000]))
}

#[tokio::test]
async fn a_file_with_an_address_is_fetched_when_its_message_is_accepted() {
    let setup = Setup::sqlite()
        .with("ALLOW_PRIVATE_TARGETS", "true")
        .with("MEDIA_MAX_BYTES", "60000");
    let (app, ana, account) = with_account(setup).await;
    let site = Site::start(library()).await;
    let picture = json!({"media": {"url": site.at("/a%20b.png")}, "idempotency_key": "1"});
    let picture = message(&account, "image", &picture);
    let accepted = ana.post("/api/messages", picture.clone()).await.expect(202);
    let media = &accepted["media"];
    assert_eq!(
        (&media["width"], &media["height"]),
        (&json!(640), &json!(480))
    );
    assert_eq!(media["file_name"], "a b.png");
    assert_eq!(media["mime_type"], "image/png");
    let again = ana.post("/api/messages", picture).await.expect(202);
    assert_eq!(again, accepted);
    assert_eq!(site.asked(), 1, "the same key fetched it twice");
    let note = message(
        &account,
        "voice",
        &json!({"media": {"url": site.at("/note")}}),
    );
    let note = ana.post("/api/messages", note).await.expect(202);
    assert_eq!(note["media"]["seconds"], 3);

    for (kind, path, word) in [
        ("image", "/note", "JPEG"),
        ("document", "/large", "60000 bytes"),
        ("document", "/missing", "404"),
    ] {
        let wrong = message(&account, kind, &json!({"media": {"url": site.at(path)}}));
        let answer = ana.post("/api/messages", wrong).await;
        assert!(answer.text.contains(word), "{}", answer.text);
        answer.expect_error(422, "invalid_input");
    }
    let both = json!({"media": {"url": site.at("/note"), "id": media["id"]}});
    let both = ana
        .post("/api/messages", message(&account, "document", &both))
        .await;
    both.expect_invalid("media");
    let listed = ana.get("/api/messages").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn without_leave_nothing_inside_is_asked() {
    let (app, ana, account) = with_account(Setup::sqlite()).await;
    let site = Site::start(library()).await;
    for url in [
        site.at("/note"),
        format!("http://localhost:{}/note", site.port),
        format!("http://2130706433:{}/note", site.port),
        format!("http://[::ffff:127.0.0.1]:{}/note", site.port),
    ] {
        let note = message(&account, "voice", &json!({"media": {"url": url}}));
        let answer = ana.post("/api/messages", note).await;
        assert!(answer.text.contains("not public"), "{url}: {}", answer.text);
        answer.expect_invalid("media.url");
    }
    assert_eq!(site.asked(), 0);
    app.stop().await;
}

#[tokio::test]
async fn a_link_is_shown_as_its_page_says_and_without_one_the_text_goes_alone() {
    let setup = Setup::sqlite().with("ALLOW_PRIVATE_TARGETS", "true");
    let (app, ana, account) = with_account(setup).await;
    let page = "<title>Own</title><meta property='og:title' content='Fish &amp; Chips'>\
                <meta property='og:description' content='Fresh'>\
                <meta property='og:image' content='/a%20b.png'>";
    let site = Site::start(library().route("/page", get(async move || Html(page)))).await;
    let text = |path: &str| format!("See {}.", site.at(path));
    let post = async |more: Value| {
        let message = message(&account, "text", &more);
        ana.post("/api/messages", message).await
    };
    let shown = post(json!({"text": text("/page"), "link_preview": {}}))
        .await
        .expect(202);
    let preview = &shown["link_preview"];
    assert_eq!(preview["url"], site.at("/page"));
    assert_eq!(preview["title"], "Fish & Chips");
    assert_eq!(preview["description"], "Fresh");
    let thumbnail = preview["thumbnail"].as_str().unwrap();
    let thumbnail = ana
        .get(&format!("/api/media/{thumbnail}"))
        .await
        .expect(200);
    assert_eq!(
        (&thumbnail["width"], &thumbnail["height"]),
        (&json!(100), &json!(75))
    );

    let alone = post(json!({"text": text("/gone"), "link_preview": {}}))
        .await
        .expect(202);
    assert_eq!(alone["link_preview"], Value::Null);
    assert_eq!(alone["text"], text("/gone"));
    let own = json!({"url": site.at("/gone"), "title": "Mine"});
    let own = post(json!({"text": text("/gone"), "link_preview": own}))
        .await
        .expect(202);
    assert_eq!(own["link_preview"]["title"], "Mine");
    let none = post(json!({"text": "no link", "link_preview": {}})).await;
    none.expect_invalid("link_preview");
    let other = json!({"url": "https://example.com"});
    let other = post(json!({"text": text("/page"), "link_preview": other})).await;
    other.expect_invalid("link_preview.url");
    app.stop().await;
}
