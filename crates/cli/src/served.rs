//! The mock server as the settings describe it: for `mock`, and for the other half of `demo`.

use std::str::FromStr;

use rosterline_mock::Options;
use rosterline_sim::{CloudConfig, Faults, Pace, Scenario, UnknownName};

use crate::settings::values::{self, Dialect};
use crate::settings::{Settings, Wrong};

/// In the `stream` dialect, the only client that gets a token: whoever tries another one sees what a refusal looks like.
const CLIENT: (&str, &str) = ("mock-client", "mock-secret");
/// The seed if none is given: the same run every time.
const SEED: u64 = 7;

/// Reads what both commands have in common.
pub(crate) fn options(settings: &Settings, faults: Faults) -> Result<Options, Wrong> {
    let options = Options::new()
        .seed(seed(settings)?)
        .scenario(named(settings, "scenario")?.unwrap_or(Scenario::All))
        .faults(named(settings, "faults")?.unwrap_or(faults))
        .pace(settings.need("pace", pace)?);
    let options = match settings.need("dialect", values::dialect)? {
        Dialect::Stream => options.credentials(CLIENT.0, CLIENT.1),
        // Whoever tries a client of their own has an id and a secret of their own.
        Dialect::Notifications => options.notifications(CloudConfig::default()),
    };
    Ok(match settings.read("interactions", values::number)? {
        Some(count) => options.interactions(count),
        None => options,
    })
}

/// The seed of every draw.
pub(crate) fn seed(settings: &Settings) -> Result<u64, Wrong> {
    Ok(settings.read("seed", values::number)?.unwrap_or(SEED))
}

/// One of a few names; the error lists them.
fn named<T: FromStr<Err = UnknownName>>(settings: &Settings, name: &'static str) -> Result<Option<T>, Wrong> {
    let parsed = settings.text(name).map(T::from_str).transpose();
    parsed.map_err(|unknown| settings.wrong(name, unknown.to_string()))
}

fn pace(text: &str) -> Result<Pace, String> {
    match text {
        "lively" => Ok(Pace::LIVELY),
        "real" => Ok(Pace::REAL),
        percent => match percent.strip_suffix('%').unwrap_or(percent).parse() {
            Ok(percent @ 1..=1_000_000) => Ok(Pace::percent(percent)),
            Ok(_) | Err(_) => Err("is none of lively, real, or a percentage such as 400%".to_string()),
        },
    }
}
