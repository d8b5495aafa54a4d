//! What goes wrong, from nothing to everything: proptest makes it less, and milder.

use std::time::Duration;

use proptest::prelude::*;

use crate::{DialogueFault, End, FaultPlan, FrameFault, HttpFault, When};

/// Which of the things that a rule is about it strikes: one of the first, mostly. [`When::Always`] is not among them: a
/// server that always refuses is never heard of.
pub fn when() -> impl Strategy<Value = When> {
    // A rule about the first so many is the simplest: it strikes all the same when what came before it is left out.
    prop_oneof![2 => (1..4u64).prop_map(When::First), 4 => (0..4u64).prop_map(When::Nth), 1 => percent()]
}

/// What befalls an HTTP request: a token request, or an opening handshake.
pub fn http_fault() -> impl Strategy<Value = HttpFault> {
    let status = prop::sample::select(&[503u16, 429, 500, 502, 401, 403, 404][..]);
    prop_oneof![
        3 => status.clone().prop_map(HttpFault::refuse),
        2 => (status, 0..10u32).prop_map(|(status, seconds)| HttpFault::retry_after(status, seconds)),
        2 => duration(20_000).prop_map(HttpFault::Slow),
        1 => Just(HttpFault::Page),
        1 => prop::sample::select(&["{}", "", r#"{"access_token":17}"#][..])
            .prop_map(|body| HttpFault::Body(200, body.to_owned())),
    ]
}

/// What befalls the exchange of authentication and subscription.
pub fn dialogue_fault() -> impl Strategy<Value = DialogueFault> {
    prop_oneof![
        Just(DialogueFault::ExtraFields),
        duration(12_000).prop_map(DialogueFault::LateAck),
        Just(DialogueFault::IgnoreToken),
        Just(DialogueFault::IgnoreSubscription),
        Just(DialogueFault::RefuseToken("not this one".to_owned())),
        Just(DialogueFault::RefuseSubscription("not now".to_owned())),
    ]
}

/// How a connection ends.
pub fn end() -> impl Strategy<Value = End> {
    let codes = prop::sample::select(&[1001u16, 1000, 1008, 1011, 1012, 1013, 4401][..]);
    prop_oneof![
        3 => Just(End::Cut),
        2 => codes.prop_map(|code| End::Close(code, "as it was drawn".to_owned())),
        1 => Just(End::HalfOpen),
        1 => Just(End::Deaf),
    ]
}

/// What befalls a frame with events.
pub fn frame_fault() -> impl Strategy<Value = FrameFault> {
    prop_oneof![
        Just(FrameFault::Duplicate),
        Just(FrameFault::Binary),
        Just(FrameFault::Gzip),
        Just(FrameFault::Zlib),
        Just(FrameFault::ExtraFields),
        Just(FrameFault::BadEvent),
        Just(FrameFault::BadTimestamp),
        Just(FrameFault::BadField),
        Just(FrameFault::NoJson),
        Just(FrameFault::Truncated),
        Just(FrameFault::Reorder),
        duration(3_000).prop_map(FrameFault::Delay),
    ]
}

/// Up to six rules about anything that can go wrong. A rule that does not matter to a failure is taken out by
/// shrinking.
pub fn fault_plan() -> impl Strategy<Value = FaultPlan> {
    let rule = prop_oneof![
        2 => (when(), duration(60_000), end()).prop_map(|(when, after, end)| AnyRule::Ending(when, after, end)),
        2 => (prop_oneof![when(), Just(When::Always)], frame_fault())
            .prop_map(|(when, fault)| AnyRule::Frame(when, fault)),
        1 => (when(), http_fault()).prop_map(|(when, fault)| AnyRule::Upgrade(when, fault)),
        1 => (when(), http_fault()).prop_map(|(when, fault)| AnyRule::Token(when, fault)),
        1 => (when(), dialogue_fault()).prop_map(|(when, fault)| AnyRule::Dialogue(when, fault)),
    ];
    (prop::collection::vec(rule, 0..6), prop::bool::weighted(0.2)).prop_map(|(rules, close_expired)| {
        rules.into_iter().fold(FaultPlan::new().close_expired(close_expired), AnyRule::add)
    })
}

/// A rule of a plan, whatever it is about: one list of them shrinks better than five.
#[derive(Clone, Debug)]
enum AnyRule {
    Token(When, HttpFault),
    Upgrade(When, HttpFault),
    Dialogue(When, DialogueFault),
    Ending(When, Duration, End),
    Frame(When, FrameFault),
}

impl AnyRule {
    fn add(plan: FaultPlan, rule: Self) -> FaultPlan {
        match rule {
            Self::Token(when, fault) => plan.token(when, fault),
            Self::Upgrade(when, fault) => plan.upgrade(when, fault),
            Self::Dialogue(when, fault) => plan.dialogue(when, fault),
            Self::Ending(when, after, end) => plan.ending(when, after, end),
            Self::Frame(when, fault) => plan.frame(when, fault),
        }
    }
}

fn percent() -> impl Strategy<Value = When> {
    (1..50u8).prop_map(When::Percent)
}

/// Up to so many milliseconds, by tens.
fn duration(most: u64) -> impl Strategy<Value = Duration> {
    (1..=most / 10).prop_map(|tens| Duration::from_millis(tens * 10))
}
