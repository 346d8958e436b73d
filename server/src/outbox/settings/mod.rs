//! How an account sends: its own settings over the server's.

pub mod routes;
mod service;
mod store;

pub use store::{Standing, set_paused, standing};

use super::Error;
use crate::config::Limits;
use whahook_contract::limits::{AccountSettingsChanges, AccountSettingsView, AppliedSettings};

const LIMIT_MAX: u32 = 1_000_000;
/// 30 days.
const WINDOW_MAX: u32 = 2_592_000;

/// What an account has set; what it has not is the server's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    pub limits_enabled: Option<bool>,
    pub session_per_minute: Option<u32>,
    pub destination_per_hour: Option<u32>,
    pub destination_per_day: Option<u32>,
    pub human_pacing: Option<bool>,
    pub duplicate_window_s: Option<u32>,
}

impl Settings {
    /// What applies.
    pub fn over(&self, server: &Limits) -> AppliedSettings {
        AppliedSettings {
            limits_enabled: self.limits_enabled.unwrap_or(server.enabled),
            session_per_minute: self.session_per_minute.unwrap_or(server.session_per_minute),
            destination_per_hour: self
                .destination_per_hour
                .unwrap_or(server.destination_per_hour),
            destination_per_day: self
                .destination_per_day
                .unwrap_or(server.destination_per_day),
            human_pacing: self.human_pacing.unwrap_or(false),
            duplicate_window_s: self.duplicate_window_s.unwrap_or(0),
        }
    }

    fn view(&self, server: &Limits) -> AccountSettingsView {
        AccountSettingsView {
            limits_enabled: self.limits_enabled,
            session_per_minute: self.session_per_minute,
            destination_per_hour: self.destination_per_hour,
            destination_per_day: self.destination_per_day,
            human_pacing: self.human_pacing,
            duplicate_window_s: self.duplicate_window_s,
            defaults: Self::default().over(server),
            applies: self.over(server),
        }
    }

    fn changed(mut self, changes: &AccountSettingsChanges) -> Result<Self, Error> {
        let limits = [
            (
                "session_per_minute",
                changes.session_per_minute,
                &mut self.session_per_minute,
            ),
            (
                "destination_per_hour",
                changes.destination_per_hour,
                &mut self.destination_per_hour,
            ),
            (
                "destination_per_day",
                changes.destination_per_day,
                &mut self.destination_per_day,
            ),
        ];
        for (field, change, setting) in limits {
            let Some(limit) = change else { continue };
            if limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
                return Err(Error::invalid(
                    field,
                    format!(
                        "`{field}` must be 1 to {LIMIT_MAX}, or null for the server's default; \
                         `limits_enabled` turns limits off"
                    ),
                ));
            }
            *setting = limit;
        }
        if let Some(window) = changes.duplicate_window_s {
            if window.is_some_and(|window| window > WINDOW_MAX) {
                return Err(Error::invalid(
                    "duplicate_window_s",
                    format!("`duplicate_window_s` must be 0 to {WINDOW_MAX} (30 days), or null"),
                ));
            }
            self.duplicate_window_s = window;
        }
        self.limits_enabled = changes.limits_enabled.unwrap_or(self.limits_enabled);
        self.human_pacing = changes.human_pacing.unwrap_or(self.human_pacing);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_account_sets_goes_before_the_servers_and_null_goes_back() {
        let server = Limits {
            enabled: true,
            session_per_minute: 10,
            user_per_minute: 30,
            destination_per_hour: 20,
            destination_per_day: 100,
        };
        let change = |json| serde_json::from_value(json).unwrap();
        let set = Settings::default()
            .changed(&change(
                serde_json::json!({"session_per_minute": 5, "limits_enabled": false}),
            ))
            .unwrap();
        assert_eq!(set.over(&server).session_per_minute, 5);
        assert!(!set.over(&server).limits_enabled);
        assert_eq!(set.over(&server).destination_per_day, 100);
        let back = set
            .changed(&change(serde_json::json!({"session_per_minute": null})))
            .unwrap();
        assert_eq!(back.over(&server).session_per_minute, 10);
        assert!(!back.over(&server).limits_enabled, "left out: as it was");
    }
}
