use crate::i18n::texts;
use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// The light border that scanners need around a code, in modules.
const QUIET_ZONE: usize = 4;

/// Draws the text as a QR, black on white in every theme.
#[component]
pub fn Qr(text: Signal<String>) -> impl IntoView {
    let drawing = Memo::new(move |_| text.with(|text| Drawing::of(text)));
    let view_box = Signal::derive(move || drawing.with(|drawing| drawing.view_box.clone()));
    let path = Signal::derive(move || drawing.with(|drawing| drawing.path.clone()));
    view! {
        <svg
            class="qr-code"
            role="img"
            aria-label=texts().qr_alt
            viewBox=view_box
            shape-rendering="crispEdges"
        >
            <rect class="qr-light" width="100%" height="100%"></rect>
            <path class="qr-dark" d=path></path>
        </svg>
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Drawing {
    view_box: String,
    path: String,
}

impl Drawing {
    fn of(text: &str) -> Self {
        // A screen shows a code undamaged: the lowest level has the largest
        // modules, and those are what a camera needs.
        let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else {
            return Self {
                view_box: "0 0 1 1".to_owned(),
                path: String::new(),
            };
        };
        let width = code.width();
        let side = width + 2 * QUIET_ZONE;
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    // Writing to a string cannot fail.
                    let _ = write!(
                        path,
                        "M{} {}h{n}v1h-{n}z",
                        x + QUIET_ZONE,
                        y + QUIET_ZONE,
                        n = run.len()
                    );
                }
                x += run.len();
            }
        }
        Self {
            view_box: format!("0 0 {side} {side}"),
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_inside_its_quiet_zone() {
        let drawing = Drawing::of("2@text");
        assert_eq!(drawing.view_box, "0 0 29 29");
        // The finder pattern begins at the corner, seven modules wide.
        assert!(drawing.path.starts_with("M4 4h7v1h-7z"), "{}", drawing.path);
    }

    #[test]
    fn a_text_too_long_for_a_code_draws_nothing() {
        assert_eq!(Drawing::of(&"x".repeat(5_000)).path, "");
    }
}
