//! What became of each recipient, as a spreadsheet reads it.

use super::{
    csv::cell,
    model::Bulk,
    store::{self, Outcome, Step},
};
use crate::{app::App, outbox, platform::clock::from_ms};
use chrono::SecondsFormat;
use csv::Writer;
use futures::{Stream, stream};
use std::{borrow::Cow, io};
use whahook_contract::message::MessageStatus;

const HEADINGS: [&str; 14] = [
    "row",
    "to",
    "phone_number",
    "lid",
    "message_id",
    "whatsapp_message_id",
    "status",
    "detail",
    "queued_at",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "cancelled_at",
];
/// So many rows are read at once.
const PAGE: i64 = 500;

/// The file, piece by piece: as much is in memory as one page.
pub fn file(app: App, bulk: Bulk) -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::try_unfold(Some(0), move |after| {
        let (app, bulk) = (app.clone(), bulk.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let (piece, next) = page(&app, &bulk, after).await?;
            Ok(Some((piece, next)))
        }
    })
}

/// The rows after so many, with the headings before the first; where to go on.
async fn page(app: &App, bulk: &Bulk, after: i64) -> io::Result<(Vec<u8>, Option<i64>)> {
    let (outcomes, steps) = read(app, bulk, after).await.map_err(io::Error::other)?;
    let mut file = Writer::from_writer(Vec::new());
    if after == 0 {
        file.write_record(HEADINGS)?;
    }
    for outcome in &outcomes {
        let of_row = |step: &&Step| step.n == outcome.n;
        let steps: Vec<&Step> = steps.iter().filter(of_row).collect();
        write(&mut file, bulk, outcome, &steps)?;
    }
    let next = outcomes
        .last()
        .map(|outcome| outcome.n)
        .filter(|last| *last < bulk.total);
    let bytes = file
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok((bytes, next))
}

async fn read(app: &App, bulk: &Bulk, after: i64) -> sqlx::Result<(Vec<Outcome>, Vec<Step>)> {
    let mut conn = app.db.read().await?;
    let outcomes = store::outcomes(&mut conn, bulk.id, after, PAGE).await?;
    let steps = store::steps(&mut conn, bulk.id, after, after + PAGE).await?;
    Ok((outcomes, steps))
}

fn write(
    file: &mut Writer<Vec<u8>>,
    bulk: &Bulk,
    outcome: &Outcome,
    steps: &[&Step],
) -> io::Result<()> {
    let known = outbox::parse_recipient(&outcome.chat, None).ok();
    let phone = outcome.phone_number.clone();
    let phone = phone.or_else(|| known.as_ref()?.phone_number.clone());
    let lid = outcome.lid.clone().or_else(|| known?.lid);
    // A row that is no message shares the fate of the rest.
    let rest = bulk.rest().map_or("waiting", MessageStatus::code);
    let status = outcome.status.as_deref().unwrap_or(rest);
    let detail = match &outcome.status {
        Some(_) => steps.last().and_then(|step| step.detail.as_deref()),
        None => bulk.reason.as_deref().filter(|_| bulk.rest().is_some()),
    };
    // The last time counts: a message may have been queued again.
    let at = |status: MessageStatus| {
        let step = steps.iter().rfind(|step| step.status == status.code());
        let ended = bulk
            .finished_at
            .filter(|_| outcome.status.is_none() && bulk.rest() == Some(status));
        let at = step.map(|step| from_ms(step.at)).or(ended);
        at.map_or_else(String::new, |at| {
            at.to_rfc3339_opts(SecondsFormat::Millis, true)
        })
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        outcome.source.to_string(),
        outcome.given.clone(),
        phone.unwrap_or_default(),
        lid.unwrap_or_default(),
        text(&outcome.message_id),
        text(&outcome.whatsapp_message_id),
        status.to_owned(),
        detail.unwrap_or_default().to_owned(),
        at(MessageStatus::Queued),
        at(MessageStatus::Sent),
        at(MessageStatus::Delivered),
        at(MessageStatus::Read),
        at(MessageStatus::Failed),
        at(MessageStatus::Cancelled),
    ];
    let safe: Vec<Cow<'_, str>> = cells.iter().map(|text| cell(text)).collect();
    file.write_record(safe.iter().map(AsRef::as_ref).map(str::as_bytes))?;
    Ok(())
}
