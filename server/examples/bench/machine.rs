//! What the figures were measured on. No names, no paths.

use anyhow::Result;
use serde::Serialize;
use std::{
    fs,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

#[derive(Serialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub memory_mb: u64,
    pub kernel: String,
    pub file_system: String,
    /// 4 KiB appended and on disk, half of the times.
    pub fsync_p50_ms: f64,
}

const FSYNCS: usize = 100;

pub fn describe(folder: &Path) -> Result<Machine> {
    let line = |file: &str, field: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(field));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let memory = line("/proc/meminfo", "MemTotal");
    let memory_kib: u64 = memory
        .split_whitespace()
        .next()
        .and_then(|kib| kib.parse().ok())
        .unwrap_or_default();
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let (kernel, _) = release.trim().split_once('-').unwrap_or((&release, ""));
    Ok(Machine {
        cores: std::thread::available_parallelism()?.get(),
        processor: line("/proc/cpuinfo", "model name"),
        memory_mb: memory_kib / 1024,
        kernel: format!("Linux {}", kernel.trim()),
        file_system: file_system(folder)?,
        fsync_p50_ms: fsync(folder)?.as_secs_f64() * 1_000.0,
    })
}

fn file_system(folder: &Path) -> Result<String> {
    let folder = folder.canonicalize()?;
    let mounts = fs::read_to_string("/proc/mounts")?;
    let fitting = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (at, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(at).then_some((at.len(), kind))
    });
    let (_, kind) = fitting
        .max_by_key(|(length, _)| *length)
        .unwrap_or((0, "?"));
    Ok(kind.to_owned())
}

fn fsync(folder: &Path) -> Result<Duration> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut took = Vec::with_capacity(FSYNCS);
    for _ in 0..FSYNCS {
        let begin = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        took.push(begin.elapsed());
    }
    took.sort_unstable();
    Ok(took[FSYNCS / 2])
}
