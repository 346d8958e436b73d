//! Whether every row of a list can be sent.

use super::{
    model::BulkRow,
    pattern::Pattern,
    rows::{At, Mistakes, Row},
};
use crate::outbox;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use whahook_contract::{
    bulk::Duplicates,
    message::{Content, Recipient},
};

/// What the outbox says of recipients and contents.
pub trait Judge {
    /// # Errors
    /// It is no recipient.
    fn recipient(&self, to: &str) -> Result<Recipient, outbox::Error>;

    /// # Errors
    /// It cannot be sent.
    fn content(&self, content: Content) -> Result<(), outbox::Error>;
}

/// A list that can be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    pub rows: Vec<BulkRow>,
    /// How many were left out as duplicates.
    pub skipped: i64,
}

/// Checks each row, with what it says to its recipient.
pub fn check(
    judge: &impl Judge,
    pattern: &Pattern,
    rows: Vec<Row>,
    duplicates: Duplicates,
    mistakes: &mut Mistakes,
) -> Checked {
    let names: BTreeSet<&str> = pattern.names().collect();
    let mut first: HashMap<String, At> = HashMap::with_capacity(rows.len());
    let mut checked = Checked {
        rows: Vec::with_capacity(rows.len()),
        skipped: 0,
    };
    for mut row in rows {
        let to = match judge.recipient(&row.to) {
            Ok(to) => Some(to),
            Err(error) => {
                add(mistakes, row.at, "to", error);
                None
            }
        };
        // Others would only take room.
        row.variables
            .retain(|name, _| names.contains(name.as_str()));
        check_content(judge, pattern, row.at, &row.variables, mistakes);
        let Some(to) = to else { continue };
        if let Some(earlier) = first.get(&to.jid) {
            match duplicates {
                Duplicates::Send => {}
                Duplicates::Skip => {
                    checked.skipped += 1;
                    continue;
                }
                Duplicates::Refuse => {
                    let problem = format!(
                        "Row {} has the same recipient; set `duplicates` to `skip` or `send`, or \
                         leave one out.",
                        earlier.row
                    );
                    mistakes.add(row.at, "to", problem);
                    continue;
                }
            }
        } else {
            first.insert(to.jid.clone(), row.at);
        }
        checked.rows.push(BulkRow {
            n: number(checked.rows.len() + 1),
            source: number(row.at.row),
            given: row.to,
            chat: to.jid,
            variables: row.variables,
        });
    }
    checked
}

fn check_content(
    judge: &impl Judge,
    pattern: &Pattern,
    at: At,
    variables: &BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) {
    match pattern.fill(variables) {
        // Without placeholders it is the same for all, and was checked once.
        Ok(_) if pattern.names().next().is_none() => {}
        Ok(content) => {
            if let Err(error) = judge.content(content) {
                add(mistakes, at, "", error);
            }
        }
        Err(missing) => {
            for name in missing.into_iter().collect::<BTreeSet<_>>() {
                mistakes.add(
                    at,
                    format!("variables.{name}"),
                    format!("`{name}` is missing; a text has `{{{{{name}}}}}`."),
                );
            }
        }
    }
}

fn add(mistakes: &mut Mistakes, at: At, field: &str, error: outbox::Error) {
    match error {
        outbox::Error::Invalid { field, message } => mistakes.add(at, field, message),
        other => mistakes.add(at, field, other.to_string()),
    }
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::message::Kind;

    struct Strict;

    impl Judge for Strict {
        fn recipient(&self, to: &str) -> Result<Recipient, outbox::Error> {
            outbox::parse_recipient(to, None)
        }

        fn content(&self, content: Content) -> Result<(), outbox::Error> {
            match content.kind {
                Kind::Text { text, .. } if text.len() > 20 => {
                    Err(outbox::Error::invalid("text", "too long"))
                }
                _ => Ok(()),
            }
        }
    }

    fn row(row: usize, to: &str, variables: &[(&str, &str)]) -> Row {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Row {
            at: At { row, line: None },
            to: to.to_owned(),
            variables: variables.iter().map(owned).collect(),
        }
    }

    fn checked(rows: Vec<Row>, duplicates: Duplicates) -> (Checked, Vec<(usize, String)>) {
        let pattern = Pattern::new(Content::text("Hello {{name}}".to_owned())).unwrap();
        let mut mistakes = Mistakes::default();
        let checked = check(&Strict, &pattern, rows, duplicates, &mut mistakes);
        let named = match mistakes.none() {
            Ok(()) => Vec::new(),
            Err(refusal) => refusal
                .rows
                .into_iter()
                .map(|error| (error.row, error.field))
                .collect(),
        };
        (checked, named)
    }

    #[test]
    fn each_mistake_is_named_with_its_row_and_field() {
        let ana: &[(&str, &str)] = &[("name", "Ana"), ("other", "x")];
        let rows = vec![
            row(1, "+593991234567", ana),
            row(2, "nobody", ana),
            row(3, "+593991234568", &[]),
            row(4, "+593991234569", &[("name", "far too long for a text")]),
            row(5, "593 99 123 4567", ana),
            row(6, "x", &[]),
        ];
        let (checked, named) = checked(rows, Duplicates::Refuse);
        let expected: Vec<(usize, String)> = [
            (2, "to"),
            (3, "variables.name"),
            (4, "text"),
            (5, "to"),
            (6, "to"),
            (6, "variables.name"),
        ]
        .map(|(row, field)| (row, field.to_owned()))
        .into();
        assert_eq!(named, expected);
        assert_eq!(
            checked.rows[0].variables.len(),
            1,
            "what is not needed is not kept"
        );
    }

    #[test]
    fn duplicates_are_left_out_or_sent_on_request() {
        let ana: &[(&str, &str)] = &[("name", "Ana")];
        let rows = || {
            vec![
                row(1, "+593991234567", ana),
                row(2, "593991234567@s.whatsapp.net", ana),
                row(3, "+593991234568", ana),
            ]
        };
        let (skipped, named) = checked(rows(), Duplicates::Skip);
        assert!(named.is_empty());
        assert_eq!(skipped.skipped, 1);
        let places: Vec<(i64, i64)> = skipped.rows.iter().map(|row| (row.n, row.source)).collect();
        assert_eq!(places, [(1, 1), (2, 3)]);
        let (sent, named) = checked(rows(), Duplicates::Send);
        assert!(named.is_empty());
        assert_eq!((sent.rows.len(), sent.skipped), (3, 0));
    }
}
