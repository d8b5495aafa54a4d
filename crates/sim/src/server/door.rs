//! What comes in and goes out, beside HTTP, and what is counted of it.

use super::wire::Frame;

/// Names one WebSocket connection. They are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// What came in on a connection.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message; the dialect has none from clients.
    Binary,
    /// A ping. The WebSocket layer answers it.
    Ping,
    /// The connection is gone.
    Closed,
}

/// What is to be done with a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Send(Frame),
    /// Send a close frame with this code and reason, and let the connection end.
    Close(u16, String),
    /// Cut TCP without a close frame.
    Abort,
    /// Read and write nothing more, but keep the socket open.
    Stall,
    /// Read nothing more, but go on writing.
    Deafen,
}

/// What a server has seen and done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests for a token.
    pub tokens: u64,
    /// Opening handshakes asked for.
    pub upgrades: u64,
    /// Connections opened.
    pub connections: u64,
    /// Connections that are open now.
    pub open: u64,
    /// Pings of clients.
    pub pings: u64,
    /// Frames handed out, answers included.
    pub frames: u64,
    /// Of these, those that no client can open.
    pub bad_frames: u64,
    /// Events handed out that no client can accept.
    pub bad_events: u64,
    /// True events handed out, each time that they were.
    pub events: u64,
}
