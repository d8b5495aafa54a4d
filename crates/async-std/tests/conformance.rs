//! What every adapter passes.

use rosterline_async_std::AsyncStd;
use rosterline_conformance::{Threads, suite};

suite!(AsyncStd, Threads::Many);
