//! Who may come in.

use super::vars::Vars;

#[derive(Debug, Clone)]
pub struct People {
    /// `SIGNUP`
    pub signup: Signup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    /// The first person becomes admin; then it is closed.
    First,
    Open,
    Closed,
}

impl People {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            signup: vars
                .parse("SIGNUP", |text| match text.to_ascii_lowercase().as_str() {
                    "first" => Ok(Signup::First),
                    "open" => Ok(Signup::Open),
                    "closed" => Ok(Signup::Closed),
                    _ => Err(format!("must be first, open or closed, not `{text}`")),
                })
                .unwrap_or(Signup::First),
        }
    }
}
