//! The rows of a list of recipients, as they come, and what is wrong with them.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use whahook_contract::bulk::{BulkRefusal, RowError};

/// How many mistakes an answer names.
const NAMED: usize = 100;

/// A recipient as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub at: At,
    pub to: String,
    pub variables: BTreeMap<String, String>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Counted from 1, without a heading.
    pub row: usize,
    /// In a file, counted from 1.
    pub line: Option<u64>,
}

/// What is wrong with rows; the first of it in full, and how much it is.
#[derive(Debug, Default)]
pub struct Mistakes {
    count: usize,
    first: Vec<RowError>,
}

impl Mistakes {
    pub fn add(&mut self, at: At, field: impl Into<String>, message: impl Into<String>) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(RowError {
                row: at.row,
                line: at.line,
                field: field.into(),
                message: message.into(),
            });
        }
    }

    /// # Errors
    /// There are some.
    pub fn none(self) -> Result<(), BulkRefusal> {
        if self.count == 0 {
            return Ok(());
        }
        Err(BulkRefusal {
            field: "recipients".to_owned(),
            count: self.count,
            rows: self.first,
        })
    }
}

/// The rows of a JSON array. What has mistakes is left out.
pub fn of_json(recipients: Vec<Value>, mistakes: &mut Mistakes) -> Vec<Row> {
    let mut rows = Vec::with_capacity(recipients.len());
    for (n, recipient) in recipients.into_iter().enumerate() {
        let at = At {
            row: n + 1,
            line: None,
        };
        match recipient {
            Value::Object(recipient) => rows.extend(of_object(at, recipient, mistakes)),
            _ => mistakes.add(at, "", "A recipient must be an object with `to`."),
        }
    }
    rows
}

fn of_object(at: At, mut recipient: Map<String, Value>, mistakes: &mut Mistakes) -> Option<Row> {
    let to = match recipient.remove("to") {
        Some(Value::String(to)) => Some(to),
        Some(_) => {
            mistakes.add(at, "to", "`to` must be a string.");
            None
        }
        None => {
            mistakes.add(at, "to", "`to` is missing.");
            None
        }
    };
    let variables = match recipient.remove("variables") {
        None | Some(Value::Null) => Some(BTreeMap::new()),
        Some(Value::Object(given)) => variables(at, given, mistakes),
        Some(_) => {
            mistakes.add(at, "variables", "`variables` must be an object.");
            None
        }
    };
    if let Some(unknown) = recipient.keys().next() {
        let known = "a recipient has `to` and `variables`";
        mistakes.add(at, unknown, format!("`{unknown}` is not known; {known}."));
        return None;
    }
    Some(Row {
        at,
        to: to?,
        variables: variables?,
    })
}

fn variables(
    at: At,
    given: Map<String, Value>,
    mistakes: &mut Mistakes,
) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let mut all = true;
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            // As if it had been left out.
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                let problem = format!("`{name}` must be a string, a number or true or false.");
                mistakes.add(at, format!("variables.{name}"), problem);
                all = false;
                continue;
            }
        };
        values.insert(name.trim().to_owned(), text);
    }
    all.then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_taken_as_text_and_each_mistake_names_row_and_field() {
        let Value::Array(list) = json!([
            {"to": "+1", "variables": {"a": "x", "b": 1.5, "c": true, "d": null}},
            {"variables": {}},
            {"to": 5},
            {"to": "+1", "variables": {"a": [1]}},
            {"to": "+1", "variables": "a"},
            {"to": "+1", "vars": {}},
            "x",
        ]) else {
            unreachable!()
        };
        let mut mistakes = Mistakes::default();
        let rows = of_json(list, &mut mistakes);
        assert_eq!(rows.len(), 1);
        let values: Vec<(&str, &str)> = rows[0]
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(values, [("a", "x"), ("b", "1.5"), ("c", "true")]);
        let refusal = mistakes.none().unwrap_err();
        let named: Vec<(usize, &str)> = refusal
            .rows
            .iter()
            .map(|error| (error.row, error.field.as_str()))
            .collect();
        assert_eq!(
            named,
            [
                (2, "to"),
                (3, "to"),
                (4, "variables.a"),
                (5, "variables"),
                (6, "vars"),
                (7, "")
            ]
        );
    }

    #[test]
    fn of_many_mistakes_the_first_hundred_are_named_and_all_are_counted() {
        let mut mistakes = Mistakes::default();
        for row in 1..=150 {
            mistakes.add(At { row, line: None }, "to", "wrong");
        }
        let refusal = mistakes.none().unwrap_err();
        assert_eq!((refusal.count, refusal.rows.len()), (150, 100));
    }
}
