//! Whom the words of a message name.

use super::Error;
use crate::outbox::recipient;
use phonenumber::country;
use whahook_contract::message::Content;

const MOST: usize = 1_024;

/// Write each as a JID, once they are in the words.
pub fn check(content: &mut Content, country: Option<country::Id>) -> Result<(), Error> {
    if content.mentions.is_empty() {
        return Ok(());
    }
    if content.mentions.len() > MOST {
        return Err(Error::invalid(
            "mentions",
            format!("`mentions` must be at most {MOST}"),
        ));
    }
    let words = content.kind.words().unwrap_or_default();
    let mut jids: Vec<String> = Vec::with_capacity(content.mentions.len());
    for (n, mention) in content.mentions.iter().enumerate() {
        let field = format!("mentions[{n}]");
        let person = recipient::parse(mention, country).map_err(|error| error.at(&field))?;
        let user = person.jid.split('@').next().unwrap_or_default();
        if person.jid.ends_with("@g.us") {
            let message = format!("`{field}` must be a person, not a group");
            return Err(Error::invalid(field, message));
        }
        if !names(words, user) {
            let message = format!("`{field}` must stand in the words as `@{user}`");
            return Err(Error::invalid(field, message));
        }
        if !jids.contains(&person.jid) {
            jids.push(person.jid);
        }
    }
    content.mentions = jids;
    Ok(())
}

/// Whether `@` and exactly these digits are in the words.
fn names(words: &str, user: &str) -> bool {
    words.match_indices('@').any(|(at, _)| {
        let after = words[at + 1..].strip_prefix(user);
        after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_named_by_all_of_its_digits() {
        assert!(names("hi @593991203344!", "593991203344"));
        assert!(!names("hi @5939912033445", "593991203344"));
        assert!(!names("hi 593991203344", "593991203344"));
    }

    #[test]
    fn mentions_become_jids_each_once() {
        let mut content = Content::text("@593991203344 and @123456789012345".to_owned());
        content.mentions = ["+593 99 120 3344", "593991203344", "123456789012345@lid"]
            .map(ToOwned::to_owned)
            .to_vec();
        check(&mut content, None).unwrap();
        assert_eq!(
            content.mentions,
            ["593991203344@s.whatsapp.net", "123456789012345@lid"]
        );
    }
}
