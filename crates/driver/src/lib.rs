//! The poll-driven loop between a Rosterline session and an async runtime.
