//! What a developer copies: programs that work as they are. Pure.

use whahook_contract::{ids::AccountId, key::Scope};

/// Stands where the key belongs, when there is none to show.
pub const PLACEHOLDER: &str = "YOUR_API_KEY";
/// Stands where an account's id belongs, when there is none.
const NO_ACCOUNT: &str = "YOUR_ACCOUNT_ID";
/// A number that nobody has, for an account that has none yet.
const NOBODY: &str = "+12025550123";

/// What fills a snippet in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The server's public address, without a slash at its end.
    pub url: String,
    pub key: String,
    pub account: Option<AccountId>,
    /// The account's own number: a message to oneself bothers nobody.
    pub to: Option<String>,
    pub text: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snippet {
    Send,
    Look,
    Follow,
}

impl Snippet {
    /// Those that a key with these scopes can run.
    pub fn of(scopes: &[Scope]) -> Vec<Self> {
        let may = |scope| scopes.contains(&scope) || scopes.contains(&Scope::Admin);
        let mut all = Vec::new();
        if may(Scope::Send) {
            all.push(Self::Send);
        }
        if may(Scope::Read) {
            if all.is_empty() {
                all.push(Self::Look);
            }
            all.push(Self::Follow);
        }
        all
    }

    pub fn text(self, example: &Example) -> String {
        let Example {
            url,
            key,
            account,
            to,
            text,
        } = example;
        let account = account.map_or_else(|| NO_ACCOUNT.to_owned(), |id| id.to_string());
        let to = to.as_deref().unwrap_or(NOBODY);
        match self {
            Self::Send => format!(
                "curl -i '{url}/api/messages' \\\n  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"account_id\": \"{account}\", \"to\": \"{to}\", \"type\": \"text\", \"text\": \"{text}\"}}'\n"
            ),
            Self::Look => format!(
                "curl -i '{url}/api/accounts/{account}' \\\n  -H 'Authorization: Bearer {key}'\n"
            ),
            Self::Follow => format!(
                r#"// npm install socket.io-client; save as follow.mjs; node follow.mjs
import {{ io }} from "socket.io-client";

const accountId = "{account}";
const socket = io("{url}", {{ auth: {{ token: "{key}" }} }});

socket.on("connect", async () => {{
  const {{ events }} = await socket.emitWithAck("events:since", {{ accountId, after: 0 }});
  console.log(`connected; ${{events.length}} events so far`);
}});
socket.on("connect_error", error => console.error(error.message));
socket.on("message:status", event => {{
  if (event.accountId === accountId) console.log(event.messageId, event.status);
}});
"#
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Example {
        Example {
            url: "https://wa.example.com".to_owned(),
            key: "whk_secret".to_owned(),
            account: None,
            to: None,
            text: "Hello",
        }
    }

    #[test]
    fn a_key_is_shown_what_it_may_run() {
        use Snippet::{Follow, Look, Send};
        let cases: [(&[Scope], &[Snippet]); 4] = [
            (&[Scope::Send, Scope::Read], &[Send, Follow]),
            (&[Scope::Admin], &[Send, Follow]),
            (&[Scope::Read], &[Look, Follow]),
            (&[Scope::Send], &[Send]),
        ];
        for (scopes, snippets) in cases {
            assert_eq!(Snippet::of(scopes), snippets, "{scopes:?}");
        }
    }

    #[test]
    fn what_is_sent_is_json_and_names_what_is_missing() {
        let curl = Snippet::Send.text(&example());
        assert!(curl.contains("Bearer whk_secret"), "{curl}");
        let body = curl.split("-d '").nth(1).unwrap().trim_end();
        let body = body.strip_suffix('\'').unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["account_id"], NO_ACCOUNT);
        assert_eq!(body["to"], NOBODY);
    }
}
