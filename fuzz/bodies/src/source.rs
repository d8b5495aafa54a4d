//! Reading choices out of a fuzzer's bytes.

/// Bytes as a row of choices. Every row of bytes is one, so that no input is wasted; when they run out, every
/// choice is the first. Where a choice is small, a digit stands for its number, so that an input can be written by hand.
#[derive(Debug)]
pub(crate) struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte; `None` at the end.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u8) -> u8 {
        self.byte().unwrap_or(b'0').wrapping_sub(b'0') % end
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let end = u8::try_from(choices.len()).expect("a choice is one byte");
        choices[usize::from(self.below(end))]
    }

    /// The bytes up to the next line break, or all of them. The line break is gone.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn digits_stand_for_their_numbers_and_the_end_for_zero() {
        let mut source = Source::new(b"70 1line\nrest");
        assert_eq!((source.below(8), source.flag(), source.below(4)), (7, false, 0));
        assert_eq!(source.pick(&["a", "b"]), "b");
        assert_eq!((source.line(), source.rest()), (&b"line"[..], &b"rest"[..]));
        assert_eq!((source.byte(), source.below(3), source.line()), (None, 0, &b""[..]));
    }
}
