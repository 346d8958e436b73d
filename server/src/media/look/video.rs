use super::Look;
use mp4_atom::{Atom, FourCC, Header, Moov, ReadAtom, ReadFrom, Trak};
use std::{
    fs::File,
    io::{BufReader, Seek, SeekFrom},
    path::Path,
};

/// What describes a film of hours has a few megabytes.
const MOOV_MAX: usize = 16 << 20;
const ATOMS_MAX: usize = 10_000;

/// Size and length. A picture of it would need a decoder for its video, and
/// those are programs of their own: there is no thumbnail.
pub fn look(file: &Path) -> Look {
    let Some(moov) = moov(file) else {
        return Look::default();
    };
    let video = moov
        .trak
        .iter()
        .find(|track| track.mdia.hdlr.handler == FourCC::new(b"vide"));
    let sides = video.map(|track| {
        let matrix = &track.tkhd.matrix;
        let (width, height) = (
            u32::from(track.tkhd.width.integer()),
            u32::from(track.tkhd.height.integer()),
        );
        // Turned by a quarter: a phone held upright.
        if matrix.a == 0 && matrix.d == 0 && matrix.b != 0 {
            (height, width)
        } else {
            (width, height)
        }
    });
    let sounds = |track: &Trak| track.mdia.hdlr.handler == FourCC::new(b"soun");
    let only_sound = video.is_none() && moov.trak.iter().any(sounds);
    let scale = u64::from(moov.mvhd.timescale);
    Look {
        mime_type: only_sound.then(|| "audio/mp4".to_owned()),
        width: sides.map(|(width, _)| width),
        height: sides.map(|(_, height)| height),
        seconds: moov
            .mvhd
            .duration
            .checked_div(scale)
            .and_then(|seconds| u32::try_from(seconds).ok()),
        ..Look::default()
    }
}

fn moov(file: &Path) -> Option<Moov> {
    let mut file = BufReader::new(File::open(file).ok()?);
    for _ in 0..ATOMS_MAX {
        let header = Header::read_from(&mut file).ok()?;
        let size = header.size?;
        if header.kind == Moov::KIND {
            return (size <= MOOV_MAX)
                .then(|| Moov::read_atom(&header, &mut file).ok())
                .flatten();
        }
        let size = i64::try_from(size).ok()?;
        file.seek(SeekFrom::Current(size)).ok()?;
    }
    None
}
