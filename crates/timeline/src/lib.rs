//! Participant timelines as a pure fold over a set of interaction events.
