//! Texts with placeholders: `{{name}}`, and `{{name|otherwise}}` for those who
//! have none. Nothing else is read in them: not a language, since whoever may
//! send must not be able to keep the server busy with a text.

use std::collections::BTreeMap;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// Two braces that are meant as such.
const ESCAPED: &str = "{{{{";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable {
        name: String,
        otherwise: Option<String>,
    },
}

impl Template {
    /// # Errors
    /// A placeholder has no name or no end: says which.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(OPEN) {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(behind) = rest.strip_prefix(ESCAPED) {
                plain.push_str(OPEN);
                rest = behind;
                continue;
            }
            let Some(end) = rest.find(CLOSE) else {
                return Err(format!("`{}` has no `{CLOSE}`; {HOW}", beginning(rest)));
            };
            let inside = &rest[OPEN.len()..end];
            let (name, otherwise) = match inside.split_once('|') {
                Some((name, otherwise)) => (name.trim(), Some(otherwise.to_owned())),
                None => (inside.trim(), None),
            };
            if name.is_empty() || inside.contains(['{', '\n']) {
                let wrong = beginning(&rest[..end + CLOSE.len()]);
                return Err(format!("`{wrong}` is no placeholder; {HOW}"));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Variable {
                name: name.to_owned(),
                otherwise,
            });
            rest = &rest[end + CLOSE.len()..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The variables that stand in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with the values in their places.
    ///
    /// # Errors
    /// The names of those that are missing.
    pub fn fill<'a>(
        &'a self,
        values: &'a BTreeMap<String, String>,
    ) -> Result<String, Vec<&'a str>> {
        let mut text = String::new();
        let mut missing = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Variable { name, otherwise } => {
                    match values.get(name).or(otherwise.as_ref()) {
                        Some(value) => text.push_str(value),
                        None => missing.push(name.as_str()),
                    }
                }
            }
        }
        if missing.is_empty() {
            Ok(text)
        } else {
            Err(missing)
        }
    }
}

const HOW: &str = "write `{{name}}` for a variable and `{{{{` for two braces";

/// As much of a text as fits into a message about it.
fn beginning(text: &str) -> String {
    text.chars().take(30).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn every_placeholder_is_filled_and_escaped_braces_stay() {
        let ana = values(&[
            ("name", "Ana"),
            ("First name", "Ana M."),
            ("brace", "{{name}}"),
        ]);
        for (text, filled) in [
            ("Hello {{name}}!", "Hello Ana!"),
            ("{{ name }}{{name}}", "AnaAna"),
            ("{{First name}}", "Ana M."),
            ("{{title|}}{{name|friend}}", "Ana"),
            ("{{nick|my friend}}", "my friend"),
            ("{{{{name}}", "{{name}}"),
            ("{{{{{{name}}", "{{Ana"),
            ("{{brace}}", "{{name}}"),
            ("a } b }} c { d", "a } b }} c { d"),
            ("", ""),
            ("ñ {{name}} 👋", "ñ Ana 👋"),
        ] {
            let template = Template::parse(text).unwrap();
            assert_eq!(template.fill(&ana).as_deref(), Ok(filled), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let template = Template::parse("{{a}} {{b|x}} {{c}}").unwrap();
        assert_eq!(template.fill(&BTreeMap::new()), Err(vec!["a", "c"]));
        assert_eq!(template.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_broken_placeholder_is_refused_with_the_way_to_write_it() {
        for text in [
            "{{",
            "{{name",
            "{{}}",
            "{{ }}",
            "{{|x}}",
            "{{{name}}}",
            "{{a\nb}}",
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.contains("`{{{{`"), "{text}: {error}");
        }
    }
}
