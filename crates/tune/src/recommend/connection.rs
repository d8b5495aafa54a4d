//! Heartbeat and backoff.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Reason, Recommendation};
use crate::settings::Settings;
use crate::sweep::Sweep;
use crate::words::{setting, time};

/// Attempts in a row that are allowed for, as a multiple of the most that were needed.
const ATTEMPTS: u64 = 2;
/// What dialling and subscribing may take besides the delay.
pub(crate) const DIAL: Duration = Duration::from_secs(1);

impl Sweep {
    /// The fewest pings that find a dead connection in time, and give none up that is alive.
    pub(super) fn choose_heartbeat(&self, found: &mut Recommendation) {
        let sound = self.silences.iter().filter(|it| it.2.false_alarms == 0);
        // The draws can be lucky.
        let in_time = sound.clone().filter(|it| (it.0 + it.1).max(it.2.detected.max) <= self.plan.detect);
        let cheapest = in_time.min_by_key(|(_, _, measured)| (measured.pings, measured.detected.max));
        let fastest = || sound.min_by_key(|(_, _, measured)| (measured.detected.max, measured.pings));
        let Some((heartbeat, pong_timeout, measured)) = cheapest.or_else(fastest) else {
            found.warnings.push(format!(
                "every heartbeat that was tried gave up living connections that were silent for {}; try longer --pong-timeouts",
                time(self.plan.hush)
            ));
            return;
        };
        let now = &self.current_silences;
        let within = match cheapest {
            Some(_) => format!(
                "the fewest pings ({} an hour) that find every dead connection within {}",
                measured.pings,
                time(self.plan.detect)
            ),
            None => {
                found.warnings.push(format!(
                    "no heartbeat that was tried finds every dead connection within {}; try shorter --heartbeats",
                    time(self.plan.detect)
                ));
                format!("the fastest of those that were tried ({} pings an hour)", measured.pings)
            }
        };
        let why = format!(
            "{within}: {} at most, {} in the middle of {} draws, and back after {} at most; none was given up that was silent for {}; \
             now it takes {} at most, with {} pings an hour and {} of {} given up",
            time(measured.detected.max),
            time(measured.detected.p50),
            measured.tried,
            time(measured.recovered.max),
            time(self.plan.hush),
            time(now.detected.max),
            now.pings,
            now.false_alarms,
            now.tried,
        );
        found.settings =
            Settings { heartbeat: *heartbeat, pong_timeout: *pong_timeout, ..found.settings.clone() };
        let value = format!("{}, pong within {}", setting(*heartbeat), setting(*pong_timeout));
        found.reasons.push(Reason { what: "heartbeat", value, why });
    }

    /// The fewest dials that are back in time.
    pub(super) fn choose_backoff(&self, found: &mut Recommendation) {
        // No delay is longer than the longest; what was drawn can be lucky.
        let limit = self.plan.recover;
        let in_time = self.outages.iter().filter(|it| it.1 <= limit && it.2.back.max <= limit + DIAL);
        let fewest =
            in_time.min_by_key(|(base, max, measured)| (measured.dials, Reverse(*base), Reverse(*max)));
        let fastest =
            || self.outages.iter().min_by_key(|(_, _, measured)| (measured.back.max, measured.dials));
        let Some((base, max, measured)) = fewest.or_else(fastest) else { return };
        let (dials, tried, limit) = (measured.dials, measured.tried, time(limit));
        let within = match fewest {
            Some(_) => format!(
                "the fewest dials ({dials} in {tried} outages) that are live again within {limit} after the server can be \
                 reached, and a dial"
            ),
            None => {
                found.warnings.push(format!(
                    "no backoff that was tried is back within {limit} after every outage; try shorter --backoff-maxes"
                ));
                format!(
                    "the soonest back of those that were tried ({dials} dials in {tried} outages), though not within {limit}"
                )
            }
        };
        let now = &self.current_outages;
        let why = format!(
            "{within}: {} at most, {} in the middle; now {} at most, with {} dials",
            time(measured.back.max),
            time(measured.back.p50),
            time(now.back.max),
            now.dials,
        );
        found.settings = Settings { backoff_base: *base, backoff_max: *max, ..found.settings.clone() };
        let value = format!("{} to {}", setting(*base), setting(*max));
        found.reasons.push(Reason { what: "backoff", value, why });
        let most = measured.most_dials;
        let Some(allowed) = self.plan.current.max_attempts else { return };
        let wanted = most * ATTEMPTS;
        if u64::from(allowed) < wanted {
            found.settings.max_attempts = Some(u32::try_from(wanted).unwrap_or(u32::MAX));
            let gives_up =
                if most > u64::from(allowed) { "the session would have given up" } else { "that is close" };
            let why = format!(
                "an outage of up to {} took {most} dials in a row with this backoff: with the {allowed} that are allowed now {gives_up}; \
                 this is {ATTEMPTS} times that, `unlimited` never gives up",
                time(self.plan.outage)
            );
            found.reasons.push(Reason { what: "max-attempts", value: wanted.to_string(), why });
        }
    }
}
