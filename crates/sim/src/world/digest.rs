//! A hash that stays the same: over runs, builds, machines and versions of this crate.

use std::hash::Hasher;

/// Mixes what it is given, eight bytes at a time, as SplitMix64 mixes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let eights = bytes.chunks_exact(8);
        let rest = eights.remainder();
        for eight in eights {
            self.write_u64(u64::from_le_bytes(eight.try_into().expect("there are eight")));
        }
        let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        self.write_u64(word);
        self.write_u64(bytes.len() as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let mut z = self.0 ^ word.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 30)).wrapping_mul(0x94D0_49BB_1331_11EB);
        self.0 = (z ^ (z >> 31)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_for_ever_and_tells_apart_what_differs() {
        let of = |texts: &[&str]| {
            let mut digest = Digest::new();
            texts.iter().for_each(|text| digest.write(text.as_bytes()));
            digest.finish()
        };
        assert_eq!(of(&["a run"]), 15_820_597_510_180_799_942);
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
    }
}
