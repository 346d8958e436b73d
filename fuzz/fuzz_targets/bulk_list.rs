//! A list of recipients as somebody uploads it, and the text that its rows go
//! into: the first line is the text, the rest the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whahook::bulk::{csv, rows::Mistakes, template::Template};

const MOST: usize = 100;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let file = parts.next().unwrap_or_default();
    let mut mistakes = Mistakes::default();
    let Ok(rows) = csv::read(file, MOST, &mut mistakes) else {
        return;
    };
    assert!(rows.len() <= MOST);
    let lines = file
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count()
        + 1;
    let lines = u64::try_from(lines).expect("it fits into memory");
    let mut before = 0;
    for row in &rows {
        assert!(row.at.row > before, "rows are counted");
        before = row.at.row;
        let line = row.at.line.expect("a file has lines");
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
    }
    if let Err(refusal) = mistakes.none() {
        assert!(refusal.count >= refusal.rows.len());
    }
    let template = Template::parse(&text);
    for row in &rows {
        if let Ok(template) = &template {
            match template.fill(&row.variables) {
                Ok(filled) => assert!(csv::cell(&filled).len() >= filled.len()),
                Err(missing) => assert!(!missing.is_empty()),
            }
        }
        for cell in row.variables.values().chain([&row.to]) {
            let safe = csv::cell(cell);
            let formula = safe.starts_with(['=', '-', '@', '\t', '\r', '\n']);
            assert!(!formula, "{safe:?}");
        }
    }
});
