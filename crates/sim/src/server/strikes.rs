//! The rules of a plan at work.

use crate::faults::{DialogueFault, Ending, FaultPlan, FrameFault, HttpFault, Rules};

/// The rules of the plan, by what they are about.
#[derive(Debug)]
pub(super) struct Strikes {
    pub(super) tokens: Rules<HttpFault>,
    pub(super) queries: Rules<HttpFault>,
    pub(super) upgrades: Rules<HttpFault>,
    pub(super) dialogues: Rules<DialogueFault>,
    pub(super) endings: Rules<Ending>,
    pub(super) frames: Rules<FrameFault>,
    pub(super) close_expired: bool,
}

impl Strikes {
    pub(super) fn new(plan: FaultPlan, seed: u64) -> Self {
        Self {
            tokens: Rules::new(plan.tokens, seed, "fault: token"),
            queries: Rules::new(plan.queries, seed, "fault: query"),
            upgrades: Rules::new(plan.upgrades, seed, "fault: upgrade"),
            dialogues: Rules::new(plan.dialogues, seed, "fault: dialogue"),
            endings: Rules::new(plan.endings, seed, "fault: ending"),
            frames: Rules::new(plan.frames, seed, "fault: frame"),
            close_expired: plan.close_expired,
        }
    }
}
