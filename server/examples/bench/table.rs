//! Tables, as Markdown.

use super::machine::Machine;
use std::fmt::{Result, Write};

/// What the figures were measured on.
pub fn machine(text: &mut String, machine: &Machine) -> Result {
    writeln!(
        text,
        "\n{} cores ({}), {} MB memory, {}, {} with an fsync of {:.2} ms; all processes share \
         them\n",
        machine.cores,
        machine.processor,
        machine.memory_mb,
        machine.kernel,
        machine.file_system,
        machine.fsync_p50_ms,
    )
}

pub fn heading<'a>(
    text: &mut String,
    title: &str,
    columns: impl IntoIterator<Item = &'a str>,
) -> Result {
    write!(text, "\n| {title} |")?;
    let mut rule = "|---|".to_owned();
    for column in columns {
        write!(text, " {column} |")?;
        rule.push_str("---:|");
    }
    writeln!(text, "\n{rule}")
}

/// Nothing where there is no figure at all.
pub fn line(
    text: &mut String,
    name: &str,
    values: impl IntoIterator<Item = Option<f64>>,
) -> Result {
    let values: Vec<_> = values.into_iter().collect();
    if values.iter().all(Option::is_none) {
        return Ok(());
    }
    write!(text, "| {name} |")?;
    for value in values {
        write!(text, " {} |", figure(value))?;
    }
    writeln!(text)
}

/// Whole numbers as such, others with two or three digits that say something.
pub fn figure(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.fract() == 0.0 || value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}
