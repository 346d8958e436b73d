//! Schemas that utoipa cannot derive.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// A string that is one of some codes. What each means stands in the
/// description, where every reader of the document finds it.
pub(crate) fn codes(about: &[&str], codes: &[(&str, &[&str])]) -> RefOr<Schema> {
    let mut description = text(about);
    for (code, about) in codes {
        let line = match text(about) {
            about if about.is_empty() => format!("- `{code}`"),
            about => format!("- `{code}`: {about}"),
        };
        let gap = match description.lines().last() {
            None => "",
            Some(before) if before.starts_with("- ") => "\n",
            Some(_) => "\n\n",
        };
        description = format!("{description}{gap}{line}");
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(codes.iter().map(|(code, _)| *code)))
        .examples(codes.first().map(|(code, _)| *code))
        .into()
}

/// Lines of a doc comment as one.
pub(crate) fn text(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use crate::{
        message::{MessageStatus, WaitsFor},
        session::{Reason, Status},
    };
    use utoipa::PartialSchema;

    fn schema<T: PartialSchema>() -> serde_json::Value {
        serde_json::to_value(T::schema()).expect("serializes")
    }

    #[test]
    fn a_schema_lists_the_codes_that_are_on_the_wire() {
        let wire = |codes: &[&str]| serde_json::json!(codes);
        let all: Vec<_> = Status::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(schema::<Status>()["enum"], wire(&all));
        let all: Vec<_> = Reason::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(schema::<Reason>()["enum"], wire(&all));
        let all: Vec<_> = WaitsFor::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(schema::<WaitsFor>()["enum"], wire(&all));
    }

    #[test]
    fn a_schema_says_what_each_code_means() {
        let schema = schema::<MessageStatus>();
        let description = schema["description"].as_str().expect("a description");
        assert!(
            description.starts_with("Where a message is on its way.\n\n- `queued`: Accepted;"),
            "{description}"
        );
        assert!(
            description.contains("\n- `sent`: WhatsApp acknowledged it.\n- "),
            "{description}"
        );
    }
}
