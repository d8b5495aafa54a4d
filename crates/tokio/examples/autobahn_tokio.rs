//! The client of `cargo xtask autobahn`, on tokio.

use rosterline_conformance::autobahn;
use rosterline_tokio::Tokio;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), autobahn::Trouble> {
    autobahn::run::<Tokio>().await
}
