//! Variables and the mistakes found in them.

use std::{collections::HashMap, fmt};

/// A setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub variable: &'static str,
    pub problem: String,
}

/// Every setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Some settings are wrong:")?;
        for Mistake { variable, problem } in &self.0 {
            write!(f, "\n  {variable}: {problem}")?;
        }
        Ok(())
    }
}

pub(super) struct Vars<'a> {
    values: &'a HashMap<String, String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Vars<'a> {
    pub fn new(values: &'a HashMap<String, String>) -> Self {
        Self {
            values,
            mistakes: Vec::new(),
        }
    }

    /// The value as it is, or `None` when absent or empty.
    pub fn text(&self, variable: &str) -> Option<&'a str> {
        self.values
            .get(variable)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The parsed value; `None` when absent. A mistake is noted and reads as
    /// absent.
    pub fn parse<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(self.text(variable)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.mistake(variable, problem);
                None
            }
        }
    }

    pub fn flag(&mut self, variable: &'static str, default: bool) -> bool {
        self.parse(variable, |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("must be `true` or `false`, not `{text}`")),
        })
        .unwrap_or(default)
    }

    pub fn mistake(&mut self, variable: &'static str, problem: impl Into<String>) {
        self.mistakes.push(Mistake {
            variable,
            problem: problem.into(),
        });
    }

    pub fn finish<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() {
            Ok(value)
        } else {
            Err(Mistakes(self.mistakes))
        }
    }
}
