//! What every adapter passes.

use rosterline_conformance::{Threads, suite};
use rosterline_smol::Smol;

suite!(Smol, Threads::Many);
