//! The session at its door, in virtual time: one module for each section of protocol/stream.md.

mod backpressure;
mod close;
mod connect;
mod events;
mod gaps;
mod heartbeat;
mod pause;
mod reconnect;
mod rig;
mod token;
