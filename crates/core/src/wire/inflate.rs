//! Unpacking deflate (RFC 1951) into a buffer that is used again, within a bound.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::Reason;

/// What is kept of the buffer for the next message: compressed frames are mostly smaller than this.
const KEEP: usize = 64 * 1024;
/// The first guess for a message that has no earlier one to go by.
const FIRST: usize = 4096;

/// How deflated data is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// In nothing.
    Raw,
    /// In a zlib header and an Adler-32 checksum (RFC 1950), which is compared.
    Zlib,
}

/// Unpacks, and owns the memory that it takes.
#[derive(Default)]
pub(super) struct Inflater {
    state: Option<Box<DecompressorOxide>>,
    /// All of it is in use: growing it is what costs.
    buffer: Vec<u8>,
}

impl Inflater {
    /// Lets `unpack` write at most `most` bytes, and `read` read them.
    pub(super) fn with<T>(
        &mut self,
        most: usize,
        unpack: impl FnOnce(&mut Output<'_>) -> Result<(), Reason>,
        read: impl FnOnce(&[u8]) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let state = self.state.get_or_insert_default();
        let mut out = Output { state, buffer: &mut self.buffer, len: 0, most };
        let unpacked = unpack(&mut out);
        let len = out.len;
        let content = unpacked.and_then(|()| read(&self.buffer[..len]));
        self.buffer.truncate(KEEP);
        self.buffer.shrink_to(KEEP);
        content
    }
}

/// Where unpacked bytes go.
pub(super) struct Output<'i> {
    state: &'i mut DecompressorOxide,
    buffer: &'i mut Vec<u8>,
    len: usize,
    most: usize,
}

impl Output<'_> {
    /// Unpacks the stream that `input` is, to its last byte.
    pub(super) fn only(&mut self, input: &[u8], format: Format) -> Result<(), Reason> {
        if self.stream(input, format)? == input.len() { Ok(()) } else { Err(Reason::BadCompression) }
    }

    /// Unpacks the stream that `input` starts with; gives its length.
    pub(super) fn stream(&mut self, input: &[u8], format: Format) -> Result<usize, Reason> {
        let flags = match format {
            Format::Raw => TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
            Format::Zlib => TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_PARSE_ZLIB_HEADER,
        };
        self.state.init();
        // A stream must not reach back into the one before it.
        let start = self.len;
        let mut read = 0;
        loop {
            let end = self.buffer.len().min(self.most);
            let room = &mut self.buffer[start..end];
            let (status, used, written) =
                decompress(self.state, &input[read..], room, self.len - start, flags);
            read += used;
            self.len += written;
            if status == TINFLStatus::Done {
                return Ok(read);
            }
            if status != TINFLStatus::HasMoreOutput {
                return Err(Reason::BadCompression);
            }
            if end == self.most {
                return Err(Reason::Bomb);
            }
            self.grow();
        }
    }

    /// What has been unpacked, from `start` on.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        &self.buffer[start..self.len]
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Doubles the buffer, but never beyond the bound.
    fn grow(&mut self) {
        let target = (self.buffer.len() * 2).max(FIRST).min(self.most);
        self.buffer.reserve_exact(target - self.buffer.len());
        self.buffer.resize(target, 0);
    }
}
