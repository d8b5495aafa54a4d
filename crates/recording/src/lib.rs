//! Recordings of Rosterline sessions: everything that went into one, in order, without secrets; and their replay.
//!
//! All decisions of a session follow from its configuration, its inputs and the moments at which the application
//! took its events. A recording holds these, one JSON object a line, so that the same run can be had again, as often
//! as it takes to understand it. `docs/recordings.md` describes the format.
//!
//! - [`record`] gives a [`Recorder`], a [`Tap`](rosterline_driver::Tap) to hang beside a session, and a [`Recording`],
//!   through which its owner ends it and hears of trouble.
//! - [`Replay`] drives a fresh session with what was recorded, and says where the two differ, if they do.
//! - [`har`] reads what a browser saved of a WebSocket.
//!
//! Nothing here reads a clock, draws randomness or waits for a disk, but for the thread of [`Background`].

mod background;
mod cause;
mod feed;
mod gist;
pub mod har;
mod header;
mod line;
mod names;
mod reader;
mod recorder;
mod redact;
mod replay;
mod settings;
mod standin;

pub use background::Background;
pub use cause::Why;
pub use header::{Dialect, Header, Redaction, SCHEMA, Unreadable};
pub use line::{How, Left, Line, Told, ToldLeg};
pub use reader::{Ending, Numbered, Reader};
pub use recorder::{Options, Recorder, Recording, record};
pub use replay::{Mismatch, Replay, Taken};
pub use settings::Settings;
