//! Makes a failing world small: what is left is what it takes to fail.

use std::time::Duration;

use super::Violation;
use super::keep::Keep;
use super::options::Options;

/// Worlds that are tried at most: an hour takes some 25 ms.
const MOST_TRIES: u32 = 400;

/// A failing world, and the smallest part of it that was found to fail in the same way.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The part.
    pub keep: Keep,
    /// How it fails.
    pub violation: Violation,
    /// How many strikes there are of how many, and faults of frames.
    pub strikes: (usize, usize),
    /// How many faults of frames there are of how many.
    pub frames: (usize, usize),
}

impl Options {
    /// Makes the world smaller as long as it breaks the same invariant; `None` if it breaks none.
    #[must_use]
    pub fn shrink(&self) -> Option<Shrunk> {
        let violation = self.clone().run().violation?;
        let (strikes, frames) = (self.strikes.len(), self.frames.len());
        let keep = Keep {
            strikes: Some((0..strikes).collect()),
            frames: Some((0..frames).collect()),
            interactions: None,
            people: None,
            length: Some(self.length),
        };
        let mut search = Search { options: self, keep, violation, tries: 0 };
        search.shorten();
        search.drop_parts(|keep| &mut keep.frames);
        search.drop_parts(|keep| &mut keep.strikes);
        search.lessen();
        search.shorten();
        let Search { keep, violation, .. } = search;
        let left = |places: &Option<Vec<usize>>, all| places.as_ref().map_or(all, Vec::len);
        let (strikes, frames) =
            ((left(&keep.strikes, strikes), strikes), (left(&keep.frames, frames), frames));
        Some(Shrunk { keep, violation, strikes, frames })
    }
}

/// The smallest part so far.
struct Search<'a> {
    options: &'a Options,
    keep: Keep,
    violation: Violation,
    tries: u32,
}

impl Search<'_> {
    /// Takes a part instead of the last one, if it fails as well.
    fn try_part(&mut self, keep: Keep) -> bool {
        if self.tries >= MOST_TRIES {
            return false;
        }
        self.tries += 1;
        let outcome = self.options.clone().keep(&keep).run();
        let same = |found: &Violation| found.invariant == self.violation.invariant;
        let Some(violation) = outcome.violation.filter(same) else { return false };
        (self.keep, self.violation) = (keep, violation);
        true
    }

    /// Less time.
    fn shorten(&mut self) {
        // What was seen at work was seen before the end.
        let seen = Duration::from_nanos(self.violation.at.0) + Duration::from_millis(1);
        if self.keep.length.is_some_and(|length| seen < length) {
            self.try_part(Keep { length: Some(seen), ..self.keep.clone() });
        }
        let mut step = self.keep.length.unwrap_or(self.options.length) / 2;
        while step >= Duration::from_millis(500) {
            let length = self.keep.length.unwrap_or(self.options.length).saturating_sub(step);
            if !self.try_part(Keep { length: Some(length), ..self.keep.clone() }) {
                step /= 2;
            }
        }
    }

    /// Fewer interactions, and fewer people in a flood.
    fn lessen(&mut self) {
        let few = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256];
        few.into_iter().any(|count| self.try_part(Keep { interactions: Some(count), ..self.keep.clone() }));
        few.into_iter().any(|count| self.try_part(Keep { people: Some(count), ..self.keep.clone() }));
    }

    /// Drops one half, then quarters, and so on.
    fn drop_parts(&mut self, part: impl Fn(&mut Keep) -> &mut Option<Vec<usize>>) {
        let mut size = part(&mut self.keep).as_ref().map_or(0, Vec::len);
        while size > 0 {
            let mut at = 0;
            while let Some(places) = part(&mut self.keep).clone().filter(|places| at < places.len()) {
                let mut keep = self.keep.clone();
                let left = places.iter().enumerate().filter(|(place, _)| !(at..at + size).contains(place));
                *part(&mut keep) = Some(left.map(|(_, place)| *place).collect());
                if !self.try_part(keep) {
                    at += size;
                }
            }
            size /= 2;
        }
    }
}
