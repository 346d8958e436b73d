//! Who may read the metrics.

use super::{Secret, vars::Vars};

#[derive(Debug, Clone)]
pub struct Metrics {
    /// `METRICS_TOKEN`: what `/metrics` wants as `Authorization: Bearer …`.
    /// Without one only this machine may read it.
    pub token: Option<Secret>,
}

impl Metrics {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            token: vars.parse("METRICS_TOKEN", |text| {
                if text.len() < 16 {
                    Err("must have at least 16 characters".to_owned())
                } else {
                    Ok(Secret::new(text))
                }
            }),
        }
    }
}
