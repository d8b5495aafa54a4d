//! Text that must never be printed.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

use crate::scrub;

/// A password, token or anything that holds one: it cannot be printed, and its memory is cleared when it
/// is dropped. (Copies that the system made before, in socket and TLS buffers, are out of reach.)
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// It in hexadecimal, in small and in capital letters, and what base64 of any text around it must hold, at each of the
    /// three alignments: for whoever takes secrets out of a text. What is shorter than 4 characters would be found
    /// everywhere, and is left out.
    #[must_use]
    pub fn encodings(&self) -> Vec<String> {
        scrub::encodings(self.expose().as_bytes())
    }

    /// The text itself, for the one place that has to send it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
