//! Short text that mostly needs no allocation.

use compact_str::CompactString;
use core::fmt;
use core::ops::Deref;

/// A short piece of text from the wire (a channel, a reason), kept to the letter. Up to 24 bytes are
/// stored inline.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(CompactString);

impl Word {
    /// Text up to this length, in bytes, is stored inline.
    pub(crate) const INLINE: usize = size_of::<CompactString>();

    /// A word that is known when this is compiled.
    pub(crate) const fn constant(text: &'static str) -> Self {
        Self(CompactString::const_new(text))
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self(CompactString::new(text))
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
