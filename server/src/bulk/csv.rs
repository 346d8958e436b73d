//! Lists as spreadsheets write them: the first row has the headings, one of
//! which is the recipient's, the others are variables. Also the other way: cells
//! that no spreadsheet takes for a formula.

use super::rows::{At, Mistakes, Row};
use csv::{ByteRecord, ReaderBuilder, StringRecord};
use std::{borrow::Cow, collections::BTreeSet};

/// Headings of the recipient's column, the first that is there counts.
const RECIPIENT: [&str; 4] = ["to", "phone", "phone_number", "number"];
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The rows of a file. What has mistakes is left out; empty rows are none.
///
/// # Errors
/// It cannot be read at all: says why.
pub fn read(file: &[u8], most: usize, mistakes: &mut Mistakes) -> Result<Vec<Row>, String> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    if std::str::from_utf8(file).is_err() {
        return Err("The file is not UTF-8; save it as “CSV UTF-8”.".to_owned());
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(file))
        .flexible(true)
        .from_reader(file);
    let headings = headings(reader.headers().map_err(|error| unreadable(&error))?)?;
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    let mut row = 0;
    while reader
        .read_byte_record(&mut record)
        .map_err(|error| unreadable(&error))?
    {
        let cells: Vec<&str> = record
            .iter()
            .map(|cell| std::str::from_utf8(cell).unwrap_or_default().trim())
            .collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        row += 1;
        if row > most {
            return Err(format!("There are more than {most} recipients."));
        }
        let line = record.position().map(|at| line(file, at));
        let at = At { row, line };
        if cells.len() != headings.len() {
            let (cells, headings) = (cells.len(), headings.len());
            let problem = format!("The row has {cells} cells, but there are {headings} headings.");
            mistakes.add(at, "", problem);
            continue;
        }
        rows.push(of_cells(at, &headings, &cells));
    }
    Ok(rows)
}

/// The line in which a record begins. The reader's position is before the line
/// breaks that it skips on its way there.
fn line(file: &[u8], at: &csv::Position) -> u64 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let breaks = file.get(from..).unwrap_or_default().iter();
    let skipped = breaks.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let lines = skipped.filter(|byte| **byte == b'\n').count();
    at.line() + u64::try_from(lines).unwrap_or_default()
}

/// What a column has.
enum Column {
    To,
    Variable(String),
    Nothing,
}

fn of_cells(at: At, headings: &[Column], cells: &[&str]) -> Row {
    let mut row = Row {
        at,
        to: String::new(),
        variables: std::collections::BTreeMap::new(),
    };
    for (column, cell) in headings.iter().zip(cells) {
        match column {
            Column::To => row.to = (*cell).to_owned(),
            // An empty cell is a value that somebody forgot.
            Column::Variable(name) if !cell.is_empty() => {
                row.variables.insert(name.clone(), (*cell).to_owned());
            }
            Column::Variable(_) | Column::Nothing => {}
        }
    }
    row
}

fn headings(record: &StringRecord) -> Result<Vec<Column>, String> {
    let names: Vec<&str> = record.iter().map(str::trim).collect();
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let to = RECIPIENT
        .iter()
        .find_map(|known| names.iter().position(|name| plain(name) == *known))
        .ok_or_else(|| {
            let found = names.join("`, `");
            format!(
                "No column has the recipients: the first row must have the heading `to` (or \
                 `phone`, `phone_number`, `number`); it has `{found}`."
            )
        })?;
    let mut seen = BTreeSet::new();
    names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            if n == to {
                Ok(Column::To)
            } else if name.is_empty() {
                Ok(Column::Nothing)
            } else if seen.insert(*name) {
                Ok(Column::Variable((*name).to_owned()))
            } else {
                Err(format!("Two columns have the heading `{name}`."))
            }
        })
        .collect()
}

/// What separates the headings: spreadsheets write what is usual in the country
/// of whoever uses them.
fn delimiter(file: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in file {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            byte => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(byte == delimiter);
                }
            }
        }
    }
    // Of equals the last would win, and a single column has none.
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| delimiter)
}

fn unreadable(error: &csv::Error) -> String {
    format!("The file cannot be read as CSV: {error}.")
}

/// A cell that no spreadsheet takes for a formula. A phone number stays as it
/// is: its plus makes a number of it and nothing worse.
pub fn cell(text: &str) -> Cow<'_, str> {
    let harmless = match text.as_bytes() {
        [b'+', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        [b'=' | b'-' | b'@' | b'\t' | b'\r' | b'\n', ..] => false,
        _ => true,
    };
    if harmless {
        text.into()
    } else {
        format!("'{text}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(file: &[u8]) -> Result<Vec<(String, Vec<String>, u64)>, String> {
        let mut mistakes = Mistakes::default();
        let rows = read(file, 10, &mut mistakes)?;
        mistakes
            .none()
            .map_err(|refusal| format!("{:?}", refusal.rows))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let pairs = row
                    .variables
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"));
                (row.to, pairs.collect(), row.at.line.unwrap())
            })
            .collect())
    }

    #[test]
    fn lists_of_every_kind_of_spreadsheet_are_read() {
        let ana = |line| {
            (
                "+593 99 1".to_owned(),
                vec!["First name=Ana".to_owned()],
                line,
            )
        };
        for file in [
            "to,First name\n+593 99 1,Ana\n",
            "\u{feff}to;First name\r\n+593 99 1;Ana\r\n",
            "First name\tPhone Number\nAna\t+593 99 1",
            "\"First name\";\"phone\"\n\"Ana\";\"+593 99 1\"\n;\n\n",
            "NUMBER,First name,\n+593 99 1,Ana,\n",
        ] {
            assert_eq!(list(file.as_bytes()), Ok(vec![ana(2)]), "{file:?}");
        }
        assert_eq!(
            list(b"to,text\n1,\"two\nlines, and \"\"quotes\"\"\"\n2,\n").unwrap(),
            [
                (
                    "1".to_owned(),
                    vec!["text=two\nlines, and \"quotes\"".to_owned()],
                    2
                ),
                ("2".to_owned(), vec![], 4),
            ]
        );
        assert_eq!(list(b"phone,to\n1,2\n").unwrap()[0].0, "2");
        assert_eq!(list(b"to\n1\n").unwrap().len(), 1);
    }

    #[test]
    fn a_list_that_cannot_be_read_says_why() {
        for (file, why) in [
            (&b"name,age\nAna,3\n"[..], "`to`"),
            (b"", "`to`"),
            (b"to,a,a\n1,2,3\n", "heading `a`"),
            (b"to,name\n1,Jos\xe9\n", "UTF-8"),
            (b"to,name\n1\n", "1 cells"),
            (b"to\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", "more than 10"),
        ] {
            let error = list(file).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("+1-cmd", "'+1-cmd"),
            ("\t=1", "'\t=1"),
            ("+593991234567", "+593991234567"),
            ("delivered", "delivered"),
            ("", ""),
        ] {
            assert_eq!(cell(text), safe);
        }
    }
}
