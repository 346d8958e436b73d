//! What secrets are sealed with.

use super::{Secret, vars::Vars};

const LENGTH: usize = 32;

pub(super) fn read(vars: &mut Vars<'_>) -> Option<Secret> {
    vars.parse("SECRET_KEY", |text| {
        if text.len() < LENGTH {
            return Err(format!("must have {LENGTH} characters or more"));
        }
        Ok(Secret::new(text))
    })
}
