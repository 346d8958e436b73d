//! Logs and metrics of the process.

use crate::config::{LogFormat, Logs};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{io::IsTerminal, sync::OnceLock};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use whahook_contract::{endings, session::Status};

/// What is quiet unless `RUST_LOG` names it: libraries that report ordinary
/// events of the network as errors, or repeat what is logged here anyway.
const QUIET: &[(&str, &str)] = &[
    // Every ordinary duplicate delivery is an ERROR there.
    ("wacore_libsignal", "off"),
    ("libsignal", "off"),
    // Each connect is a dozen lines of protocol; the session's own line says
    // what came of it.
    ("whatsapp_rust", "warn"),
    ("wacore", "warn"),
    ("Client", "warn"),
    ("apalis_core", "warn"),
    ("sqlx", "warn"),
    ("socketioxide", "warn"),
    ("engineioxide", "warn"),
    ("hyper_util", "warn"),
    ("h2", "warn"),
];

/// Starts logging. Does nothing when the process logs already.
pub fn start_logs(config: &Logs) {
    let registry = tracing_subscriber::registry().with(filter(&config.filter));
    // Standard output belongs to the answer of the command.
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let _ = match config.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry
            .with(
                lines
                    .json()
                    .flatten_event(true)
                    .with_current_span(false)
                    .with_span_list(true),
            )
            .try_init(),
    };
}

fn filter(wanted: &str) -> EnvFilter {
    let quiet = QUIET
        .iter()
        .filter(|(target, _)| !wanted.contains(target))
        .map(|(target, level)| format!("{target}={level}"));
    let directives: Vec<String> = quiet.chain([wanted.to_owned()]).collect();
    EnvFilter::new(directives.join(","))
}

const COUNTERS: &[(&str, &str)] = &[
    (
        "whahook_event_streams_given_up_total",
        "Streams of events that ended because nobody read.",
    ),
    (
        "whahook_webhook_attempts_total",
        "Attempts to hand an event to a webhook, by outcome (delivered, refused, timed_out, unreachable, not_allowed).",
    ),
    (
        "whahook_webhook_given_up_total",
        "Deliveries to webhooks that were given up after a day.",
    ),
    (
        "whahook_webhook_replies_total",
        "Replies in the answers of webhooks, by outcome (accepted, refused).",
    ),
    (
        "whahook_webhooks_turned_off_total",
        "Webhooks that were turned off because nothing arrived there.",
    ),
    (
        "whahook_files_received_total",
        "Files of messages that came in whose fetching ended, by state (ready, failed).",
    ),
    (
        "whahook_http_requests_total",
        "Requests that were answered, by method, route and status.",
    ),
    (
        "whahook_mails_total",
        "Attempts to send an e-mail about an account, by what it tells (loss, return, webhook) and outcome (sent, failed, unknown).",
    ),
    (
        "whahook_messages_accepted_total",
        "Messages that were accepted for sending.",
    ),
    (
        "whahook_messages_received_total",
        "What came in: messages, edits, reactions, votes, deletions; also those that came again.",
    ),
    (
        "whahook_realtime_emit_failures_total",
        "Events that a client's socket did not take.",
    ),
    (
        "whahook_realtime_events_skipped_total",
        "Events that were not pushed because pushing lagged behind; clients ask for them again.",
    ),
    (
        "whahook_session_changes_total",
        "Changes of a session's state, by the new status and its reason.",
    ),
    (
        "whahook_session_panics_total",
        "Mistakes of ours that ended one session's task; it is started again.",
    ),
    (
        "whahook_session_reconnects_total",
        "Times that a session lost its connection or could not make one, and tries again, by reason.",
    ),
    ("whahook_bulks_accepted_total", "Bulks accepted."),
    (
        "whahook_stream_accepted_total",
        "Messages that were accepted from the stream in Redis, those among them that came twice too.",
    ),
    (
        "whahook_stream_rejected_total",
        "Messages from the stream in Redis that were wrong; they are kept in whahook:outbound:rejected.",
    ),
];

const GAUGES: &[(&str, &str)] = &[
    (
        "whahook_event_streams",
        "Streams of events (server-sent events) that are open.",
    ),
    (
        "whahook_outbox_messages",
        "Messages in the queue, by status.",
    ),
    (
        "whahook_outbox_oldest_due_seconds",
        "How long the oldest message has been due of which the session is ready; 0 where none is.",
    ),
    ("whahook_sessions", "Sessions, by status."),
    (
        "whahook_uptime_seconds",
        "How long this server has been running.",
    ),
];

