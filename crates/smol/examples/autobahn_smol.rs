//! The client of `cargo xtask autobahn`, on smol.

use rosterline_conformance::autobahn;
use rosterline_smol::Smol;

fn main() -> Result<(), autobahn::Trouble> {
    smol::block_on(autobahn::run::<Smol>())
}
