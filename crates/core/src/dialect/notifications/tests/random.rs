//! Any subset of what the sources say of a conversation, in any order, tells the same facts, each once
//! (docs/notifications.md, section 3).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;

use proptest::prelude::*;

use super::*;

/// What really happened. Times are milliseconds after noon.
#[derive(Clone, Debug)]
struct Truth {
    participants: Vec<Vec<Life>>,
}

/// One session. Only agents may be offered what they never take.
#[derive(Clone, Debug)]
struct Life {
    party: &'static str,
    /// 0: a call, 1: a callback, 2: a chat.
    medium: usize,
    offered: i64,
    joined: Option<i64>,
    left: Option<i64>,
}

const MEDIA: [(&str, &str, &str); 3] =
    [("calls", "voice", "VOICE"), ("callbacks", "callback", "CALLBACK"), ("chats", "chat", "CHAT")];

/// Something that a source says.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// The whole conversation as it stood then; vaguely, without times where there is only one session.
    Snapshot { at: i64, vague: bool },
    /// The same from a topic for calls alone.
    Flat { at: i64 },
    /// The same from the analytics.
    Page { at: i64 },
    /// The start or the end of a session, told with an error of less than a second.
    Detail { participant: usize, session: usize, is_end: bool, error: i64 },
}

/// A fact: participant, session, kind.
type Fact = (usize, usize, PresenceKind);

fn life() -> impl Strategy<Value = Life> {
    let party = prop::sample::select(vec!["customer", "acd", "flow", "user", "user", "user"]);
    let length = || prop::option::weighted(0.7, 5_000..600_000i64);
    (party, 0..3usize, 0..600_000i64, 0..60_000i64, length(), any::<bool>()).prop_map(
        |(party, medium, offered, ringing, length, answered)| {
            let answered = answered || party != "user";
            let ringing = if party == "user" { ringing } else { 0 };
            let joined = answered.then_some(offered + ringing);
            let left = length.map(|length| offered + ringing + length);
            Life { party, medium, offered, joined, left }
        },
    )
}

fn truth() -> impl Strategy<Value = Truth> {
    let participant = prop::collection::vec(life(), 1..3).prop_map(|mut sessions| {
        // A participant is one thing, and has at most one session on a medium.
        let party = sessions[0].party;
        for (position, session) in sessions.iter_mut().enumerate() {
            session.medium = (session.medium + position) % 3;
            session.party = party;
            session.joined = session.joined.or((party != "user").then_some(session.offered));
        }
        let mut media = BTreeSet::new();
        sessions.retain(|session| media.insert(session.medium));
        sessions
    });
    prop::collection::vec(participant, 1..5).prop_map(|participants| Truth { participants })
}

fn said(truth: &Truth) -> impl Strategy<Value = Said> + use<> {
    let sessions: Vec<(usize, usize)> = truth
        .participants
        .iter()
        .enumerate()
        .flat_map(|(participant, sessions)| (0..sessions.len()).map(move |session| (participant, session)))
        .collect();
    let moment = 0..1_300_000i64;
    let detail = (prop::sample::select(sessions), any::<bool>(), -900..900i64);
    prop_oneof![
        4 => (moment.clone(), any::<bool>()).prop_map(|(at, vague)| Said::Snapshot { at, vague }),
        1 => moment.clone().prop_map(|at| Said::Flat { at }),
        1 => moment.prop_map(|at| Said::Page { at }),
        4 => detail.prop_map(|((participant, session), is_end, error)| {
            Said::Detail { participant, session, is_end, error }
        }),
    ]
}

fn history() -> impl Strategy<Value = (Truth, Vec<Said>)> {
    truth().prop_flat_map(|truth| {
        let said = prop::collection::vec(said(&truth), 0..24);
        (Just(truth), said)
    })
}

fn noon(millis_: i64) -> Timestamp {
    UnixMillis(millis("12:00:00") + millis_).into()
}

fn text(time: Option<i64>) -> Value {
    time.map_or(Value::Null, |time| json!(noon(time).to_string()))
}

impl Life {
    fn until(&self, at: i64) -> Option<Self> {
        let by = |time: Option<i64>| time.filter(|time| *time <= at);
        (self.offered <= at).then(|| Self { joined: by(self.joined), left: by(self.left), ..self.clone() })
    }

    const fn facts(&self) -> usize {
        match (self.joined, self.left) {
            (None, _) => 0,
            (Some(_), None) => 1,
            (Some(_), Some(_)) => 2,
        }
    }

    const fn state(&self) -> &'static str {
        match (self.joined, self.left) {
            (_, Some(_)) => "disconnected",
            (Some(_), None) => "connected",
            (None, None) => "alerting",
        }
    }

    fn purpose(&self) -> &'static str {
        match self.party {
            "user" => "agent",
            "flow" => "ivr",
            other => other,
        }
    }
}

