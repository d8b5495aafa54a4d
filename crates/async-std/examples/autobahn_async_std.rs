//! The client of `cargo xtask autobahn`, on async-std.

use rosterline_async_std::AsyncStd;
use rosterline_conformance::autobahn;

fn main() -> Result<(), autobahn::Trouble> {
    async_std::task::block_on(autobahn::run::<AsyncStd>())
}
