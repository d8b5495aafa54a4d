//! What the book keeps, gives up and takes back (docs/notifications.md, section 3).

use super::*;

/// A conversation with one customer, who has left or not.
fn of(id: &str, left: bool) -> String {
    let mut call = json!({ "id": "s", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" });
    if left {
        call["disconnectedTime"] = json!("2024-05-01T12:05:00Z");
    }
    snapshot(&json!({ "id": id, "participants": [{ "id": "c", "purpose": "customer", "calls": [call] }] }))
}

fn news(found: &[Told]) -> Vec<Presence> {
    let new = |told: &Told| match told {
        Told::New(presence) => Some(presence.clone()),
        Told::Known | Told::Missed(_) | Told::Rejected { .. } => None,
    };
    found.iter().filter_map(new).collect()
}

#[test]
fn what_never_reached_the_application_is_news_again() {
    let mut book = new_book();
    let both = news(&told(&mut book, &of("x", true)));
    assert_eq!(book.open().count(), 0);
    for presence in &both {
        book.forget(presence);
        book.audit();
        assert_eq!(book.open().count(), 1, "somebody has to ask for it");
        assert_eq!(news(&told(&mut book, &of("x", true))), core::slice::from_ref(presence));
        assert_eq!(book.open().count(), 0);
    }
    assert_eq!(lines(&mut book, &of("x", true)), ["known", "known"]);
}

#[test]
fn what_was_told_otherwise_or_never_cannot_be_forgotten() {
    let mut book = new_book();
    let joined = news(&told(&mut book, &of("x", false))).remove(0);
    book.forget(&Presence { leg: None, ..joined.clone() });
    book.forget(&Presence { at: at("12:00:01"), ..joined.clone() });
    book.forget(&Presence { kind: PresenceKind::Left, ..joined.clone() });
    book.forget(&Presence { interaction: "y".into(), ..joined });
    book.audit();
    assert_eq!(lines(&mut book, &of("x", false)), ["known"]);
    assert_eq!(book.open().count(), 1);
}

#[test]
fn a_run_goes_on_where_the_one_before_ended() {
    let mut before = new_book();
    let mut told_before = news(&told(&mut before, &of("x", true)));
    told_before.extend(news(&told(&mut before, &of("y", false))));
    told_before.push(Presence { leg: None, ..told_before[0].clone() });
    let mut book = new_book();
    book.resume(&told_before);
    book.audit();
    assert_eq!(book.open().map(ToString::to_string).collect::<Vec<_>>(), ["y"]);
    assert_eq!(lines(&mut book, &of("x", true)), ["known", "known"]);
    assert_eq!(lines(&mut book, &of("y", true)), ["known", "left 12:05:00 customer c voice s"]);
}

#[test]
fn a_detail_event_of_a_run_before_can_still_be_contradicted() {
    let start = json!({ "eventTime": millis("12:00:00"), "participantId": "c", "sessionId": "s", "mediaType": "VOICE" });
    let before = news(&told(&mut new_book(), &detail("customer.start", &start)));
    let mut book = new_book();
    book.resume(&before);
    assert_eq!(lines(&mut book, &detail("customer.start", &start)), ["known"]);
    let call = json!({ "id": "s", "state": "connected", "connectedTime": "2024-05-01T12:00:05Z" });
    let body = conversation(&[json!({ "id": "c", "purpose": "customer", "calls": [call] })]);
    assert_eq!(lines(&mut book, &snapshot(&body)), ["joined 12:00:05 customer c voice s"]);
}

#[test]
fn a_session_that_has_got_its_name_is_still_the_one_that_was_told_without() {
    let flat = json!({ "id": "x", "participants": [
        { "id": "c", "purpose": "customer", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" },
    ] });
    let flat = frame("v2.users.u.conversations.calls", &flat);
    let mut book = new_book();
    let unnamed = news(&told(&mut book, &flat));
    assert_eq!(lines(&mut book, &of("x", false)), ["known"]);
    book.forget(&unnamed[0]);
    assert_eq!(lines(&mut book, &flat), ["joined 12:00:00 customer c voice s"]);

    let named = news(&told(&mut book, &of("x", true)));
    let mut book = new_book();
    book.resume(&[unnamed[0].clone(), named[0].clone()]);
    book.audit();
    assert_eq!(book.open().count(), 0, "both are of one session");
    assert_eq!(lines(&mut book, &of("x", true)), ["known", "known"]);
    assert_eq!(lines(&mut book, &flat), ["known"]);
}

#[test]
fn of_too_many_conversations_those_that_are_over_go_first() {
    let mut book = Book::new(3);
    for id in ["a", "b", "c"] {
        lines(&mut book, &of(id, id != "a"));
    }
    lines(&mut book, &of("b", true));
    lines(&mut book, &of("d", false));
    assert_eq!(lines(&mut book, &of("a", false)), ["known"], "it is open");
    assert_eq!(lines(&mut book, &of("b", true)), ["known", "known"], "it was heard of after c");
    assert_eq!(lines(&mut book, &of("c", true)).len(), 2);
    assert_eq!(lines(&mut book, &of("b", true))[0], "joined 12:00:00 customer c voice s", "c took its place");
}

#[test]
fn of_too_many_open_ones_the_one_goes_that_was_silent_for_the_longest_time() {
    let mut book = Book::new(2);
    for id in ["a", "b", "a", "c"] {
        lines(&mut book, &of(id, false));
    }
    assert_eq!(book.open().map(ToString::to_string).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(lines(&mut book, &of("b", false)), ["joined 12:00:00 customer c voice s"], "it is news again");
}

#[test]
fn the_last_4096_conversations_that_are_over_are_remembered() {
    let mut book = new_book();
    for number in 0..=4096 {
        let frame = of(&format!("{number}"), true);
        let mut index = Index::default();
        let Ok(Message::Snapshot(report)) = frame::open(&frame, &mut index) else { panic!("{frame}") };
        book.take(&report, stamp(RECEIVED), &mut |_| {});
    }
    book.audit();
    assert_eq!(lines(&mut book, &of("1", true)), ["known", "known"]);
    assert_eq!(lines(&mut book, &of("0", true)).len(), 2);
    assert_eq!(
        lines(&mut book, &of("2", true)),
        ["joined 12:00:00 customer c voice s", "left 12:05:00 customer c voice s"]
    );
}

#[test]
fn what_is_kept_is_bounded_by_its_size_too() {
    let mut book = Book::new(4);
    let huge = |id: &str| {
        let calls: Vec<Value> =
            (0..2000).map(|call| json!({ "id": format!("{call}"), "state": "connected" })).collect();
        snapshot(&json!({ "id": id, "participants": [{ "id": "c", "purpose": "customer", "calls": calls }] }))
    };
    lines(&mut book, &of("a", false));
    assert_eq!(lines(&mut book, &huge("b")).len(), 2000, "it is told");
    assert_eq!(book.open().count(), 0, "and neither is kept");
    assert_eq!(lines(&mut book, &of("a", false)).len(), 1);
}

#[test]
fn long_names_count_wherever_they_stand() {
    let uuid = |number: usize| format!("b0000000-0000-4000-8000-00000000000{number}");
    for long in ["conversation", "participant", "session", "user", "queue", "purpose", "medium"] {
        let mut book = Book::new(2);
        let name = |what: &str, number: usize| {
            // The name of a conversation stands in three places.
            let length = if what == "conversation" { 1700 } else { 5000 };
            if what == long { format!("{number}").repeat(length) } else { uuid(number) }
        };
        for number in 1..3 {
            let call = json!({ "id": name("session", number), "state": "connected" });
            let list = if long == "medium" { name("medium", number) } else { "calls".to_string() };
            let participant = json!({
                "id": name("participant", number), "userId": name("user", number), "queueId": name("queue", number),
                "purpose": if long == "purpose" { name("purpose", number) } else { "agent".to_string() }, list: [call],
            });
            let body = json!({ "id": name("conversation", number), "participants": [participant] });
            assert_eq!(lines(&mut book, &snapshot(&body)).len(), 1, "{long}");
        }
        assert_eq!(book.open().count(), 1, "{long}");
    }
}
