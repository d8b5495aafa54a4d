//! What Rosterline is tested against: seeded scenarios and a model of the server that does no I/O.
//!
//! [`Feed`] plays interactions in virtual time; [`Server`] tells them to whoever connects, in the
//! `stream` dialect (docs/stream.md), with the faults of a [`FaultPlan`], and keeps the truth of what
//! was said to whom. `rosterline-mock` puts the same model on real sockets.
#![doc(test(attr(deny(warnings))))]

mod analytics;
mod cloud;
mod errors;
mod fact;
mod faults;
mod feed;
mod model;
mod runner;
mod runtime;
mod scenario;
mod server;
mod skies;
mod stage;
#[cfg(feature = "proptest")]
pub mod strategies;
mod world;

pub use cloud::{CHANNEL_PATH, Cloud, CloudConfig, CloudEnd, CloudEnding, CloudFact, CloudFault, CloudPlan};
pub use fact::Fact;
pub use faults::{DialogueFault, End, Ending, FaultPlan, Faults, FrameFault, HttpFault, Rule, When};
pub use feed::{Feed, Pace};
pub use model::Model;
pub use runner::Runner;
pub use runtime::{Calling, Clock, Dialling, Item, Sleep, Socket, Virtual, VirtualWire, Weather};
pub use scenario::{Scenario, Script, Step, UnknownName};
pub use server::{
    Answer, ConnId, Counts, Credentials, Filter, Frame, Input, Limits, Output, Request, Response,
    STREAM_PATH, Server, ServerConfig, Start, TOKEN_PATH, Told,
};
pub use skies::run_cloud;
pub use stage::{Asked, Heard, Line, LineId, Stage, Wire};
pub use world::{
    Keep, NoKeep, Options, Outcome, Shrunk, Strike, Summary, Tally, Trouble, Violation, Way, campaign,
    cloud_campaign,
};
