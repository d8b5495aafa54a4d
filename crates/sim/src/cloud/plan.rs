//! What goes wrong on a cloud.

use std::time::Duration;

use rosterline_core::Rng;

use crate::faults::{Faults, HttpFault, Rule, Rules, When};

/// What goes wrong. The default is: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudPlan {
    /// What befalls token requests.
    pub tokens: Vec<Rule<HttpFault>>,
    /// What befalls requests about channels and subscriptions.
    pub channels: Vec<Rule<HttpFault>>,
    /// What befalls requests for conversations and analytics.
    pub queries: Vec<Rule<HttpFault>>,
    /// What befalls opening handshakes of channels that there are.
    pub upgrades: Vec<Rule<HttpFault>>,
    /// So late does everything come on connections, and what is late when the client closes is never sent: a service that
    /// cannot keep up.
    pub delays: Vec<Rule<Duration>>,
    /// How connections end, so long after their handshake.
    pub endings: Vec<Rule<CloudEnding>>,
    /// What befalls frames; all that strike apply.
    pub frames: Vec<Rule<CloudFault>>,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEnding {
    /// How long after the handshake.
    pub after: Duration,
    /// How.
    pub end: CloudEnd,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudEnd {
    /// `v2.system.socket_closing`, and so long after it a close frame with 1001.
    Announced(Duration),
    /// The announcement, and nothing after it.
    OnlyAnnounced,
    /// A close frame with this code, and no word before.
    Close(u16),
    /// TCP ends without a close frame.
    Cut,
    /// Nothing is written or read any more.
    Stall,
    /// The channel is evicted: it is gone, and so is its connection.
    Evict,
    /// Another client connects to the channel.
    Takeover,
    /// The token is revoked, and with it the channel.
    Revoke,
}

/// What befalls a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudFault {
    /// It comes twice, with another `CorrelationId`.
    Duplicate,
    /// The one before comes again after it.
    Stale,
    /// It comes after the next one, or after a second if none comes; but never after the answer to a later ping.
    Reorder,
    /// Before it comes one that is no JSON.
    Malformed,
    /// It has fields and words that nobody knows.
    Unknown,
    /// It is never sent.
    Lost,
}

impl CloudPlan {
    /// A plan in which nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The plan behind a preset, drawn from a seed.
    #[must_use]
    pub fn preset(faults: Faults, seed: u64) -> Self {
        let mut rng = Rng::stream(seed, "cloud plan");
        let share = match faults {
            Faults::None => return Self::new(),
            Faults::Some => 1,
            Faults::Storm => 4,
        };
        let percent = |each: u8| When::Percent(each * share);
        let busy = HttpFault::Refuse { status: 429, retry_after: Some("1".into()) };
        let mut plan = Self::new();
        plan.channels = vec![
            Rule { when: percent(3), fault: busy.clone() },
            Rule { when: percent(2), fault: HttpFault::refuse(503) },
            Rule { when: percent(5), fault: HttpFault::Slow(Duration::from_millis(400)) },
        ];
        plan.upgrades = vec![
            Rule { when: percent(3), fault: HttpFault::refuse(503) },
            Rule { when: percent(5), fault: HttpFault::Slow(Duration::from_millis(300)) },
        ];
        plan.tokens = vec![Rule { when: percent(3), fault: HttpFault::refuse(503) }];
        plan.queries = vec![
            Rule { when: percent(4), fault: busy },
            Rule { when: percent(3), fault: HttpFault::refuse(500) },
            Rule { when: percent(5), fault: HttpFault::Slow(Duration::from_millis(300)) },
        ];
        let frame = |each: u8, fault| Rule { when: percent(each), fault };
        plan.frames = vec![
            frame(5, CloudFault::Duplicate),
            frame(3, CloudFault::Stale),
            frame(3, CloudFault::Reorder),
            frame(1, CloudFault::Malformed),
            frame(8, CloudFault::Unknown),
        ];
        plan.endings = endings(faults, &mut rng);
        plan
    }
}

/// The ends of the first connections. Each lives through a few seconds, so that there is something to see; so none
/// stalls, which takes half a minute to be found.
fn endings(faults: Faults, rng: &mut Rng) -> Vec<Rule<CloudEnding>> {
    let often = [
        CloudEnd::Announced(Duration::from_secs(2)),
        CloudEnd::Announced(Duration::from_secs(1)),
        CloudEnd::OnlyAnnounced,
        CloudEnd::Close(1001),
        CloudEnd::Cut,
    ];
    let ends = match faults {
        Faults::None => Vec::new(),
        // What a demonstration should show: a gap that is repaired, then a move without one.
        Faults::Some => vec![CloudEnd::Cut, often[0]],
        Faults::Storm => {
            let mut ends: Vec<CloudEnd> =
                (0..9).map(|_| often[rng.up_to(often.len() as u64 - 1) as usize]).collect();
            // Each of these once: four channels lost to others within ten minutes end a session for good.
            for end in [CloudEnd::Evict, CloudEnd::Takeover, CloudEnd::Revoke] {
                ends.insert(rng.up_to(ends.len() as u64) as usize, end);
            }
            ends
        }
    };
    let rule = |(nth, end)| {
        let after = Duration::from_millis(2500 + rng.up_to(3000));
        Rule { when: When::Nth(nth), fault: CloudEnding { after, end } }
    };
    (0..).zip(ends).map(rule).collect()
}

/// The rules of a plan at work.
#[derive(Debug)]
pub(super) struct Strikes {
    pub(super) tokens: Rules<HttpFault>,
    pub(super) channels: Rules<HttpFault>,
    pub(super) queries: Rules<HttpFault>,
    pub(super) upgrades: Rules<HttpFault>,
    pub(super) delays: Rules<Duration>,
    pub(super) endings: Rules<CloudEnding>,
    pub(super) frames: Rules<CloudFault>,
}

impl Strikes {
    pub(super) fn new(plan: CloudPlan, seed: u64) -> Self {
        Self {
            tokens: Rules::new(plan.tokens, seed, "cloud fault: token"),
            channels: Rules::new(plan.channels, seed, "cloud fault: channel"),
            queries: Rules::new(plan.queries, seed, "cloud fault: query"),
            upgrades: Rules::new(plan.upgrades, seed, "cloud fault: upgrade"),
            delays: Rules::new(plan.delays, seed, "cloud fault: delay"),
            endings: Rules::new(plan.endings, seed, "cloud fault: ending"),
            frames: Rules::new(plan.frames, seed, "cloud fault: frame"),
        }
    }
}
