//! What the load server and the measured clients share: their arguments, their clocks, the events, and the sum that
//! tells whether all clients have made the same of them.
//!
//! `cargo xtask load` starts both, pins them, and compares.

pub mod clock;
pub mod life;
pub mod load;
pub mod sum;
pub mod words;

/// Where the server has its stream.
pub const PATH: &str = "/api/v2/analytics/conversations/stream";
/// The only token that the server knows.
pub const TOKEN: &str = "a-token-for-the-load";
