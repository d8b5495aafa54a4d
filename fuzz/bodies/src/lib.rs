//! What the fuzz targets do.
//!
//! A body takes bytes, and panics if what the library makes of them is wrong. libFuzzer calls it with
//! inputs of its own; the test of this crate calls it with those in `fuzz/corpus`.

mod decode;
mod reference;

pub use decode::{Seen, decode};
