//! Whether somebody is there: codes are renewed for people, not for pages that
//! were left open.

use crate::live::Live;
use leptos::{ev, prelude::*};
use whahook_contract::Timestamp;

/// Long enough to find a phone and to open WhatsApp on it.
const STAYS_S: i64 = 600;

#[derive(Clone, Copy)]
pub struct Presence {
    live: Live,
    visible: RwSignal<bool>,
    /// When a person last touched the page.
    touched: StoredValue<Option<Timestamp>>,
}

impl Presence {
    pub fn provide(live: Live) -> Self {
        let presence = Self {
            live,
            visible: RwSignal::new(true),
            touched: StoredValue::new(None),
        };
        provide_context(presence);
        Effect::new(move |_| presence.watch());
        presence
    }

    fn watch(self) {
        let look = || document().visibility_state() == web_sys::VisibilityState::Visible;
        self.visible.set(look());
        let touch = move || self.touched.set_value(self.live.now.get_untracked());
        for event in ["pointermove", "pointerdown", "keydown"] {
            let listening =
                window_event_listener(ev::Custom::<ev::Event>::new(event), move |_| touch());
            on_cleanup(move || listening.remove());
        }
        let showing = window_event_listener(
            ev::Custom::<ev::Event>::new("visibilitychange"),
            move |_| {
                touch();
                self.visible.set(look());
            },
        );
        on_cleanup(move || showing.remove());
    }

    /// Opening something is a sign of a person too.
    pub fn touch(self) {
        self.touched.set_value(self.live.now.get_untracked());
    }

    /// Whether somebody sees the page now, as far as it can tell.
    pub fn looks(self) -> bool {
        let now = self.live.now.get_untracked();
        let touched = self.touched.get_value();
        let recently = match (now, touched) {
            (Some(now), Some(touched)) => (now - touched).num_seconds() < STAYS_S,
            _ => false,
        };
        self.visible.get_untracked() && recently
    }
}
