//! What goes wrong, and when: rules that a test sets one by one, and presets of them.

mod plan;
mod preset;
mod rule;

pub use plan::{DialogueFault, End, Ending, FaultPlan, FrameFault, HttpFault};
pub use preset::Faults;
pub use rule::{Rule, When};

pub(crate) use rule::Rules;
