//! What people and programs hand in, checked at the edge.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// A value that is refused: which field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Invalid {
    pub field: &'static str,
    pub problem: Cow<'static, str>,
}

impl Invalid {
    pub fn new(field: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }
}

/// A short line for people, trimmed: 1 to `max` characters, none of them
/// invisible controls.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, Invalid> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        Err(Invalid::new(field, "must not be empty"))
    } else if length > max {
        Err(Invalid::new(
            field,
            format!("must have at most {max} characters; it has {length}"),
        ))
    } else if text.chars().any(is_control) {
        Err(Invalid::new(field, "must not contain control characters"))
    } else {
        Ok(text.to_owned())
    }
}

/// Controls, and the marks that reorder text to make it look like another.
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As it is looked for: in small letters, without accents.
pub fn folded(text: &str) -> String {
    let letters = text.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_counted_in_characters() {
        assert_eq!(line("label", "  Ventas 📱 ", 8).unwrap(), "Ventas 📱");
        assert!(line("label", &"ñ".repeat(60), 60).is_ok());
        for bad in [
            String::new(),
            " \t ".to_owned(),
            "ñ".repeat(61),
            "a\nb".to_owned(),
            "a\u{202e}b".to_owned(),
        ] {
            assert_eq!(line("label", &bad, 60).unwrap_err().field, "label", "{bad}");
        }
    }

    #[test]
    fn names_are_looked_for_without_capitals_and_accents() {
        assert_eq!(folded("Ángela ÓSCAR Олег"), "angela oscar олег");
        assert_eq!(folded("A\u{301}ngela"), "angela");
    }
}
