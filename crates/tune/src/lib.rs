//! Measures what a buffer's size and policy, a heartbeat and a backoff are worth against a load, and recommends some.
//!
//! Everything is measured at a real session on its real driver, in virtual time, against the model of the server that
//! Rosterline is tested against. No figure comes from a formula. The same load, plan and seed give the same report, to
//! the byte, on any machine and any number of threads.
//!
//! ```
//! use rosterline_tune::{Plan, Synthetic};
//! use std::time::Duration;
//!
//! let load = Synthetic { rate: 100.0, length: Duration::from_secs(2), ..Synthetic::default() }.load()?;
//! let plan = Plan { draws: 1, ..Plan::default() };
//! let sweep = plan.run(&load, 2, &|_| {});
//! let found = sweep.recommend(&load);
//! println!("rosterline watch … {}", found.settings.flags());
//! assert!(sweep.confirm(&found, &load, None).iter().any(|check| check.what == "events lost" && check.holds));
//! # Ok::<(), rosterline_tune::NoLoad>(())
//! ```
//!
//! - [`Load`] is what arrives: of a recording, or [`Synthetic`]. [`Trial`] runs it once, and gives what was [`Measured`].
//! - [`Troubles`] loses connections.
//! - [`Plan::run`] does all of that with many settings and gives a [`Sweep`]; [`Sweep::recommend`] chooses, and
//!   [`Sweep::confirm`] tries the choice again with other draws.
//! - [`page`] draws all of it. [`Meter`] measures sessions that somebody else drives, by the same definitions.
#![doc(test(attr(deny(warnings))))]

mod chart;
mod confirm;
mod consumer;
mod knee;
mod load;
mod meter;
mod outage;
mod page;
mod peer;
mod plan;
mod recommend;
mod settings;
mod sweep;
mod synthetic;
mod trial;
pub mod words;
mod work;

pub use confirm::Check;
pub use consumer::{Consumer, Worked};
pub use knee::{Knee, STEEP, UNFELT};
pub use load::{Load, NoLoad};
pub use meter::Meter;
pub use outage::{Outages, Silences, Troubles};
pub use page::{Report, page};
pub use plan::{Goal, Plan};
pub use recommend::{Reason, Recommendation};
pub use settings::Settings;
pub use sweep::Sweep;
pub use synthetic::Synthetic;
pub use trial::{Measured, Spread, Trial, scaled};
