use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// A question to the server, put once at a time: what happens meanwhile puts it
/// once more, so that the last answer is never an old one.
#[derive(Clone, Copy)]
pub struct Question(StoredValue<Asked>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    Yes,
    Again,
}

impl Question {
    pub fn new() -> Self {
        Self(StoredValue::new(Asked::No))
    }

    pub fn put<F>(self, ask: impl Fn() -> F + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        if self.0.get_value() != Asked::No {
            return self.0.set_value(Asked::Again);
        }
        self.0.set_value(Asked::Yes);
        spawn_local(async move {
            loop {
                ask().await;
                // Who asked may be gone.
                let asked = self.0.try_get_value().unwrap_or(Asked::Yes);
                let next = if asked == Asked::Again {
                    Asked::Yes
                } else {
                    Asked::No
                };
                self.0.try_update_value(|asked| *asked = next);
                if next == Asked::No {
                    return;
                }
            }
        });
    }
}
