use std::time::Instant;

use anyhow::{Context, Result};

/// Names a step while it runs and says how long it took; a failure carries the step's name.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {name}");
    let start = Instant::now();
    let value = work().with_context(|| format!("step failed: {name}"))?;
    eprintln!("✓ {name} ({:.1} s)", start.elapsed().as_secs_f32());
    Ok(value)
}

pub fn note(text: &str) {
    eprintln!("  {text}");
}
