//! The head of a CSV file, for a look at it. The server reads it whole, and says
//! what is wrong with it.

/// The first rows, the headings among them.
pub fn head(text: &str, rows: usize) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let of = |c: char| first.matches(c).count();
    let separator = [',', ';', '\t'].into_iter().max_by_key(|c| of(*c));
    let separator = separator.unwrap_or(',');
    let mut all = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            _ if quoted => cell.push(c),
            '\r' => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                all.push(std::mem::take(&mut row));
                if all.len() == rows {
                    return all;
                }
            }
            _ if c == separator => row.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
    }
    if !(cell.is_empty() && row.is_empty()) {
        row.push(cell);
        all.push(row);
    }
    all
}

/// The text with a row's cells in it; what no column has stays as it is.
pub fn filled(text: &str, headings: &[String], row: &[String]) -> String {
    let mut filled = text.to_owned();
    for (heading, cell) in headings.iter().zip(row) {
        filled = filled.replace(&format!("{{{{{}}}}}", heading.trim()), cell);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_file_is_read_whatever_separates_its_cells() {
        let expected = vec![vec!["to", "name"], vec!["+593 98", "Ana, \"la\"\nbuena"]];
        for text in [
            "\u{feff}to,name\r\n+593 98,\"Ana, \"\"la\"\"\nbuena\"\r\nmore,more\r\n",
            "to;name\n+593 98;\"Ana, \"\"la\"\"\nbuena\"",
        ] {
            assert_eq!(head(text, 2), expected, "{text}");
        }
    }

    #[test]
    fn a_text_has_the_cells_of_its_row() {
        let headings = ["to".to_owned(), " name ".to_owned()];
        let row = ["+1".to_owned(), "Ana".to_owned()];
        assert_eq!(
            filled("{{name}}: {{other}}", &headings, &row),
            "Ana: {{other}}"
        );
    }
}
