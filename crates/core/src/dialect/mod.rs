//! Protocol questions: what to say to a server, and what its messages mean. A dialect decides nothing about
//! time, retries or buffers; those exist once, in the session.

pub(crate) mod notifications;
pub(crate) mod stream;
