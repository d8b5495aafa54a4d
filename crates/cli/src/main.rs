//! The rosterline tool.
fn main() {}
