//! How a conversation goes, before it happens: who takes part, and what each does when.

use std::time::Duration;

use rosterline_core::Rng;

use crate::scenario::Scenario;

/// One conversation from its first beat to its last.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) media: Media,
    pub(super) roles: Vec<Role>,
    pub(super) beats: Vec<Beat>,
}

/// Somebody who takes part, by their number in the cast.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) purpose: &'static str,
    pub(super) user: Option<usize>,
    pub(super) queue: Option<usize>,
    /// The role that is asked for advice, or listened to, with the field that says so.
    pub(super) beside: Option<(&'static str, usize)>,
}

/// What one of them does.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    pub(super) offset: Duration,
    pub(super) role: usize,
    pub(super) act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It rings.
    Offer,
    /// The session is connected.
    Connect,
    Hold,
    Unhold,
    /// The session is over, for this reason in the snapshots' spelling.
    Disconnect(&'static str),
    /// After-call work is done.
    EndWork,
}

/// A medium, by its names in snapshots, in our events, and in detail events, and by who provides it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media {
    pub(super) list: &'static str,
    pub(super) word: &'static str,
    pub(super) detail: &'static str,
    pub(super) provider: &'static str,
}

const VOICE: Media = Media { list: "calls", word: "voice", detail: "VOICE", provider: "Edge" };
const CHAT: Media = Media { list: "chats", word: "chat", detail: "CHAT", provider: "PureCloud Webchat v2" };
const MESSAGE: Media =
    Media { list: "messages", word: "message", detail: "MESSAGE", provider: "PureCloud Messaging" };
const CALLBACK: Media =
    Media { list: "callbacks", word: "callback", detail: "CALLBACK", provider: "PureCloud Callback" };
const EMAIL: Media = Media { list: "emails", word: "email", detail: "EMAIL", provider: "PureCloud Email" };

/// How many queues and users there are.
pub(super) const QUEUES: usize = 4;
pub(super) const USERS: usize = 12;

struct Plot<'r> {
    rng: &'r mut Rng,
    now: Duration,
    queue: usize,
    story: Story,
    present: Vec<usize>,
}

impl Story {
    /// The next conversation of this kind that `rng` gives. It takes 3 to 8 s.
    pub(super) fn generate(scenario: Scenario, rng: &mut Rng) -> Self {
        let scenario = scenario.or_drawn(rng);
        let media = match (scenario, rng.up_to(9)) {
            (Scenario::ChatBot, 0..=5) => CHAT,
            (Scenario::ChatBot, _) => MESSAGE,
            (Scenario::Inbound, 0) => CALLBACK,
            (Scenario::Inbound, 1) => EMAIL,
            _ => VOICE,
        };
        let queue = rng.up_to(QUEUES as u64 - 1) as usize;
        let story = Self { media, roles: Vec::new(), beats: Vec::new() };
        let mut plot = Plot { rng, now: Duration::ZERO, queue, story, present: Vec::new() };
        plot.play(scenario);
        plot.story
    }
}