const HISTOGRAMS: &[(&str, &str)] = &[
    (
        "whahook_webhook_attempt_duration_seconds",
        "How long an attempt to hand an event to a webhook took.",
    ),
    (
        "whahook_webhook_lag_seconds",
        "From an event to its arrival at a webhook, where the first attempt succeeded.",
    ),
    (
        "whahook_handshake_wait_seconds",
        "How long a session waited for its turn to connect (MAX_HANDSHAKES).",
    ),
    (
        "whahook_http_request_duration_seconds",
        "From a request to its answer, by method and route.",
    ),
    (
        "whahook_message_ack_seconds",
        "From handing a message to WhatsApp to its acknowledgement.",
    ),
    (
        "whahook_handshake_seconds",
        "From dialling WhatsApp to a code or a login.",
    ),
    (
        "whahook_qr_seconds",
        "From being asked for a QR to the first one.",
    ),
];

const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The metrics of this process, collected from the first call on. There is one
/// collection a process because the macros of the crate `metrics` write to it.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder has the metrics of this process");
        }
        metrics_process::Collector::default().describe();
        describe();
        handle
    })
}

/// What each of our own metrics means; those that are only sometimes counted
/// begin at zero, so that the first time shows as a change.
fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    for (name, meaning) in COUNTERS {
        describe_counter!(*name, *meaning);
    }
    for (name, meaning) in GAUGES {
        describe_gauge!(*name, *meaning);
    }
    for (name, meaning) in HISTOGRAMS {
        describe_histogram!(*name, *meaning);
    }
    for line in endings::TABLE {
        if matches!(line.status, Status::Reconnecting) {
            let reason = line.reason.code();
            metrics::counter!("whahook_session_reconnects_total", "reason" => reason).absolute(0);
        }
    }
    for what in ["loss", "return", "webhook"] {
        for outcome in ["sent", "failed", "unknown"] {
            let labels = [("what", what), ("outcome", outcome)];
            metrics::counter!("whahook_mails_total", &labels).absolute(0);
        }
    }
    for outcome in [
        "delivered",
        "refused",
        "timed_out",
        "unreachable",
        "not_allowed",
    ] {
        metrics::counter!("whahook_webhook_attempts_total", "outcome" => outcome).absolute(0);
    }
    for outcome in ["accepted", "refused"] {
        metrics::counter!("whahook_webhook_replies_total", "outcome" => outcome).absolute(0);
    }
    for state in ["ready", "failed"] {
        metrics::counter!("whahook_files_received_total", "state" => state).absolute(0);
    }
    metrics::counter!("whahook_webhook_given_up_total").absolute(0);
    metrics::counter!("whahook_webhooks_turned_off_total").absolute(0);
    metrics::counter!("whahook_event_streams_given_up_total").absolute(0);
    metrics::gauge!("whahook_event_streams").set(0.0);
    metrics::counter!("whahook_messages_accepted_total").absolute(0);
    metrics::counter!("whahook_messages_received_total").absolute(0);
    metrics::counter!("whahook_session_panics_total").absolute(0);
    metrics::counter!("whahook_stream_accepted_total").absolute(0);
    metrics::counter!("whahook_stream_rejected_total").absolute(0);
    metrics::counter!("whahook_realtime_events_skipped_total").absolute(0);
    metrics::counter!("whahook_realtime_emit_failures_total").absolute(0);
}

/// The metrics as Prometheus reads them.
#[must_use]
pub fn render_metrics() -> String {
    let handle = metrics();
    metrics_process::Collector::default().collect();
    handle.run_upkeep();
    handle.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noisy_libraries_are_quiet_unless_they_are_asked_for() {
        assert!(filter("info").to_string().contains("wacore_libsignal=off"));
        let asked = filter("info,wacore_libsignal=debug").to_string();
        assert!(asked.contains("wacore_libsignal=debug") && !asked.contains("=off,wacore"));
    }

    #[test]
    fn what_the_macros_count_is_rendered() {
        metrics();
        metrics::counter!("whahook_a_test_total").increment(3);
        let text = render_metrics();
        assert!(text.contains("whahook_a_test_total 3"), "{text}");
        assert!(text.contains("process_resident_memory_bytes"), "{text}");
    }
}
