//! Statements for many rows.

/// How many rows are written or looked for in one statement: SQLite takes 32,766
/// values, and what is written so often needs no more.
const SIZES: [usize; 18] = [
    384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 5, 4, 3, 2, 1,
];

/// Rows in pieces, each for a statement. A statement for another number of rows is
/// another statement, which the database has to prepare: of few sizes all stay
/// prepared.
pub fn few_sizes<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

/// Placeholders for `rows` rows of `columns` values, the first of them `$first`:
/// `($1, $2), ($3, $4)`; of one column `($1, $2, $3)`, as a list.
#[must_use]
pub fn numbered(first: usize, columns: usize, rows: usize) -> String {
    let row = |start: usize, count: usize| {
        let places: Vec<String> = (start..start + count).map(|n| format!("${n}")).collect();
        format!("({})", places.join(", "))
    };
    if columns == 1 {
        return row(first, rows);
    }
    let rows: Vec<String> = (0..rows)
        .map(|n| row(first + n * columns, columns))
        .collect();
    rows.join(", ")
}

/// The same for rows of one value: `($1), ($2)`.
#[must_use]
pub fn rows_of_one(first: usize, rows: usize) -> String {
    let row = |place: usize| format!("(${place})");
    let rows: Vec<String> = (first..first + rows).map(row).collect();
    rows.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_pieces_of_few_sizes_none_twice_and_none_left_out() {
        let rows: Vec<usize> = (0..1_000).collect();
        for count in 0..rows.len() {
            let pieces: Vec<&[usize]> = few_sizes(&rows[..count]).collect();
            assert_eq!(pieces.concat(), rows[..count]);
            assert!(pieces.iter().all(|piece| SIZES.contains(&piece.len())));
            assert!(pieces.len() <= 5 + count / SIZES[0], "{count}: {pieces:?}");
        }
    }
}
