//! The conversation that notifications were captured of: each of its traps (docs/notifications.md, section 3).

use super::*;

/// A callback. It waited in a queue; the agent declined, then did not answer, then took it, and is now in after-call work.
fn captured() -> Value {
    let ended = |participant: &str, callback: &str, reason: &str, time: &str| {
        json!({
            "id": participant, "endTime": time, "userId": "AGENT_USER_ID", "purpose": "agent",
            "alertingTimeoutMs": 30000, "additionalProperties": {},
            "callbacks": [{
                "state": "disconnected", "initialState": "alerting", "id": callback, "disconnectType": reason,
                "disconnectedTime": time,
            }],
        })
    };
    json!({
        "id": "ffff-ffff-ffff-ffff",
        "participants": [
            {
                "id": "9a0231a0-8882-41bb-9b2c-d2f275736270", "connectedTime": "2022-07-04T20:04:12.131Z",
                "name": "VideoCall", "queueId": "0e185c02", "purpose": "customer", "wrapupRequired": false,
                "wrapupExpected": false, "attributes": { "key": "value" },
                "callbacks": [{
                    "state": "connected", "initialState": "scheduled", "id": "4abc9472-61cc-402a-83e3-28015dd7f30f",
                    "held": false, "provider": "PureCloud Callback", "connectedTime": "2022-07-04T20:04:12.131Z",
                    "afterCallWorkRequired": false, "additionalProperties": {},
                }],
                "additionalProperties": {},
            },
            {
                "id": "a5d47ef7", "connectedTime": "2022-07-04T20:04:12.132Z", "endTime": "2022-07-04T20:07:20.528Z",
                "queueId": "0e185c02", "purpose": "acd",
                "callbacks": [{
                    "state": "disconnected", "initialState": "scheduled", "id": "83d66254", "disconnectType": "transfer",
                    "peerId": "4abc9472", "connectedTime": "2022-07-04T20:04:12.132Z",
                    "disconnectedTime": "2022-07-04T20:07:20.528Z",
                }],
            },
            ended("d7230894", "e762f484", "client", "2022-07-04T20:04:35.306Z"),
            ended("e8750fcf", "58053931", "system", "2022-07-04T20:05:05.831Z"),
            {
                "id": "5151853c", "connectedTime": "2022-07-04T20:07:20.528Z", "userId": "AGENT_USER_ID",
                "purpose": "agent", "wrapupRequired": true, "startAcwTime": "2022-07-04T20:08:25.397Z",
                "callbacks": [{
                    "state": "connected", "initialState": "alerting", "id": "19c34168", "disconnectType": "client",
                    "connectedTime": "2022-07-04T20:07:20.528Z", "disconnectedTime": "2022-07-04T20:08:25.397Z",
                    "afterCallWork": { "state": "pending", "startTime": "2022-07-04T20:08:25.397Z" },
                }],
            },
        ],
        "recordingState": "none",
    })
}

fn told_of_it() -> (Book, Vec<Told>) {
    let mut book = new_book();
    let told = told(&mut book, &frame("v2.users.AGENT_USER_ID.conversations", &captured()));
    (book, told)
}

#[test]
fn one_snapshot_tells_everything_that_happened() {
    let (mut book, told) = told_of_it();
    let lines: Vec<String> = told.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "missed ? to 20:04:35.306 agent d7230894 callback e762f484, client",
            "missed ? to 20:05:05.831 agent e8750fcf callback 58053931, system",
            "joined 20:04:12.131 customer 9a0231a0-8882-41bb-9b2c-d2f275736270 callback 4abc9472-61cc-402a-83e3-28015dd7f30f",
            "joined 20:04:12.132 acd a5d47ef7 callback 83d66254",
            "joined 20:07:20.528 agent 5151853c callback 19c34168",
            "left 20:07:20.528 acd a5d47ef7 callback 83d66254, transfer",
            "left 20:08:25.397 agent 5151853c callback 19c34168, client",
        ]
    );
    let again = lines_again(&mut book);
    assert_eq!(again, ["known"; 5], "a retelling is five facts that are known, and no offer");
}

fn lines_again(book: &mut Book) -> Vec<String> {
    lines(book, &frame("v2.routing.queues.0e185c02.conversations", &captured()))
}

#[test]
fn a_user_that_is_offered_it_three_times_is_three_participants() {
    let (_, told) = told_of_it();
    let of_user = told.iter().filter(|told| match told {
        Told::New(presence) => {
            presence.leg.as_ref().is_some_and(|leg| leg.user == Some("AGENT_USER_ID".into()))
        }
        Told::Missed(offer) => offer.leg.user == Some("AGENT_USER_ID".into()),
        Told::Known | Told::Rejected { .. } => false,
    });
    assert_eq!(of_user.count(), 4, "two that were missed, and a join and a leave");
}

#[test]
fn who_rang_and_never_connected_has_neither_joined_nor_left() {
    let (_, told) = told_of_it();
    let of = |participant: &str| {
        let is = |told: &&Told| matches!(told, Told::New(it) if it.participant == participant.into());
        told.iter().filter(is).count()
    };
    assert_eq!((of("d7230894"), of("e8750fcf"), of("5151853c")), (0, 0, 2));
}

#[test]
fn who_is_in_after_call_work_has_left_although_the_state_is_connected() {
    let (book, told) = told_of_it();
    let left =
        told.iter().any(|told| line(told) == "left 20:08:25.397 agent 5151853c callback 19c34168, client");
    assert!(left);
    let open: Vec<String> = book.open().map(ToString::to_string).collect();
    assert_eq!(open, ["ffff-ffff-ffff-ffff"], "the customer is still there");
}

#[test]
fn a_queue_is_a_participant_that_is_no_person() {
    let (_, told) = told_of_it();
    let queue = told.iter().find_map(|told| match told {
        Told::New(presence) if presence.participant == "a5d47ef7".into() => presence.leg.clone(),
        Told::New(_) | Told::Known | Told::Missed(_) | Told::Rejected { .. } => None,
    });
    let queue = queue.expect("it joined");
    assert_eq!((&*queue.purpose, queue.user, queue.queue), ("acd", None, Some("0e185c02".into())));
}
