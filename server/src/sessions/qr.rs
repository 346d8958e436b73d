//! A QR as an image. The page draws its own; these are for programs.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use qrcode::{EcLevel, QrCode, render::svg, types::Color};

/// Pixels a module in the PNG: sharp on a phone's screen, and small.
const MODULE: usize = 8;
/// White modules around it, without which phones do not find it.
const QUIET_ZONE: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the code is too long for a QR: {0}")]
    Qr(#[from] qrcode::types::QrError),
    #[error("the image could not be written: {0}")]
    Image(#[from] image::ImageError),
}

fn code(text: &str) -> Result<QrCode, Error> {
    Ok(QrCode::with_error_correction_level(text, EcLevel::L)?)
}

/// # Errors
/// The text does not fit into a QR.
pub fn svg(text: &str) -> Result<String, Error> {
    Ok(code(text)?
        .render::<svg::Color<'_>>()
        .quiet_zone(true)
        .min_dimensions(240, 240)
        .build())
}

/// # Errors
/// The text does not fit into a QR.
pub fn png(text: &str) -> Result<Vec<u8>, Error> {
    let code = code(text)?;
    let modules = code.width() + 2 * QUIET_ZONE;
    let side = modules * MODULE;
    let mut pixels = vec![255_u8; side * side];
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let top = (index / code.width() + QUIET_ZONE) * MODULE;
            let left = (index % code.width() + QUIET_ZONE) * MODULE;
            for row in top..top + MODULE {
                pixels[row * side + left..row * side + left + MODULE].fill(0);
            }
        }
    }
    let mut out = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    PngEncoder::new(&mut out).write_image(&pixels, side, side, ExtendedColorType::L8)?;
    Ok(out)
}
