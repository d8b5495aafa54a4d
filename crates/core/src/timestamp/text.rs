//! A timestamp in the making. The machinery of formats takes several times as long, and most of what is written out are times.

/// As many letters as `9999-12-31T23:59:59.999999999-23:59` has.
const MOST: usize = 35;

/// The letters so far.
pub(super) struct Text {
    letters: [u8; MOST],
    length: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { letters: [0; MOST], length: 0 }
    }

    /// An ASCII letter.
    pub(super) fn letter(&mut self, letter: u8) -> &mut Self {
        self.letters[self.length] = letter;
        self.length += 1;
        self
    }

    /// A number from 0 on, with so many digits: the last ones, if it has more.
    pub(super) fn number(&mut self, mut number: i64, digits: u8) {
        let end = self.length + usize::from(digits);
        for letter in self.letters[self.length..end].iter_mut().rev() {
            *letter = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.length = end;
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.letters[..self.length]).expect("letters and digits are ASCII")
    }
}
