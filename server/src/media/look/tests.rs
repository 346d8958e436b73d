use super::*;
use image::{ColorType, ImageFormat, RgbImage, codecs::jpeg::JpegEncoder};
use mp4_atom::{Encode, FixedPoint, FourCC, Hdlr, Matrix, Mdhd, Mdia, Moov, Mvhd, Tkhd, Trak};
use std::fs;

/// A second of silence, one of a loud tone, one of the same tone a quarter as
/// loud; by the reference encoder.
const VOICE: &[u8] = include_bytes!("../../../tests/it/files/voice.ogg");

fn look_at(bytes: &[u8]) -> (String, Look) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, bytes).unwrap();
    let mime_type = mime_type(bytes, None);
    let look = look(&path, &mime_type);
    (mime_type, look)
}

#[test]
fn a_voice_note_shows_how_loud_it_is_over_time() {
    let (mime_type, look) = look_at(VOICE);
    assert_eq!(mime_type, OPUS);
    assert_eq!(look.seconds, Some(3));
    let levels = look.waveform.unwrap();
    assert_eq!(levels.len(), 64);
    let mean = |from: usize, to: usize| {
        levels[from..to]
            .iter()
            .map(|level| u32::from(*level))
            .sum::<u32>()
            / (to - from) as u32
    };
    let (silent, loud, quiet) = (mean(1, 19), mean(24, 40), mean(46, 62));
    assert!(silent <= 3, "{levels:?}");
    assert!(loud >= 80, "{levels:?}");
    assert!((10..=45).contains(&quiet), "{levels:?}");
}

#[test]
fn a_voice_note_that_is_damaged_or_cut_off_is_told_as_far_as_it_goes() {
    let mut damaged = VOICE.to_vec();
    for n in (600..damaged.len()).step_by(97) {
        damaged[n] ^= 0x5a;
    }
    let (mime_type, _) = look_at(&damaged);
    assert_eq!(mime_type, OPUS);
    let (_, cut) = look_at(&VOICE[..VOICE.len() / 2]);
    assert!(cut.seconds.is_none_or(|seconds| seconds <= 3), "{cut:?}");
    let (_, none) = look_at(&VOICE[..60]);
    assert_eq!(none.waveform, None);
}

#[test]
fn a_picture_has_its_size_and_a_small_jpeg() {
    let mut png = Vec::new();
    let picture = RgbImage::from_pixel(300, 200, image::Rgb([200, 30, 30]));
    picture
        .write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png)
        .unwrap();
    let (mime_type, look) = look_at(&png);
    assert_eq!(mime_type, "image/png");
    assert_eq!((look.width, look.height), (Some(300), Some(200)));
    let small = image::load_from_memory(&look.thumbnail.unwrap()).unwrap();
    assert_eq!((small.width(), small.height()), (100, 67));
    let pixel = small.to_rgb8().get_pixel(50, 30).0;
    assert!(pixel[0] > 150 && pixel[1] < 90, "{pixel:?}");
}

/// A JPEG with a word of EXIF: turn it by a quarter.
fn upright(width: u32, height: u32) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let pixels = vec![128; (width * height * 3) as usize];
    JpegEncoder::new(&mut jpeg)
        .encode(&pixels, width, height, ColorType::Rgb8.into())
        .unwrap();
    let tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    let mut with_exif = jpeg[..2].to_vec();
    with_exif.extend([0xff, 0xe1]);
    with_exif.extend(length);
    with_exif.extend(tiff);
    with_exif.extend(&jpeg[2..]);
    with_exif
}

#[test]
fn a_photo_is_turned_as_its_camera_was() {
    let (mime_type, look) = look_at(&upright(120, 60));
    assert_eq!(mime_type, "image/jpeg");
    assert_eq!((look.width, look.height), (Some(60), Some(120)));
    let small = image::load_from_memory(&look.thumbnail.unwrap()).unwrap();
    assert_eq!((small.width(), small.height()), (50, 100));
}

#[test]
fn a_picture_that_unpacks_to_gigabytes_is_measured_and_not_unpacked() {
    // A PNG says how large it is in its first bytes.
    let mut png = Vec::new();
    RgbImage::new(8, 8)
        .write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png)
        .unwrap();
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let sum = checksum(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let (_, look) = look_at(&png);
    assert_eq!((look.width, look.height), (Some(60_000), Some(60_000)));
    assert_eq!(look.thumbnail, None);
    assert_eq!(small(&png), None);
}

#[test]
fn a_preview_is_made_of_pictures_up_to_16_megapixels() {
    for (width, height, is_made) in [(4_000, 4_000, true), (4_001, 4_000, false)] {
        let mut png = Vec::new();
        image::GrayImage::new(width, height)
            .write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png)
            .unwrap();
        assert_eq!(small(&png).is_some(), is_made, "{width}×{height}");
    }
}

/// The checksum of PNG's chunks.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

fn mp4(handler: &[u8; 4], turned: bool) -> Vec<u8> {
    let mut tkhd = Tkhd {
        width: FixedPoint::from(640_u16),
        height: FixedPoint::from(360_u16),
        ..Tkhd::default()
    };
    if turned {
        tkhd.matrix = Matrix {
            a: 0,
            b: 1 << 16,
            c: -(1 << 16),
            d: 0,
            ..tkhd.matrix
        };
    }
    let track = Trak {
        tkhd,
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
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x10mdat12345678".to_vec();
    moov.encode(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_video_has_its_size_as_it_is_held_and_its_length() {
    let (mime_type, look) = look_at(&mp4(b"vide", false));
    assert_eq!(mime_type, "video/mp4");
    assert_eq!(
        (look.width, look.height, look.seconds),
        (Some(640), Some(360), Some(12))
    );
    let (_, look) = look_at(&mp4(b"vide", true));
    assert_eq!((look.width, look.height), (Some(360), Some(640)));
}

#[test]
fn an_mp4_without_a_picture_is_a_sound() {
    let (_, look) = look_at(&mp4(b"soun", false));
    assert_eq!(look.mime_type.as_deref(), Some("audio/mp4"));
    assert_eq!((look.width, look.seconds), (None, Some(12)));
}

#[test]
fn what_is_broken_tells_nothing_and_stops_nobody() {
    let whole = mp4(b"vide", false);
    for bytes in [
        &whole[..whole.len() / 2],
        b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\0moov",
        b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"ID3\x04\0\0\0\0\0\0\xff\xfb",
        b"RIFF\0\0\0\0WEBPVP8 ",
    ] {
        let (_, look) = look_at(bytes);
        assert_eq!(look.thumbnail, None);
        assert_eq!(look.waveform, None);
    }
}
