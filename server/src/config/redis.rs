//! The doorbell between processes; optional.

use super::{Secret, vars::Vars};

#[derive(Debug, Clone)]
pub struct Redis {
    /// `REDIS_URL`; may hold a password.
    pub url: Secret,
}

impl Redis {
    pub(super) fn read(vars: &mut Vars<'_>) -> Option<Self> {
        vars.parse("REDIS_URL", |text| {
            let known = ["redis://", "rediss://", "redis+unix://", "unix://"]
                .iter()
                .any(|scheme| text.starts_with(scheme));
            if !known {
                return Err("must start with redis:// or rediss://".to_owned());
            }
            redis::Client::open(text)
                .map(|_| Self {
                    url: Secret::new(text),
                })
                .map_err(|_| "is not an address that Redis clients understand".to_owned())
        })
    }
}
