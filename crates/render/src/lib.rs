//! Timelines as pictures for people: swimlanes for a terminal, an SVG, and a page that works offline.
//!
//! Everything here is a pure function from timelines to text: no I/O, no clock. All three drawings are made from one
//! [`Picture`], and whatever came from outside is escaped before it stands in any of them.
//!
//! ```
//! use rosterline_render::{Paint, Picture, terminal};
//! # use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp};
//! # use rosterline_timeline::{Limits, Timelines};
//! # let mut timelines = Timelines::new(Limits::default());
//! # let at = Timestamp::parse("2024-05-01T12:00:00Z").expect("RFC 3339");
//! # timelines.apply(&Presence {
//! #     at, kind: PresenceKind::Joined, interaction: Id::new("call-1"), participant: Id::new("alice"),
//! #     channel: "voice".into(), reason: None, leg: None, arrived: Instant::ZERO, received: at.unix_millis(),
//! # });
//! let timeline = timelines.get(&Id::new("call-1")).expect("it has an event");
//! let picture = Picture::of(&timeline, None);
//! for line in terminal::draw(&picture, 80, Paint(false)) {
//!     println!("{line}");
//! }
//! let drawing = rosterline_render::svg(&timeline, None);
//! assert!(drawing.starts_with("<svg ") && drawing.contains("alice"));
//! ```
#![doc(test(attr(deny(warnings))))]

pub mod escape;
mod html;
mod markup;
mod paint;
pub mod parts;
mod picture;
mod svg;
pub mod terminal;
mod time;
mod words;

pub use html::{About, MOST_INTERACTIONS, page};
pub use paint::{Paint, fit};
pub use picture::{Band, Bar, Mark, Picture, Ring, Row, Standing};
pub use svg::svg;
