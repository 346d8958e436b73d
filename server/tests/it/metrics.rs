//! What `/metrics` serves is what the dashboard, the alerts and the documents
//! name.

use crate::support::{
    Setup,
    eventually::eventually,
    receiver::Receiver,
    whatsapp::{ANA, BRUNO, send_text, simulator, until_message, until_status},
};
use crate::webhooks::{reaching_here, webhook};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use whahook_simulator::Fault;

/// The labels of each metric that is served.
type Served = BTreeMap<String, BTreeSet<String>>;

fn served(text: &str) -> Served {
    let mut served = Served::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name: String = line.chars().take_while(|c| is_of_a_name(*c)).collect();
        if name.is_empty() {
            continue;
        }
        let labels = served.entry(name.clone()).or_default();
        let rest = &line[name.len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let inside = inside.split('}').next().unwrap();
            // A route has braces of its own: its label's name stands before.
            labels.extend(label_names(inside));
        }
    }
    served
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names before `=`, `!=`, `=~` and `!~`.
fn label_names(matchers: &str) -> impl Iterator<Item = String> {
    matchers.split(',').filter_map(|matcher| {
        let (name, _) = matcher.split_once('=')?;
        let name = name.trim().trim_end_matches('!');
        (!name.is_empty() && name.chars().all(is_of_a_name)).then(|| name.to_owned())
    })
}

/// Every metric that a text names, with the labels it is asked by.
fn named(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = ["whahook_", "process_"]
        .iter()
        .filter_map(|prefix| rest.find(prefix))
        .min()
    {
        let starts_a_word = !rest[..at].chars().next_back().is_some_and(is_of_a_name);
        let name: String = rest[at..]
            .chars()
            .take_while(|c| is_of_a_name(*c))
            .collect();
        rest = &rest[at + name.len()..];
        let labels = match rest.strip_prefix('{') {
            Some(inside) => label_names(inside.split('}').next().unwrap()).collect(),
            None => Vec::new(),
        };
        if starts_a_word {
            found.push((name, labels));
        }
    }
    found
}

/// The labels of `by (…)`.
fn grouped_by(text: &str) -> BTreeSet<String> {
    text.split("by (")
        .skip(1)
        .flat_map(|rest| rest.split(')').next().unwrap().split(','))
        .map(|label| label.trim().to_owned())
        .collect()
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Every `expr` and `query` of the dashboard.
fn expressions(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                match value.as_str() {
                    Some(text) if name == "expr" || name == "query" => found.push(text.to_owned()),
                    _ => expressions(value, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_metric_that_dashboard_alerts_and_documents_name_is_served_and_described() {
    let simulator = simulator().await;
    let receiver = Receiver::start().await;
    let app = reaching_here(Setup::sqlite().on(&simulator)).start().await;
    let ana = app.register("ana@example.com").await;
    // One of everything that is measured only when it happens.
    webhook(&ana, &receiver, serde_json::json!({})).await;
    let account = app.linked(&ana, &simulator, ANA).await;
    let message = send_text(&ana, &account, BRUNO, "measured").await;
    until_message(&ana, message["id"].as_str().unwrap(), "delivered").await;
    receiver.until_arrived(1).await;
    simulator.fault(Some(ANA), &Fault::Close).unwrap();
    let figures = || async { ana.get("/metrics").await.text };
    let lost = "whahook_session_reconnects_total{reason=\"connection_closed\"} ";
    eventually(figures, |text| {
        text.lines()
            .any(|line| line.strip_prefix(lost).is_some_and(|count| count != "0"))
    })
    .await;
    until_status(&ana, &account, "ready").await;
    let text = figures().await;
    app.stop().await;

    let served = served(&text);
    let dashboard: serde_json::Value =
        serde_json::from_str(&read("docs/grafana/whahook.json")).unwrap();
    let mut asked = Vec::new();
    expressions(&dashboard, &mut asked);
    assert!(asked.len() > 20, "{}", asked.len());
    asked.push(read("docs/alerts.yml"));
    // Prometheus adds these to whatever it scrapes.
    let of_prometheus = ["instance", "job"];
    let all_labels: BTreeSet<&String> = served.values().flatten().collect();
    for expression in &asked {
        for (metric, labels) in named(expression) {
            let has = served
                .get(&metric)
                .unwrap_or_else(|| panic!("{metric} is not served\n{text}"));
            for label in labels {
                let known = has.contains(&label) || of_prometheus.contains(&label.as_str());
                assert!(known, "{metric} has no label {label}");
            }
        }
        for label in grouped_by(expression) {
            let known = all_labels.contains(&label) || of_prometheus.contains(&label.as_str());
            assert!(known, "nothing has the label {label}: {expression}");
        }
    }
    for (metric, _) in named(&read("docs/OPERATIONS.md")) {
        let whole = |kind: &str| served.contains_key(&format!("{metric}{kind}"));
        assert!(whole("") || whole("_bucket"), "{metric} is not served");
    }

    let operations = read("docs/OPERATIONS.md");
    for metric in served.keys() {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|part| metric.strip_suffix(part))
            .filter(|base| served.contains_key(&format!("{base}_bucket")))
            .unwrap_or(metric);
        let help = format!("# HELP {base} ");
        let described = text
            .lines()
            .any(|line| line.strip_prefix(&help).is_some_and(|help| help.len() > 10));
        // Tests in the same process count things of their own.
        if base.starts_with("whahook_a_test") {
            continue;
        }
        assert!(described, "{base} is not described");
        if base.starts_with("whahook_") {
            assert!(operations.contains(base), "{base} is not in OPERATIONS.md");
        }
    }
}

#[test]
fn names_and_labels_are_read_out_of_expressions() {
    assert_eq!(
        named("sum by (le) (rate(whahook_a_bucket{b=\"c\", d=~\"e|f\"}[5m])) / process_b"),
        [
            (
                "whahook_a_bucket".to_owned(),
                vec!["b".to_owned(), "d".to_owned()]
            ),
            ("process_b".to_owned(), vec![]),
        ]
    );
    let labels: Vec<String> = grouped_by("sum by (le, route) (x)").into_iter().collect();
    assert_eq!(labels, ["le", "route"]);
}
