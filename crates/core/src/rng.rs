//! Seeded pseudo-random numbers whose sequence is part of our compatibility: a seed is a bug report.

/// SplitMix64 (Steele, Lea, Flood 2014), stable forever, drawn by named stream.
///
/// Each purpose draws from a stream of its own, so that one more draw in one place shifts no other.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The stream that `name` has under `seed`.
    #[must_use]
    pub fn stream(seed: u64, name: &str) -> Self {
        let mut rng = Self(seed);
        for byte in name.bytes() {
            rng.0 ^= rng.next_u64() ^ u64::from(byte);
        }
        rng
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound`, both included, by multiplication: the bias is below 2⁻⁶⁴ × `bound`.
    pub fn up_to(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * (u128::from(bound) + 1);
        (wide >> 64) as u64
    }

    /// True in `percent` of 100 draws.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.up_to(99) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_reference() {
        let mut rng = Rng(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, name| Rng::stream(seed, name).next_u64();
        assert_eq!(draw(7, "jitter"), draw(7, "jitter"));
        assert_ne!(draw(7, "jitter"), draw(7, "server"));
        assert_ne!(draw(7, "jitter"), draw(8, "jitter"));
    }

    /// What a seed gives today it gives for ever.
    #[test]
    fn a_stream_is_the_same_in_every_version() {
        let draws = [0, 1, 2].map(|seed| Rng::stream(seed, "jitter").next_u64());
        assert_eq!(
            draws,
            [4_163_244_481_542_923_524, 12_343_211_119_916_984_435, 15_781_472_282_552_171_259]
        );
    }

    #[test]
    fn a_chance_is_so_many_draws_of_a_hundred() {
        let mut rng = Rng::stream(1, "chance");
        let mut times = |percent| (0..10_000).filter(|_| rng.chance(percent)).count();
        assert_eq!((times(0), times(100)), (0, 10_000));
        for percent in [1, 30, 99] {
            let expected = percent as usize * 100;
            assert!(times(percent).abs_diff(expected) < 150, "{percent} %");
        }
    }

    #[test]
    fn both_ends_are_drawn() {
        let mut rng = Rng::stream(1, "ends");
        let mut seen = [false; 4];
        for _ in 0..100 {
            seen[usize::try_from(rng.up_to(3)).expect("at most 3")] = true;
        }
        assert_eq!(seen, [true; 4]);
    }
}
