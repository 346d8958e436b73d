//! Calls that ring.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::number::PhoneNumber;

#[derive(Debug, Clone)]
pub struct Call {
    pub id: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub video: bool,
}

/// By id; forgotten with the process, as real ones are.
#[derive(Default)]
pub struct Calls(Mutex<HashMap<String, Call>>);

impl Calls {
    pub fn begin(&self, call: Call) {
        self.0.lock().insert(call.id.clone(), call);
    }

    /// Ends a call of this caller's.
    pub fn end(&self, from: &PhoneNumber, id: &str) -> Option<Call> {
        let mut calls = self.0.lock();
        calls.get(id).filter(|call| call.from == *from)?;
        calls.remove(id)
    }
}
