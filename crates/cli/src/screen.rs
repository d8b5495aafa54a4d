//! A part of the terminal that is redrawn in place.

use std::fmt::Write as _;
use std::io::{self, Write};

use rosterline_render::{Paint, Picture, fit, terminal};

/// The size of the terminal in columns and rows; 80 by 24 if it does not tell.
pub(crate) fn size() -> (usize, usize) {
    terminal_size::terminal_size()
        .map_or((80, 24), |(width, height)| (usize::from(width.0).max(20), usize::from(height.0).max(4)))
}

/// The lines of a frame: the newest interactions that fit, the oldest of them first, and a status line.
/// `pictures` are in the order in which the interactions began.
pub(crate) fn compose(
    pictures: &[Picture],
    status: &str,
    (width, height): (usize, usize),
    paint: Paint,
) -> Vec<String> {
    // One row for the status, and one that stays free so that the terminal never scrolls.
    let mut room = height.saturating_sub(2);
    let mut blocks = Vec::new();
    for picture in pictures.iter().rev() {
        let block = terminal::draw(picture, width, paint);
        if block.len() > room {
            break;
        }
        room -= block.len();
        blocks.push(block);
    }
    let mut lines: Vec<String> = blocks.into_iter().rev().flatten().collect();
    lines.push(paint.on(Paint::DIM, &fit(status, width)));
    lines
}

/// Draws frames over each other.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// Lines of the frame that is shown.
    shown: usize,
}

impl Screen {
    /// Replaces the shown frame, in one write: the terminal never shows half of it.
    pub(crate) fn draw(&mut self, out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
        // Synchronized output (mode 2026) where the terminal knows it; others ignore it.
        let mut frame = String::from("\x1b[?2026h\x1b[?25l\r");
        if self.shown > 0 {
            let _ = write!(frame, "\x1b[{}A", self.shown);
        }
        for line in lines {
            frame.push_str(line);
            frame.push_str("\x1b[K\r\n");
        }
        frame.push_str("\x1b[J\x1b[?25h\x1b[?2026l");
        self.shown = lines.len();
        out.write_all(frame.as_bytes())?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosterline_core::{Id, Timestamp};
    use rosterline_render::{Row, Standing};

    fn pictures() -> Vec<Picture> {
        let row = |name: String| Row {
            participant: Id::new(&name),
            channel: "voice".into(),
            leg: None,
            is_one_of_many: false,
            bars: Vec::new(),
            ring: None,
            marks: Vec::new(),
        };
        let picture = |name: &str, count: usize| Picture {
            interaction: Id::new(name),
            standing: Standing::Complete,
            revision: 1,
            from: Timestamp::from_unix(0, 0),
            to: Timestamp::from_unix(1, 0),
            rows: (0..count).map(|number| row(format!("p{number}"))).collect(),
            bands: Vec::new(),
        };
        vec![picture("oldest", 3), picture("middle", 2), picture("newest", 2)]
    }

    #[test]
    fn the_newest_that_fit_are_shown() {
        let names = |height| {
            let lines = compose(&pictures(), "status", (40, height), Paint(false));
            assert!(lines.len() < height, "{height}");
            let titles = lines.iter().filter_map(|line| line.strip_prefix("● "));
            titles.map(|title| title.split(' ').next().unwrap_or_default().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(24), ["oldest", "middle", "newest"]);
        assert_eq!(names(9), ["middle", "newest"]);
        assert_eq!(names(5), ["newest"]);
        assert!(names(4).is_empty());
    }

    #[test]
    fn a_frame_goes_over_the_one_before_in_one_write() {
        struct Writes(Vec<Vec<u8>>);
        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut out, mut screen) = (Writes(Vec::new()), Screen::default());
        for lines in [3, 2] {
            screen.draw(&mut out, &vec!["x".to_string(); lines]).expect("memory");
        }
        assert_eq!(out.0.len(), 2);
        let second = String::from_utf8_lossy(&out.0[1]).into_owned();
        assert!(second.contains("\x1b[3A") && second.ends_with("\x1b[J\x1b[?25h\x1b[?2026l"), "{second:?}");
    }
}
