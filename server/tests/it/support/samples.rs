//! Small files of every kind, made here.

use image::{ImageFormat, RgbImage};
use mp4_atom::{Encode, FixedPoint, FourCC, Hdlr, Mdhd, Mdia, Moov, Mvhd, Tkhd, Trak};
use std::io::Cursor;

/// Three seconds of Opus: a second of silence, one of a loud tone, one of a
/// quiet one.
pub const VOICE: &[u8] = include_bytes!("../files/voice.ogg");

pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    RgbImage::from_pixel(width, height, image::Rgb([10, 120, 200]))
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

/// A film of 640×360 pixels and twelve seconds.
pub fn film() -> Vec<u8> {
    mp4(b"isom", b"vide")
}

/// A sound of twelve seconds, as phones record them.
pub fn m4a() -> Vec<u8> {
    mp4(b"M4A ", b"soun")
}

fn mp4(brand: &[u8; 4], handler: &[u8; 4]) -> Vec<u8> {
    let track = Trak {
        tkhd: Tkhd {
            width: FixedPoint::from(640_u16),
            height: FixedPoint::from(360_u16),
            ..Tkhd::default()
        },
        mdia: Mdia {
            mdhd: Mdhd {
                timescale: 1_000,
                language: "und".to_owned(),
                ..Mdhd::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(handler),
                name: String::new(),
            },
            ..Mdia::default()
        },
        ..Trak::default()
    };
    let moov = Moov {
        mvhd: Mvhd {
            timescale: 1_000,
            duration: 12_400,
            ..Mvhd::default()
        },
        trak: vec![track],
        ..Moov::default()
    };
    let mut bytes = b"\0\0\0\x18ftyp".to_vec();
    bytes.extend(brand);
    bytes.extend(b"\0\0\x02\0isomiso2\0\0\0\x10mdat12345678");
    moov.encode(&mut bytes).unwrap();
    bytes
}

/// Two seconds of silence: frames of 128 kbit/s at 44.1 kHz.
pub fn mp3() -> Vec<u8> {
    const FRAME: usize = 417;
    const FRAMES: usize = 77;
    let mut bytes = Vec::with_capacity(FRAME * FRAMES);
    for _ in 0..FRAMES {
        bytes.extend([0xff, 0xfb, 0x90, 0x00]);
        bytes.resize(bytes.len() + FRAME - 4, 0);
    }
    bytes
}
