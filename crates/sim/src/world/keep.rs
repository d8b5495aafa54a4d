//! A part of a world, as a line of text: what is left when a failing one was made small.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Which part of a world to keep; what is `None` stays as it was drawn.
///
/// As text: `strikes=3,9 frames=- interactions=2 ms=840000`, in this order or any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Its strikes, by their places.
    pub strikes: Option<Vec<usize>>,
    /// Its faults of frames, by their places.
    pub frames: Option<Vec<usize>>,
    /// So many interactions at most.
    pub interactions: Option<u64>,
    /// So many people in a flood at most.
    pub people: Option<u64>,
    /// Trouble for so long.
    pub length: Option<Duration>,
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = |places: &[usize]| match places {
            [] => "-".to_owned(),
            places => places.iter().map(usize::to_string).collect::<Vec<_>>().join(","),
        };
        let parts = [
            self.strikes.as_deref().map(|strikes| format!("strikes={}", places(strikes))),
            self.frames.as_deref().map(|frames| format!("frames={}", places(frames))),
            self.interactions.map(|count| format!("interactions={count}")),
            self.people.map(|count| format!("people={count}")),
            self.length.map(|length| format!("ms={}", length.as_millis())),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// What stands there is no part of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoKeep(String);

impl fmt::Display for NoKeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no part of a world, such as `strikes=3,9 frames=- interactions=2 ms=840000`",
            self.0
        )
    }
}

impl std::error::Error for NoKeep {}

impl FromStr for Keep {
    type Err = NoKeep;

    fn from_str(text: &str) -> Result<Self, NoKeep> {
        let mut keep = Self::default();
        for part in text.split_whitespace() {
            let wrong = || NoKeep(part.to_owned());
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let number = || value.parse::<u64>().map_err(|_| wrong());
            let places = || match value {
                "-" => Ok(Vec::new()),
                _ => value.split(',').map(|place| place.parse().map_err(|_| wrong())).collect(),
            };
            match name {
                "strikes" => keep.strikes = Some(places()?),
                "frames" => keep.frames = Some(places()?),
                "interactions" => keep.interactions = Some(number()?),
                "people" => keep.people = Some(number()?),
                "ms" => keep.length = Some(Duration::from_millis(number()?)),
                _ => return Err(wrong()),
            }
        }
        Ok(keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["", "strikes=3,9 frames=- interactions=2 people=4 ms=840000", "ms=5", "strikes=-"] {
            assert_eq!(text.parse::<Keep>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["strikes", "strikes=a", "strikes=1,,2", "frames=", "hours=1", "ms=-1"] {
            let error = text.parse::<Keep>().expect_err(text).to_string();
            assert!(error.starts_with(&format!("`{text}` is no part")), "{error}");
        }
    }
}
