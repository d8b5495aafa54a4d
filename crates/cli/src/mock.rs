//! stub
use crate::{Failure, exit::Exit, settings::Settings};
pub(crate) async fn mock(_s: &Settings) -> Result<Exit, Failure> {
    Ok(Exit::Ok)
}