impl Plot<'_> {
    fn play(&mut self, scenario: Scenario) {
        let customer = self.role("customer");
        self.connects(customer);
        let menu = self.role(if scenario == Scenario::ChatBot { "botflow" } else { "ivr" });
        self.wait(30, 200);
        self.connects(menu);
        self.wait(500, 1000);
        let acd = self.role("acd");
        self.leaves(menu, "transfer");
        self.connects(acd);
        match scenario {
            Scenario::Abandoned => self.wait(2200, 3800),
            Scenario::NoAnswer => {
                self.rings_out();
                if self.rng.chance(40) {
                    self.wait(300, 900);
                    self.leaves(acd, "timeout");
                    return self.ends_with(customer);
                }
                self.rings_out();
                self.answers(acd);
                self.wait(900, 1800);
            }
            Scenario::Transfer => {
                let first = self.answers(acd);
                self.wait(500, 1200);
                self.holds(first);
                self.answers(acd);
                self.leaves(first, "transfer");
                self.works_on(first);
                self.wait(600, 1500);
            }
            Scenario::Conference => {
                self.answers(acd);
                self.wait(500, 1200);
                let second = self.agent();
                self.connects(second);
                self.wait(500, 1200);
                self.leaves(second, "transfer.conference");
            }
            Scenario::Consult => {
                let agent = self.answers(acd);
                self.wait(400, 900);
                self.holds(agent);
                let expert = self.agent();
                self.story.roles[expert].beside = Some(("consultParticipantId", agent));
                self.act(expert, Act::Offer);
                self.wait(100, 400);
                self.connects(expert);
                self.wait(500, 1100);
                self.leaves(expert, "client");
                self.act(agent, Act::Unhold);
                self.wait(300, 900);
            }
            Scenario::All | Scenario::Inbound | Scenario::ChatBot => {
                if self.rng.chance(25) {
                    self.rings_out();
                }
                let agent = self.answers(acd);
                if self.rng.chance(20) {
                    let coach = self.agent();
                    self.story.roles[coach].beside = Some(("monitoredParticipantId", agent));
                    self.connects(coach);
                    self.wait(300, 600);
                    self.leaves(coach, "client");
                }
                self.wait(900, 2200);
            }
        }
        self.ends_with(customer);
    }

    fn role(&mut self, purpose: &'static str) -> usize {
        let queue = Some(self.queue);
        self.story.roles.push(Role { purpose, user: None, queue, beside: None });
        self.story.roles.len() - 1
    }

    fn agent(&mut self) -> usize {
        let user = self.rng.up_to(USERS as u64 - 1) as usize;
        let role = self.role("agent");
        self.story.roles[role].user = Some(user);
        role
    }

    fn act(&mut self, role: usize, act: Act) {
        self.story.beats.push(Beat { offset: self.now, role, act });
    }

    fn wait(&mut self, least: u64, most: u64) {
        self.now += Duration::from_millis(least + self.rng.up_to(most - least));
    }

    fn connects(&mut self, role: usize) {
        self.present.push(role);
        self.act(role, Act::Connect);
    }

    fn leaves(&mut self, role: usize, reason: &'static str) {
        self.present.retain(|present| *present != role);
        self.act(role, Act::Disconnect(reason));
    }

    /// An agent puts the others on hold, for a while or to the end.
    fn holds(&mut self, role: usize) {
        self.act(role, Act::Hold);
        self.wait(100, 400);
    }

    /// An agent's phone rings, and nobody answers.
    fn rings_out(&mut self) {
        let agent = self.agent();
        self.act(agent, Act::Offer);
        self.wait(400, 1200);
        // Only calls know an agent who is not to be disturbed, and chats not even one who does not answer.
        let reasons: &[&str] = match self.story.media.list {
            "calls" => &["client", "system", "transfer.noanswer", "endpoint.dnd"],
            "chats" => &["client", "system"],
            _ => &["client", "system", "transfer.noanswer"],
        };
        let reason = reasons[self.rng.up_to(reasons.len() as u64 - 1) as usize];
        self.act(agent, Act::Disconnect(reason));
        self.wait(50, 300);
    }

    /// An agent's phone rings, and is answered: that is the end of the queue, if the conversation still waits there.
    fn answers(&mut self, acd: usize) -> usize {
        let agent = self.agent();
        self.act(agent, Act::Offer);
        self.wait(200, 900);
        self.connects(agent);
        if self.present.contains(&acd) {
            self.leaves(acd, "transfer");
        }
        agent
    }

    fn works_on(&mut self, role: usize) {
        let offset = self.now + Duration::from_millis(200 + self.rng.up_to(900));
        self.story.beats.push(Beat { offset, role, act: Act::EndWork });
    }

    /// `who` hangs up; the others follow, agents with after-call work.
    fn ends_with(&mut self, who: usize) {
        self.leaves(who, "client");
        for role in std::mem::take(&mut self.present) {
            self.wait(20, 200);
            self.act(role, Act::Disconnect("peer"));
            if self.story.roles[role].purpose == "agent" {
                self.works_on(role);
            }
        }
        self.story.beats.sort_by_key(|beat| beat.offset);
    }
}
