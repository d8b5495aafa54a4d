//! Drawings of timelines: pure functions from what is known to text.

mod picture;
pub(crate) mod screen;
pub(crate) mod swimlane;

pub(crate) use picture::{Picture, Row, Span};

/// Whether and how a drawing is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    pub(crate) const BOLD: &'static str = "1";
    pub(crate) const DIM: &'static str = "2";
    pub(crate) const RED: &'static str = "31";
    pub(crate) const GREEN: &'static str = "32";
    pub(crate) const YELLOW: &'static str = "33";
    pub(crate) const CYAN: &'static str = "36";

    /// `text` in a style, or as it is where nothing is coloured.
    pub(crate) fn on(self, style: &str, text: &str) -> String {
        match self.0 && !text.is_empty() {
            true => format!("\x1b[{style}m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }
}

/// The first `width` characters of `text`, with an ellipsis where something was cut off.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}
