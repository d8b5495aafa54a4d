//! Reading JSON by hand, piece by piece.
//!
//! A method that gives `None` may have moved the cursor; nothing relies on its place then.

use alloc::borrow::Cow;

use crate::timestamp::Minute;
use crate::{Id, Timestamp, Word};

use super::json::Json;
use super::text::plain_len;

/// A place in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    /// What of it has not been read.
    pub(super) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The start of `text`.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes() }
    }

    pub(super) fn timestamp(&mut self, minute: &mut Minute) -> Option<Timestamp> {
        // The usual form needs no search for its end: its characters are no quotes.
        if let Some(([b'"', text @ .., b'"'], rest)) = self.rest.split_first_chunk::<26>() {
            if let Some(at) = minute.parse(text.first_chunk()?) {
                self.rest = rest;
                return Some(at);
            }
        }
        Timestamp::parse(&self.string()?)
    }

    pub(super) fn id(&mut self) -> Option<Id> {
        // The same for a UUID.
        if let Some(([b'"', text @ .., b'"'], rest)) = self.rest.split_first_chunk::<38>() {
            if let Some(id) = Id::from_uuid(text.first_chunk()?) {
                self.rest = rest;
                return Some(id);
            }
        }
        let text = self.string()?;
        if text.is_empty() { None } else { Some(Id::new(&text)) }
    }

    /// Reads a channel. Nearly all are one of these: known by comparison, they are not searched for their end.
    #[inline(always)]
    pub(super) fn channel(&mut self) -> Option<Word> {
        if self.literal(b"\"voice\"").is_some() {
            return Some(const { Word::constant("voice") });
        }
        if self.literal(b"\"chat\"").is_some() {
            return Some(const { Word::constant("chat") });
        }
        self.aside(Self::word)
    }

    /// Reads a reason. Most are one of these.
    #[inline(always)]
    pub(super) fn reason(&mut self) -> Option<Word> {
        if self.literal(b"\"transfer\"").is_some() {
            return Some(const { Word::constant("transfer") });
        }
        if self.literal(b"\"client\"").is_some() {
            return Some(const { Word::constant("client") });
        }
        if self.literal(b"\"peer\"").is_some() {
            return Some(const { Word::constant("peer") });
        }
        self.aside(Self::word)
    }

    /// Reads what is rare with a copy of this cursor. So whoever is inlined around it keeps the place in registers.
    #[inline(always)]
    fn aside<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut copy = *self;
        let value = read(&mut copy)?;
        *self = copy;
        Some(value)
    }

    pub(super) fn word(&mut self) -> Option<Word> {
        Some(Word::from(&*self.string()?))
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.rest;
        if let Some(text) = self.plain() {
            return Some(Cow::Borrowed(text));
        }
        self.rest = start;
        self.value()?.string()
    }

    /// Reads a string without escapes.
    #[inline]
    pub(super) fn plain(&mut self) -> Option<&'a str> {
        let start = self.at() + 1;
        let len = self.skip()?;
        self.text.get(start..start + len)
    }

    /// Skips a string without escapes: how long its text is.
    #[inline]
    pub(super) fn skip(&mut self) -> Option<usize> {
        self.literal(b"\"")?;
        let len = plain_len(self.rest)?;
        self.rest = self.rest.get(len + 1..)?;
        Some(len)
    }

    /// Reads what stands between two literals, if that has `N` bytes; stays where it is otherwise.
    #[inline]
    pub(super) fn between<const A: usize, const N: usize, const B: usize>(
        &mut self,
        before: &[u8; A],
        after: &[u8; B],
    ) -> Option<&'a [u8; N]> {
        let (all, rest) = self.rest.split_at_checked(A + N + B)?;
        let (first, all) = all.split_first_chunk::<A>()?;
        let (text, last) = all.split_first_chunk::<N>()?;
        if first != before || last != after {
            return None;
        }
        self.rest = rest;
        Some(text)
    }

    /// Reads any value.
    pub(super) fn value(&mut self) -> Option<Json<'a>> {
        let value = Json::first(self.text.get(self.at()..)?)?;
        self.rest = self.rest.get(value.text().len()..)?;
        Some(value)
    }

    /// Reads a comma, or the `end` of what is listed: whether there is more of it.
    #[inline(always)]
    pub(super) fn more(&mut self, end: u8) -> Option<bool> {
        let next = self.peek()?;
        self.rest = self.rest.get(1..)?;
        if next == b',' {
            return Some(true);
        }
        (next == end).then_some(false)
    }

    /// Skips white space and this byte.
    pub(super) fn token(&mut self, token: u8) -> Option<()> {
        self.peek()?;
        self.literal(&[token])
    }

    /// Skips white space and looks at what follows. There mostly is none.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match *self.rest.first()? {
            0..=b' ' => self.aside(Self::skip_white),
            next => Some(next),
        }
    }

    #[inline(never)]
    fn skip_white(&mut self) -> Option<u8> {
        let white = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')).count();
        self.rest = self.rest.get(white..)?;
        self.rest.first().copied()
    }

    #[inline(always)]
    pub(super) fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        let (next, rest) = self.rest.split_first_chunk()?;
        if next != literal {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    pub(super) fn end(&mut self) -> Option<()> {
        if self.peek().is_some() { None } else { Some(()) }
    }

    pub(super) const fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }
}
