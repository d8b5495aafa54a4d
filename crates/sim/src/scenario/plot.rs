//! How each kind of interaction goes.

use rosterline_core::{Id, Rng};

use super::cast::Cast;
use super::{Scenario, Script};

pub(super) fn generate(scenario: Scenario, rng: &mut Rng) -> Script {
    match scenario {
        Scenario::All => generate(scenario.or_drawn(rng), rng),
        Scenario::Inbound => inbound(Cast::new(rng, "voice")),
        Scenario::Transfer => transfer(Cast::new(rng, "voice")),
        Scenario::Conference => {
            let channel = *pick(rng, &["voice", "video"]);
            conference(Cast::new(rng, channel))
        }
        Scenario::Consult => consult(Cast::new(rng, "voice")),
        Scenario::ChatBot => {
            let channel = *pick(rng, &["chat", "chat", "sms"]);
            chat_bot(Cast::new(rng, channel))
        }
        Scenario::Abandoned => abandoned(Cast::new(rng, "voice")),
        Scenario::NoAnswer => no_answer(Cast::new(rng, "voice")),
    }
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    let last = from.len() as u64 - 1;
    &from[rng.up_to(last) as usize]
}

/// The customer comes in and is greeted by a menu or a bot.
fn greeted(cast: &mut Cast<'_>) -> (Id, Id) {
    let (customer, greeter) = (cast.someone(), cast.someone());
    cast.joins(&customer, None);
    cast.wait(30, 200);
    cast.joins(&greeter, None);
    (customer, greeter)
}

/// The customer comes in, and gets from the menu to an agent.
fn answered(cast: &mut Cast<'_>) -> (Id, Id) {
    let (customer, menu) = greeted(cast);
    cast.wait(500, 1_000);
    cast.leaves(&menu, "transfer");
    cast.wait(200, 700);
    let agent = cast.someone();
    cast.joins(&agent, None);
    (customer, agent)
}

fn talk(cast: &mut Cast<'_>, agent: &Id) {
    cast.wait(400, 900);
    if cast.chance(30) {
        cast.notes("ParticipantMuted", agent);
        cast.wait(200, 500);
        cast.notes("ParticipantUnmuted", agent);
    }
    cast.wait(300, 900);
}

fn inbound(mut cast: Cast<'_>) -> Script {
    let (customer, agent) = answered(&mut cast);
    talk(&mut cast, &agent);
    if cast.chance(30) {
        cast.notes("ParticipantHeld", &customer);
        cast.wait(400, 900);
        cast.notes("ParticipantUnheld", &customer);
    }
    cast.wait(1_000, 2_400);
    if cast.chance(70) { cast.ends_with(&customer) } else { cast.ends_with(&agent) }
}

fn transfer(mut cast: Cast<'_>) -> Script {
    let (customer, first) = answered(&mut cast);
    talk(&mut cast, &first);
    cast.notes("ParticipantHeld", &customer);
    cast.wait(200, 500);
    cast.leaves(&first, "transfer");
    cast.wait(100, 600);
    let second = cast.someone();
    cast.joins(&second, Some("transfer"));
    cast.notes("ParticipantUnheld", &customer);
    talk(&mut cast, &second);
    cast.wait(300, 900);
    cast.ends_with(&customer)
}

fn conference(mut cast: Cast<'_>) -> Script {
    let (customer, first) = answered(&mut cast);
    talk(&mut cast, &first);
    let second = cast.someone();
    cast.joins(&second, Some("conference"));
    talk(&mut cast, &second);
    if cast.chance(50) {
        let third = cast.someone();
        cast.joins(&third, Some("conference"));
        cast.wait(400, 900);
        cast.leaves(&third, "client");
        cast.wait(200, 500);
    }
    cast.leaves(&first, "conference");
    cast.wait(300, 900);
    cast.ends_with(&customer)
}

fn consult(mut cast: Cast<'_>) -> Script {
    let (customer, agent) = answered(&mut cast);
    talk(&mut cast, &agent);
    cast.notes("ParticipantHeld", &customer);
    cast.wait(200, 500);
    let expert = cast.someone();
    cast.joins(&expert, Some("consult"));
    cast.wait(600, 1_200);
    cast.leaves(&expert, "client");
    cast.wait(30, 150);
    cast.notes("ParticipantUnheld", &customer);
    cast.wait(500, 1_200);
    cast.ends_with(&customer)
}

fn chat_bot(mut cast: Cast<'_>) -> Script {
    let (customer, bot) = greeted(&mut cast);
    cast.wait(900, 1_600);
    if cast.chance(30) {
        cast.leaves(&customer, "timeout");
        cast.wait(300, 700);
        cast.joins(&customer, Some("resumed"));
    }
    cast.wait(200, 600);
    let agent = cast.someone();
    cast.joins(&agent, Some("transfer"));
    cast.wait(30, 150);
    cast.leaves(&bot, "transfer");
    cast.wait(1_500, 3_000);
    cast.ends_with(&customer)
}

fn abandoned(mut cast: Cast<'_>) -> Script {
    let (customer, menu) = greeted(&mut cast);
    cast.wait(700, 1_300);
    cast.leaves(&menu, "transfer");
    cast.wait(50, 150);
    let queue = cast.someone();
    cast.joins(&queue, None);
    cast.wait(2_200, 3_800);
    cast.ends_with(&customer)
}

fn no_answer(mut cast: Cast<'_>) -> Script {
    let customer = cast.someone();
    let queue = cast.someone();
    cast.joins(&customer, None);
    cast.wait(50, 150);
    cast.joins(&queue, None);
    cast.wait(300, 700);
    let silent = cast.someone();
    cast.notes("ParticipantAlerting", &silent);
    cast.wait(1_300, 2_000);
    cast.notes("ParticipantNotAnswering", &silent);
    cast.wait(300, 600);
    if cast.chance(40) {
        cast.leaves(&queue, "timeout");
        cast.wait(1_100, 1_400);
        return cast.ends_with(&customer);
    }
    let agent = cast.someone();
    cast.joins(&agent, None);
    cast.wait(20, 90);
    cast.leaves(&queue, "transfer");
    cast.wait(1_200, 2_400);
    cast.ends_with(&customer)
}
