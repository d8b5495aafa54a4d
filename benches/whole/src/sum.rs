//! The sum over all entries of all timelines: the same whatever the order in which they were put into it.

/// For each entry the CRC-32 of `interaction|timestamp|action|participant`, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(pub u64);

impl Sum {
    /// Adds an entry.
    pub fn add(&mut self, interaction: &str, timestamp: &str, action: &str, participant: &str) {
        let mut crc = u32::MAX;
        for (n, part) in [interaction, timestamp, action, participant].into_iter().enumerate() {
            if n > 0 {
                crc = step(crc, b'|');
            }
            crc = part.bytes().fold(crc, step);
        }
        self.0 += u64::from(!crc);
    }
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut value, mut bit) = (n as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
};

const fn step(crc: u32, byte: u8) -> u32 {
    TABLE[((crc ^ byte as u32) & 0xff) as usize] ^ (crc >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_usual_crc() {
        assert_eq!(!b"123456789".iter().fold(u32::MAX, |crc, byte| step(crc, *byte)), 0xcbf4_3926);
    }

    #[test]
    fn the_order_does_not_count() {
        let (mut one, mut other) = (Sum::default(), Sum::default());
        one.add("a", "1", "x", "p");
        one.add("b", "2", "y", "q");
        other.add("b", "2", "y", "q");
        other.add("a", "1", "x", "p");
        assert_eq!(one, other);
    }
}
