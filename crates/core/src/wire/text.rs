//! The inside of a JSON string, eight bytes at a time.

/// Every byte 1.
const ONES: u64 = u64::MAX / 255;
/// The top bit of every byte.
const TOPS: u64 = ONES << 7;

/// How far the closing quote is, if no escape and no control character (which JSON forbids in a string)
/// comes before it.
pub(super) fn plain_len(bytes: &[u8]) -> Option<usize> {
    let at = first(bytes, special, |byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (bytes[at] == b'"').then_some(at)
}

/// How far the first quote or escape is.
pub(super) fn quote_at(bytes: &[u8]) -> Option<usize> {
    first(bytes, quote, |byte| matches!(byte, b'"' | b'\\'))
}

/// The first byte of a kind: by what marks it among eight, and for the last few one by one.
#[inline(always)]
fn first(bytes: &[u8], mark: impl Fn(u64) -> u64, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let marks = mark(u64::from_le_bytes(*eight));
        if marks != 0 {
            return Some(bytes.len() - rest.len() + marks.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    let last = rest.iter().position(|byte| is_it(*byte))?;
    Some(bytes.len() - rest.len() + last)
}

/// Whether no quote, escape or control character is among these. There is no branch in the loop, so that it becomes
/// vector instructions.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let is = |special: bool| u8::from(special);
    bytes.iter().fold(0, |special, &b| special | is(b == b'"') | is(b == b'\\') | is(b < 0x20)) == 0
}

/// Marks the first quote, backslash or control character in the top bit of its byte; 0 if there is none.
/// (Subtracting borrows into a top bit that was not set. A borrow can run on into higher bytes, so that
/// only the lowest mark is beyond doubt.)
const fn special(eight: u64) -> u64 {
    quote(eight) | eight.wrapping_sub(ONES * 0x20) & !eight & TOPS
}

/// The same for a quote or a backslash.
const fn quote(eight: u64) -> u64 {
    let quote = eight ^ (ONES * b'"' as u64);
    let escape = eight ^ (ONES * b'\\' as u64);
    (quote.wrapping_sub(ONES) & !quote | escape.wrapping_sub(ONES) & !escape) & TOPS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_space_is_plain_and_two_of_what_is_not_do_not_make_up_for_each_other() {
        assert!(is_plain(b" !#[]~\x7f") && is_plain("\u{fc}".as_bytes()));
        for two in [b"\"\"", b"\\\\", b"\x1f\x1f", b"\"\\", b"\x1f\""] {
            assert!(!is_plain(two), "{two:?}");
        }
    }

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(
            bytes in prop::collection::vec(prop_oneof![8 => any::<u8>(), 1 => Just(b'"'), 1 => Just(0x1f)], 0..40),
        ) {
            let first = bytes.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(quote_at(&bytes), bytes.iter().position(|b| matches!(b, b'"' | b'\\')));
            prop_assert_eq!(plain_len(&bytes), first.filter(|at| bytes[*at] == b'"'));
            prop_assert_eq!(is_plain(&bytes), first.is_none());
        }
    }
}
