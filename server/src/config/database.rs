//! Where the data is kept.

use super::{Secret, vars::Vars, volume::Volume};
use crate::platform::db;

#[derive(Debug, Clone)]
pub struct Database {
    /// `DATABASE_URL`; may hold a password.
    pub url: Secret,
}

impl Database {
    pub(super) fn read(vars: &mut Vars<'_>, volume: &Volume) -> Self {
        let url = vars
            .parse("DATABASE_URL", |text| match db::kind_of(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(error) => Err(error.to_string()),
            })
            .unwrap_or_else(|| db::sqlite_url(&volume.dir.join("whahook.db")));
        Self {
            url: Secret::new(url),
        }
    }
}
