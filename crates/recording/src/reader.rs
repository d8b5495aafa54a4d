//! Reads a recording, also one that a crash has cut short.

use std::fmt;
use std::io::{self, BufRead, Read as _};

use sha2::{Digest as _, Sha256};

use crate::{Header, Line, Unreadable};

/// The longest line, in bytes: the largest message of a usual configuration, with everything in it escaped.
const LONGEST: u64 = 256 << 20;

/// A line with its number, from 1, and as it is written: what this release does not know is in there too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Its number in the file.
    pub number: u64,
    /// Its text.
    pub raw: String,
    /// What it says.
    pub line: Line,
}

/// How a recording ends. Whatever it is, the lines before it can be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With its last line, and as it was written.
    Whole,
    /// With a line that was changed, added or taken out since.
    Changed,
    /// Without its last line: the program ended before it could write it.
    Missing,
    /// In the middle of this line: the program or the system crashed.
    Torn(u64),
    /// This line is damaged, and more follow.
    Damaged(u64),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("it is whole"),
            Self::Changed => f.write_str("it was changed after it was written"),
            Self::Missing => f.write_str("it has no last line: what was recorded until then is there"),
            Self::Torn(number) => write!(f, "line {number} is torn: what was recorded before is there"),
            Self::Damaged(number) => write!(f, "line {number} is damaged: only what stands before is read"),
        }
    }
}

/// Reads a recording line by line.
pub struct Reader {
    source: Box<dyn BufRead>,
    header: Header,
    number: u64,
    hash: Sha256,
    ending: Option<Ending>,
}

impl Reader {
    /// Reads the first line.
    ///
    /// # Errors
    /// It is no recording, or one of a later version of the format.
    pub fn open(source: impl BufRead + 'static) -> Result<Self, Unreadable> {
        let mut source: Box<dyn BufRead> = Box::new(source);
        let first = read_line(&mut source).map_err(|error| Unreadable::new(error.to_string()))?;
        let text = std::str::from_utf8(&first).unwrap_or_default();
        let header = Header::read(text)?;
        let mut hash = Sha256::new();
        hash.update(&first);
        Ok(Self { source, header, number: 1, hash, ending: None })
    }

    /// What the first line says.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// How it ends, once the last line was read.
    #[must_use]
    pub const fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    fn judge(&mut self, bytes: &[u8]) -> Result<Numbered, Ending> {
        self.number += 1;
        let number = self.number;
        let whole = bytes.ends_with(b"\n");
        let text = std::str::from_utf8(bytes).ok().map(|text| text.trim_end_matches('\n'));
        let line = text.and_then(|text| serde_json::from_str::<Line>(text).ok());
        match (text, line) {
            (Some(text), Some(line)) if whole => Ok(Numbered { number, raw: text.to_string(), line }),
            _ if !whole => Err(Ending::Torn(number)),
            // The last line of a file can be torn and have a line break, if somebody appended one.
            _ => Err(match read_line(&mut self.source) {
                Ok(rest) if rest.is_empty() => Ending::Torn(number),
                Ok(_) | Err(_) => Ending::Damaged(number),
            }),
        }
    }
}

impl Iterator for Reader {
    type Item = Numbered;

    fn next(&mut self) -> Option<Numbered> {
        while self.ending.is_none() {
            let bytes = match read_line(&mut self.source) {
                Ok(bytes) => bytes,
                Err(_) => {
                    self.ending = Some(Ending::Damaged(self.number + 1));
                    return None;
                }
            };
            if bytes.is_empty() {
                self.ending = Some(Ending::Missing);
                return None;
            }
            match self.judge(&bytes) {
                Err(ending) => self.ending = Some(ending),
                Ok(Numbered { line: Line::End { lines, sha256 }, .. }) => {
                    let found: String =
                        self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                    let nothing_follows = read_line(&mut self.source).is_ok_and(|rest| rest.is_empty());
                    let same = found == sha256 && lines == self.number - 1 && nothing_follows;
                    self.ending = Some(if same { Ending::Whole } else { Ending::Changed });
                }
                Ok(line) => {
                    self.hash.update(&bytes);
                    return Some(line);
                }
            }
        }
        None
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("line", &self.number)
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}

/// The next line with its line break, if it has one; empty at the end.
fn read_line(source: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    source.take(LONGEST).read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST {
        return Err(io::Error::other("a line is longer than any that is written"));
    }
    Ok(line)
}
