use super::Look;
use image::{
    DynamicImage, ImageDecoder, ImageReader, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH},
};
use std::{io, path::Path};

/// Pixels a side, as WhatsApp's own clients make theirs.
const SIDE: u32 = 100;
const QUALITY: u8 = 60;
/// A picture that takes more memory is sent, but not looked into: 50 megapixels.
const MEMORY: u64 = 200 << 20;
/// What a page shows of itself is made to be looked at on a screen: 16 megapixels.
const PREVIEW_PIXELS: u64 = 16_000_000;

pub fn look(file: &Path) -> Look {
    let decoder = ImageReader::open(file)
        .and_then(ImageReader::with_guessed_format)
        .map_err(image::ImageError::IoError)
        .and_then(ImageReader::into_decoder);
    let Ok(mut decoder) = decoder else {
        return Look::default();
    };
    // A phone held upright says how to turn what its camera saw.
    let orientation = decoder.orientation().ok();
    let (width, height) = match (orientation, decoder.dimensions()) {
        (Some(Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH), (width, height)) => {
            (height, width)
        }
        (_, dimensions) => dimensions,
    };
    let picture = if decoder.total_bytes() <= MEMORY {
        DynamicImage::from_decoder(decoder).ok()
    } else {
        None
    };
    Look {
        width: Some(width),
        height: Some(height),
        thumbnail: picture.and_then(|picture| {
            let mut small = picture.thumbnail(SIDE, SIDE);
            if let Some(orientation) = orientation {
                small.apply_orientation(orientation);
            }
            jpeg(&small)
        }),
        ..Look::default()
    }
}

/// A small JPEG of a picture that is in memory, unless it is very large.
pub fn small(picture: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::new(io::Cursor::new(picture))
        .with_guessed_format()
        .ok()?;
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PREVIEW_PIXELS {
        return None;
    }
    jpeg(
        &DynamicImage::from_decoder(decoder)
            .ok()?
            .thumbnail(SIDE, SIDE),
    )
}

fn jpeg(picture: &DynamicImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&on_white(picture))
        .ok()?;
    Some(bytes)
}

/// JPEG knows no transparency; what is behind a picture is mostly light.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let (colour, alpha) = (u16::from(colour), u16::from(alpha));
            u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}
