//! The load of the benches: frames of the usual shape, a session that is live, the joins and leaves in them,
//! joins and leaves as life brings them, and what the service of the other dialect says.

pub mod channel;
pub mod held;
pub mod load;
pub mod tutorial;
pub mod workloads;

use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoded, Decoder, Stamp};
use rosterline_core::{
    Action, Auth, Config, ConnId, Endpoint, Event, Frame, Input, Instant, Presence, Session, Subscription,
    UnixMillis,
};

/// 2024-05-01T12:00:00Z: when the events begin, and the wall clock of the session.
pub const START: UnixMillis = UnixMillis(1_714_564_800_000);

/// What the events of a load are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Joins and leaves in turn.
    Presence,
    /// The same, with an escape in the reason.
    Escaped,
    /// Half of them joins and leaves, as in life.
    Life,
    /// None of them a join or a leave.
    Others,
}

impl Mix {
    const fn kinds(self) -> [&'static str; 4] {
        match self {
            Self::Presence | Self::Escaped => {
                ["ParticipantJoined", "ParticipantLeft", "ParticipantJoined", "ParticipantLeft"]
            }
            Self::Life => ["ParticipantJoined", "ParticipantHeld", "ParticipantLeft", "ParticipantMuted"],
            Self::Others => {
                ["ParticipantHeld", "ParticipantMuted", "ParticipantUnmuted", "ParticipantResumed"]
            }
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Escaped => "trans\\u0066er",
            Self::Presence | Self::Life | Self::Others => "transfer",
        }
    }
}

/// One event after the other, a millisecond apart, with six participants in each of so many interactions.
fn event(mix: Mix, n: u64, interactions: u64) -> String {
    let (minute, second, milli) = (n / 60_000 % 60, n / 1000 % 60, n % 1000);
    let (interaction, participant) = (n % interactions, n / interactions % 6);
    let (kind, reason) = (mix.kinds()[(n % 4) as usize], mix.reason());
    format!(
        r#"{{"timestamp":"2024-05-01T12:{minute:02}:{second:02}.{milli:03}Z","type":"{kind}","participant":"123e4567-e89b-42d3-a456-{participant:012x}","interaction":"{interaction:08x}-e89b-42d3-a456-426614174000","channel":"voice","reason":"{reason}"}}"#
    )
}

/// So many events in frames of `per_frame` each.
#[must_use]
pub fn frames(mix: Mix, events: u64, per_frame: u64, interactions: u64) -> Vec<String> {
    let frame = |first: u64| {
        let events: Vec<String> = (first..first + per_frame).map(|n| event(mix, n, interactions)).collect();
        format!(r#"{{"events":[{}]}}"#, events.join(","))
    };
    (0..events / per_frame).map(|number| frame(number * per_frame)).collect()
}

/// Decodes every frame and drops what it holds; how many events that was.
pub fn decode(decoder: &mut Decoder, frames: &[String], mut take: impl FnMut(Decoded)) -> u64 {
    let (limits, stamp) = (Limits::default(), Stamp { arrived: Instant::ZERO, received: START });
    let mut events = 0;
    for frame in frames {
        let content = decoder.decode(Body::Text(frame), stamp, &limits, false);
        assert!(content.is_ok());
        for event in decoder.drain() {
            events += 1;
            take(event);
        }
    }
    events
}

/// The joins and leaves of so many events that all are one.
#[must_use]
pub fn presences(events: u64, interactions: u64) -> Vec<Presence> {
    let mut presences = Vec::new();
    decode(&mut Decoder::new(), &frames(Mix::Presence, events, 100, interactions), |event| {
        if let Decoded::Presence(presence) = event {
            presences.push(presence);
        }
    });
    presences
}

/// A session that is live, and its connection.
///
/// # Panics
/// If the session does not go live by the usual steps.
#[must_use]
pub fn live() -> (Session, ConnId) {
    let url = Endpoint::new("wss://example.com/stream").expect("valid");
    let config = Config::new(url, Auth::Token("token".into()), Subscription::all());
    let mut session = Session::new(config, Instant::ZERO, START).expect("valid");
    session.handle(Input::Timeout, Instant::ZERO);
    let Some(Action::Open { conn, .. }) = session.poll_action() else { panic!("it dials") };
    session.handle(Input::Opened { conn }, Instant::ZERO);
    for answer in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
        session.handle(Input::Frame { conn, frame: Frame::Text(answer) }, Instant::ZERO);
    }
    while session.poll_action().is_some() {}
    while session.poll_event().is_some() {}
    (session, conn)
}

/// Feeds every frame, and hands every event out.
pub fn feed(session: &mut Session, conn: ConnId, frames: &[String], mut take: impl FnMut(Event)) {
    for (n, frame) in frames.iter().enumerate() {
        session.handle(Input::Frame { conn, frame: Frame::Text(frame) }, Instant(n as u64));
        while let Some(event) = session.poll_event() {
            take(event);
        }
    }
}

/// Whether a bench that is a program of its own is asked for: its name contains the word of the command line, or
/// there is none.
#[must_use]
pub fn chosen(name: &str) -> bool {
    let word = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    word.is_none_or(|word| name.contains(&word))
}
