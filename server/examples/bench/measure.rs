//! What the system knows of a process.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

/// The kernel counts processor time for programs in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;
const KIB_PER_MB: f64 = 1024.0;
const SAMPLE: Duration = Duration::from_millis(20);

/// What a process holds, and what it does while nothing happens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cost {
    pub rss_mb: f64,
    pub threads: usize,
    pub files: usize,
    /// Of one core.
    pub idle_cpu_percent: f64,
}

fn status(pid: u32, field: &str) -> Result<f64> {
    let status =
        fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .with_context(|| format!("/proc has no {field}"))?;
    let number = line.split_whitespace().next().context("an empty field")?;
    Ok(number.parse()?)
}

pub fn rss_mb(pid: u32) -> Result<f64> {
    Ok(status(pid, "VmRSS")? / KIB_PER_MB)
}

pub fn threads(pid: u32) -> Result<usize> {
    Ok(status(pid, "Threads")? as usize)
}

fn files(pid: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("an odd /proc/stat")?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// What it costs while nothing happens; memory at the end of the window.
pub async fn idle(pid: u32, window: Duration) -> Result<Cost> {
    let (before, begin) = (cpu_seconds(pid)?, Instant::now());
    sleep(window).await;
    let spent = cpu_seconds(pid)? - before;
    Ok(Cost {
        idle_cpu_percent: 100.0 * spent / begin.elapsed().as_secs_f64(),
        rss_mb: rss_mb(pid)?,
        threads: threads(pid)?,
        files: files(pid)?,
    })
}

/// Watches the most that a process uses from now on.
pub struct Watch {
    pid: u32,
    enough: oneshot::Sender<()>,
    most_threads: JoinHandle<usize>,
}

pub struct Most {
    pub rss_mb: f64,
    pub threads: usize,
}

impl Watch {
    pub fn begin(pid: u32) -> Result<Self> {
        // The kernel's own high-water mark misses no moment: start it anew.
        fs::write(format!("/proc/{pid}/clear_refs"), "5").context("resetting the peak")?;
        let (enough, mut asked) = oneshot::channel();
        let most_threads = tokio::spawn(async move {
            let mut most = 0;
            while asked.try_recv().is_err() {
                most = most.max(threads(pid).unwrap_or_default());
                sleep(SAMPLE).await;
            }
            most
        });
        Ok(Self {
            pid,
            enough,
            most_threads,
        })
    }

    pub async fn end(self) -> Result<Most> {
        // The task ends by itself only with us.
        let _ = self.enough.send(());
        Ok(Most {
            rss_mb: status(self.pid, "VmHWM")? / KIB_PER_MB,
            threads: self.most_threads.await?,
        })
    }
}