/// What a participant has been through until then.
fn until(sessions: &[Life], at: i64) -> Vec<(usize, Life)> {
    sessions.iter().enumerate().filter_map(|(index, life)| Some((index, life.until(at)?))).collect()
}

fn all_media(truth: &Truth, at: i64, vague: bool) -> Value {
    let participants = truth.participants.iter().enumerate().map(|(index, sessions)| {
        let sessions = until(sessions, at);
        let vague = vague && sessions.len() == 1;
        let mut participant = json!({ "id": format!("p{index}") });
        for (number, life) in sessions {
            let shown = |time: Option<i64>| text(time.filter(|_| !vague));
            participant["purpose"] = json!(life.purpose());
            participant[MEDIA[life.medium].0] = json!([{
                "id": format!("p{index}-s{number}"), "state": life.state(), "connectedTime": shown(life.joined),
                "disconnectedTime": shown(life.left),
            }]);
            if vague {
                participant["connectedTime"] = text(life.joined);
            }
        }
        participant
    });
    conversation(&participants.collect::<Vec<_>>())
}

fn calls_alone(truth: &Truth, at: i64) -> Value {
    let mut participants = Vec::new();
    for (index, sessions) in truth.participants.iter().enumerate() {
        for (_, life) in until(sessions, at).iter().filter(|(_, life)| life.medium == 0) {
            participants.push(json!({
                "id": format!("p{index}"), "purpose": life.purpose(), "state": life.state(),
                "connectedTime": text(life.joined), "endTime": text(life.left),
            }));
        }
    }
    conversation(&participants)
}

fn analytics(truth: &Truth, at: i64) -> Value {
    let participants = truth.participants.iter().enumerate().map(|(index, sessions)| {
        let sessions = until(sessions, at).into_iter().map(|(number, life)| {
            let alert_end = life.joined.or(life.left);
            let mut segments = vec![json!({
                "segmentType": "alert", "segmentStart": text(Some(life.offered)), "segmentEnd": text(alert_end),
            })];
            if life.joined.is_some() {
                segments.push(json!({
                    "segmentType": "interact", "segmentStart": text(life.joined), "segmentEnd": text(life.left),
                }));
            }
            json!({
                "sessionId": format!("p{index}-s{number}"), "mediaType": MEDIA[life.medium].1, "segments": segments,
            })
        });
        json!({ "participantId": format!("p{index}"), "sessions": sessions.collect::<Vec<_>>() })
    });
    json!({ "conversationId": CONVERSATION, "participants": participants.collect::<Vec<_>>() })
}

/// A run of the book over what is said.
struct Run<'t> {
    truth: &'t Truth,
    book: Book,
    told: BTreeMap<Fact, Timestamp>,
    missed: BTreeSet<(usize, usize)>,
    /// Every `lossy`th fact that is new never reaches the application.
    lossy: usize,
    news: usize,
}

impl<'t> Run<'t> {
    fn new(truth: &'t Truth, lossy: usize) -> Self {
        let (told, missed) = (BTreeMap::new(), BTreeSet::new());
        Self { truth, book: new_book(), told, missed, lossy, news: 0 }
    }

    fn hear(&mut self, said: Said) -> Result<(), TestCaseError> {
        let truth = self.truth;
        let seen = |at: i64, which: fn(&Life) -> bool| {
            let lives = truth.participants.iter().flat_map(|sessions| until(sessions, at));
            lives.filter(|(_, life)| which(life)).map(|(_, life)| life.facts()).sum::<usize>()
        };
        let (told, facts) = match said {
            Said::Snapshot { at, vague } => {
                (told(&mut self.book, &snapshot(&all_media(truth, at, vague))), seen(at, |_| true))
            }
            Said::Flat { at } => {
                let frame = frame("v2.routing.queues.q.conversations.calls", &calls_alone(truth, at));
                (told(&mut self.book, &frame), seen(at, |life| life.medium == 0))
            }
            Said::Page { at } => {
                let body = analytics(truth, at).to_string();
                (told_of(&mut self.book, &Page::new(&body)), seen(at, |_| true))
            }
            Said::Detail { participant, session, is_end, error } => {
                let Some((frame, facts)) = event(truth, participant, session, is_end, error) else {
                    return Ok(());
                };
                (told(&mut self.book, &frame), facts)
            }
        };
        self.note(told, facts)
    }

    /// Everything as it is in the end, as the REST API tells it.
    fn hear_the_last(&mut self) -> Result<(), TestCaseError> {
        let facts = self.truth.participants.iter().flatten().map(Life::facts).sum();
        let body = all_media(self.truth, i64::MAX, false).to_string();
        let told = told_of(&mut self.book, &Snapshot::of_answer(&body));
        self.note(told, facts)
    }

