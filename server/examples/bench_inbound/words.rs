//! What people write: words of which few are frequent and many are rare.

use rand::{RngExt, SeedableRng, rngs::StdRng};

const SYLLABLES: [&str; 20] = [
    "ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "ka", "le",
    "mi", "no", "pa", "ro",
];
const WORDS: usize = 8_000;
const IN_A_TEXT: std::ops::Range<usize> = 3..13;
/// One text of so many names an order.
pub const AN_ORDER_IN: usize = 10;

pub struct Words {
    chance: StdRng,
}

impl Words {
    /// Always the same.
    pub fn new() -> Self {
        Self {
            chance: StdRng::seed_from_u64(5),
        }
    }

    /// The text of the n-th message.
    pub fn text(&mut self, n: usize) -> String {
        let count = self.chance.random_range(IN_A_TEXT);
        let mut text = String::new();
        for _ in 0..count {
            // The logarithm makes the first ones frequent, as in every language.
            let rank = (WORDS as f64).powf(self.chance.random::<f64>()) as usize;
            text.push_str(&word(rank - 1));
            text.push(' ');
        }
        if n.is_multiple_of(AN_ORDER_IN) {
            text.push_str(&order(n));
        }
        text.trim_end().to_owned()
    }
}

/// Words by how frequent they are: 0 is the most frequent.
pub fn word(rank: usize) -> String {
    let mut text = String::new();
    let mut rest = rank;
    for _ in 0..3 {
        text.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    text
}

/// What stands in one message only.
pub fn order(n: usize) -> String {
    format!("order{n:07}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_word_is_another_and_texts_have_some() {
        let all: HashSet<String> = (0..WORDS).map(word).collect();
        assert_eq!(all.len(), WORDS);
        let mut words = Words::new();
        let texts: Vec<String> = (0..500).map(|n| words.text(n)).collect();
        let with = |word: &str| texts.iter().filter(|text| text.contains(word)).count();
        assert!(with(&word(0)) > with(&word(400)));
        assert_eq!(with(&order(10)), 1);
    }
}
