//! Does something at once, and not again too soon: many events come together.

use leptos::prelude::*;
use std::time::Duration;

const APART: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
pub struct Pace {
    state: StoredValue<State>,
    act: Callback<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Still,
    /// It was just done.
    Done,
    /// It was just done, and is to be done again.
    Again,
}

impl Pace {
    pub fn of(act: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            state: StoredValue::new(State::Still),
            act: Callback::new(move |()| act()),
        }
    }

    pub fn step(self) {
        if self.state.get_value() != State::Still {
            return self.state.set_value(State::Again);
        }
        self.state.set_value(State::Done);
        self.act.run(());
        set_timeout(
            move || {
                let again = self.state.get_value() == State::Again;
                self.state.set_value(State::Still);
                if again {
                    self.step();
                }
            },
            APART,
        );
    }
}
