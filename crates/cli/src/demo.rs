//! stub
use crate::{Failure, exit::Exit, settings::Settings};
pub(crate) async fn demo(_s: &Settings) -> Result<Exit, Failure> {
    Ok(Exit::Ok)
}
