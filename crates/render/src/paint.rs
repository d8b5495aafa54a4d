//! Colour and width of text in a terminal.

/// Whether text for a terminal is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    /// For what names something.
    pub const BOLD: &'static str = "1";
    /// For what may be overlooked.
    pub const DIM: &'static str = "2";
    /// For what is wrong.
    pub const RED: &'static str = "31";
    /// For what goes on well.
    pub const GREEN: &'static str = "32";
    /// For what is doubtful.
    pub const YELLOW: &'static str = "33";
    /// For what ended well.
    pub const CYAN: &'static str = "36";

    /// `text` in a style (one of the constants), or as it is where nothing is coloured.
    #[must_use]
    pub fn on(self, style: &str, text: &str) -> String {
        match self.0 && !text.is_empty() {
            true => format!("\x1b[{style}m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }
}

/// The first `width` characters of `text`, with an ellipsis as the last of them where something was cut off.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}
