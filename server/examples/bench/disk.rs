//! What the disk does meanwhile: while it stands still, so does whatever is to be
//! on it before somebody is answered.

use anyhow::{Result, anyhow};
use std::{
    io::{Seek, Write},
    path::Path,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Seldom enough to take nothing from what is measured.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes 4 KiB to the disk again and again.
pub struct Disk {
    enough: Sender<()>,
    longest: JoinHandle<Result<Duration>>,
}

impl Disk {
    pub fn watch(folder: &Path) -> Result<Self> {
        let mut file = tempfile::tempfile_in(folder)?;
        let (enough, asked) = mpsc::channel();
        let longest = thread::spawn(move || {
            let mut longest = Duration::ZERO;
            while asked.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                let begin = Instant::now();
                file.rewind()?;
                file.write_all(&[0; 4096])?;
                file.sync_data()?;
                longest = longest.max(begin.elapsed());
            }
            Ok(longest)
        });
        Ok(Self { enough, longest })
    }

    /// How long the slowest of them took.
    pub fn longest_ms(self) -> Result<f64> {
        drop(self.enough);
        let longest = self.longest.join();
        let longest = longest.map_err(|_| anyhow!("watching the disk failed"))??;
        Ok(longest.as_secs_f64() * 1_000.0)
    }
}
