//! What the fuzz targets do.
//!
//! A body takes bytes, and panics if what the library makes of them is wrong. libFuzzer calls it with
//! inputs of its own; the test of this crate calls it with those in `fuzz/corpus`.

mod cloud;
mod compressed;
mod decode;
mod har;
mod messages;
mod recording;
mod reference;
mod session;
mod source;
mod timeline;
mod timestamp;

pub use cloud::{Served, cloud};
pub use compressed::compressed;
pub use decode::{Seen, decode};
pub use har::har;
pub use messages::{Told, messages};
pub use recording::{Heard, recording};
pub use session::{Reached, session};
pub use timeline::{Shown, timeline};
pub use timestamp::timestamp;
