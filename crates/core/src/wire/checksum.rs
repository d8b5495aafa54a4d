//! CRC-32 as gzip uses it (RFC 1952, section 8), eight bytes at a time.

/// The polynomial, lowest power first.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// `TABLES[k][b]`: what byte `b` adds to the remainder when `k` more bytes follow it.
const TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        tables[0][byte] = rest;
        byte += 1;
    }
    let mut k = 1;
    while k < 8 {
        let mut byte = 0;
        while byte < 256 {
            let rest = tables[k - 1][byte];
            tables[k][byte] = rest >> 8 ^ tables[0][(rest & 0xff) as usize];
            byte += 1;
        }
        k += 1;
    }
    tables
};

/// The checksum of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let (mut crc, mut bytes) = (u32::MAX, bytes);
    while let Some((eight, rest)) = bytes.split_first_chunk::<8>() {
        let mixed = (u64::from_le_bytes(*eight) ^ u64::from(crc)).to_le_bytes();
        crc = mixed.iter().zip(TABLES.iter().rev()).fold(0, |sum, (b, table)| sum ^ table[usize::from(*b)]);
        bytes = rest;
    }
    !bytes.iter().fold(crc, |crc, b| crc >> 8 ^ TABLES[0][usize::from(crc as u8 ^ b)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_an_independent_one(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut other = flate2::Crc::new();
            other.update(&bytes);
            prop_assert_eq!(crc32(&bytes), other.sum());
        }
    }
}
