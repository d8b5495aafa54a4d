//! Where the brackets of a JSON text close: found in one pass, so that whoever looks for a field at the fifth level does
//! not read what lies inside its neighbours at each level anew.

use alloc::vec::Vec;

use super::walk::string;

/// The brackets of one text, in the order in which they open. Its memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Index(Vec<Span>);

/// What one pair of brackets holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// In bytes, with both brackets. As long as it is open, where it opens.
    pub(super) len: u32,
    /// How many pairs, itself among them. As long as it is open, the place of the one around it.
    pub(super) pairs: u32,
}

impl Index {
    /// Texts with more pairs are read without an index, which takes 8 bytes for each.
    const MOST: usize = 1 << 16;

    /// The brackets of a text that was checked; none if it is too large.
    pub(super) fn of(&mut self, text: &str) -> &[Span] {
        self.0.clear();
        if u32::try_from(text.len()).is_err() || self.read(text.as_bytes()).is_none() {
            self.0.clear();
        }
        &self.0
    }

    fn read(&mut self, bytes: &[u8]) -> Option<()> {
        let (mut at, mut around) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at += string(bytes.get(at..)?)?.0,
                b'{' | b'[' if self.0.len() < Self::MOST => {
                    self.0.push(Span { len: at as u32, pairs: around });
                    around = self.0.len() as u32 - 1;
                    at += 1;
                }
                b'{' | b'[' => return None,
                b'}' | b']' => {
                    at += 1;
                    let pairs = self.0.len() as u32 - around;
                    let span = self.0.get_mut(around as usize)?;
                    around = span.pairs;
                    *span = Span { len: at as u32 - span.len, pairs };
                }
                _ => at += 1,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;
    use alloc::string::String;

    #[test]
    fn each_pair_knows_its_length_and_what_it_holds() {
        let mut index = Index::default();
        let spans: Vec<_> = index
            .of(r#"{"a]":[{},[1]],"b":{"c":"\"}"}}"#)
            .iter()
            .map(|span| (span.len, span.pairs))
            .collect();
        assert_eq!(spans, [(31, 5), (8, 3), (2, 1), (3, 1), (11, 1)]);
        assert_eq!(index.of("7").len(), 0, "nothing is left of the text before");
    }

    #[test]
    fn a_text_with_too_many_brackets_is_read_without_an_index() {
        let of_pairs = |pairs: usize| String::from("[") + &"[1],".repeat(pairs - 2) + "[2]]";
        let mut index = Index::default();
        for pairs in [2, Index::MOST, Index::MOST + 1] {
            let text = of_pairs(pairs);
            let indexed = if pairs > Index::MOST { 0 } else { pairs };
            assert_eq!(index.of(&text).len(), indexed);
            let mut elements = 0;
            Json::indexed(&text, &mut index).expect("is JSON").elements(|_| elements += 1);
            assert_eq!(elements, pairs - 1);
        }
    }
}