    fn note(&mut self, told: Vec<Told>, facts: usize) -> Result<(), TestCaseError> {
        let mut known = 0;
        let mut new = 0;
        for told in told {
            match told {
                Told::Known => known += 1,
                Told::Rejected { reason, place } => prop_assert!(false, "{:?} at {}", reason, place),
                Told::Missed(offer) => {
                    let (participant, session) = self.session(&offer.participant.to_string(), &offer.channel);
                    prop_assert!(self.missed.insert((participant, session)), "missed twice");
                }
                Told::New(presence) => {
                    new += 1;
                    self.news += 1;
                    if self.lossy > 0 && self.news % self.lossy == 0 {
                        self.book.forget(&presence);
                        self.book.audit();
                        continue;
                    }
                    let (participant, session) =
                        self.session(&presence.participant.to_string(), &presence.channel);
                    let before = self.told.insert((participant, session, presence.kind), presence.at);
                    prop_assert_eq!(before, None, "told twice");
                }
            }
        }
        prop_assert_eq!(known + new, facts, "received is what is told");
        Ok(())
    }

    /// Which session it is: a participant has one on a medium. A detail event says both.
    fn session(&self, participant: &str, channel: &str) -> (usize, usize) {
        let participant: usize = participant[1..].parse().expect("a number");
        let is = |life: &Life| MEDIA[life.medium].1 == channel;
        (participant, self.truth.participants[participant].iter().position(is).expect("its medium"))
    }
}

/// The frame of a detail event, if what it tells has happened, and how many facts that is.
fn event(
    truth: &Truth,
    participant: usize,
    session: usize,
    is_end: bool,
    error: i64,
) -> Option<(String, usize)> {
    let life = &truth.participants[participant][session];
    let time = if is_end { life.left? } else { life.joined.unwrap_or(life.offered) };
    let talked = life.joined.map_or(0, |joined| time - joined);
    let body = json!({
        "eventTime": millis("12:00:00") + time + error, "participantId": format!("p{participant}"),
        "sessionId": format!("p{participant}-s{session}"), "mediaType": MEDIA[life.medium].2,
        "interactingDurationMs": talked / 3, "heldDurationMs": talked - talked / 3,
    });
    let facts = match (life.party, is_end) {
        ("user", false) => 0,
        ("user", true) => life.facts(),
        _ => 1,
    };
    Some((detail(&format!("{}.{}", life.party, if is_end { "end" } else { "start" }), &body), facts))
}

proptest! {
    #[test]
    fn any_subset_in_any_order_tells_the_same_facts_each_once(
        (truth, said) in history(),
        lossy in prop_oneof![3 => Just(0), 1 => 2..5usize],
    ) {
        let mut run = Run::new(&truth, lossy);
        for said in said {
            run.hear(said)?;
        }
        // What was dropped in the last report is told by the one after it.
        run.hear_the_last()?;
        run.lossy = 0;
        run.hear_the_last()?;
        let mut facts = BTreeMap::new();
        let mut missed = BTreeSet::new();
        for (participant, sessions) in truth.participants.iter().enumerate() {
            for (session, life) in sessions.iter().enumerate() {
                let joined = life.joined.map(|at| (PresenceKind::Joined, at));
                let left = life.left.filter(|_| life.joined.is_some()).map(|at| (PresenceKind::Left, at));
                facts.extend(joined.into_iter().chain(left).map(|(kind, at)| ((participant, session, kind), at)));
                if life.joined.is_none() && life.left.is_some() {
                    missed.insert((participant, session));
                }
            }
        }
        prop_assert!(run.told.keys().eq(facts.keys()), "{:?} is not {:?}", run.told, facts);
        prop_assert_eq!(&run.missed, &missed);
        let guess = stamp(RECEIVED).received;
        for (fact, told) in &run.told {
            let error = told.unix_millis().0.abs_diff(noon(facts[fact]).unix_millis().0);
            prop_assert!(error < 2000 || told.unix_millis() == guess, "{:?} at {}", fact, told);
        }
        let is_open = truth.participants.iter().flatten().any(|life| life.left.is_none());
        prop_assert_eq!(run.book.open().count(), usize::from(is_open));
    }

    #[test]
    fn a_run_that_goes_on_tells_only_what_the_one_before_did_not(
        (truth, said) in history(),
        cut in 0..24usize,
    ) {
        let cut = cut.min(said.len());
        let mut before = Run::new(&truth, 0);
        let mut kept = Vec::new();
        for said in &said[..cut] {
            let Said::Snapshot { at, .. } = *said else { continue };
            let frame = snapshot(&all_media(&truth, at, false));
            for told in told(&mut before.book, &frame) {
                if let Told::New(presence) = told {
                    kept.push(presence);
                }
            }
        }
        let mut after = Run::new(&truth, 0);
        after.book.resume(&kept);
        after.book.audit();
        for said in &said[cut..] {
            after.hear(*said)?;
        }
        after.hear_the_last()?;
        let all = truth.participants.iter().flatten().map(Life::facts).sum::<usize>();
        prop_assert_eq!(kept.len() + after.told.len(), all);
    }
}
