//! `.br` and `.gz` beside every file that shrinks, so that the server only has to pick one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use super::inputs;
use crate::supervisor::Supervisor;

const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;
const BUFFER: usize = 64 * 1024;
const SHRINKS: [&str; 8] = [
    "js",
    "wasm",
    "css",
    "svg",
    "json",
    "html",
    "txt",
    "webmanifest",
];

/// Compresses everything in `folder` and says what that saves.
pub fn add_siblings(folder: &Path, supervisor: &mut Supervisor) -> Result<String> {
    let mut sizes = Vec::new();
    for file in inputs::files(folder)? {
        supervisor.go_on()?;
        let packed = add_siblings_of(&file)?;
        let name = file.strip_prefix(folder)?.display().to_string();
        sizes.push(format!("{name} {} kB", packed.div_ceil(1000)));
    }
    Ok(format!("compressed: {}", sizes.join(", ")))
}

/// The size that goes over the wire.
pub fn add_siblings_of(file: &Path) -> Result<u64> {
    let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let extension = file.extension().and_then(|it| it.to_str()).unwrap_or("");
    if !SHRINKS.contains(&extension) {
        return Ok(content.len() as u64);
    }
    let brotli = sibling(file, "br");
    let mut writer = brotli::CompressorWriter::new(
        File::create(&brotli)?,
        BUFFER,
        BROTLI_QUALITY,
        BROTLI_WINDOW,
    );
    writer.write_all(&content)?;
    writer.into_inner();
    let mut gzip = GzEncoder::new(File::create(sibling(file, "gz"))?, Compression::best());
    gzip.write_all(&content)?;
    gzip.finish()?;
    Ok(fs::metadata(brotli)?.len())
}

pub fn is_sibling(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

fn sibling(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_siblings_unpack_to_the_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("web.js");
        let content = "console.log('whahook');\n".repeat(500);
        fs::write(&file, &content).unwrap();
        let size = add_siblings_of(&file).unwrap();
        assert!(size < content.len() as u64 / 10);

        let mut text = String::new();
        brotli::Decompressor::new(File::open(sibling(&file, "br")).unwrap(), BUFFER)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, content);
        text.clear();
        flate2::read::GzDecoder::new(File::open(sibling(&file, "gz")).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, content);
    }

    #[test]
    fn what_is_compressed_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inter.woff2");
        fs::write(&file, [7; 100]).unwrap();
        assert_eq!(add_siblings_of(&file).unwrap(), 100);
        assert!(!sibling(&file, "br").exists());
    }
}
