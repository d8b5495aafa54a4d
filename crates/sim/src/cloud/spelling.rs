//! Why a session ended, in the four spellings of the service (docs/notifications-mock.md).

/// `transfer.dnd`, which is the snapshots' spelling, as `transfer.donotdisturb`: that of conversations in the API.
pub(super) fn of_rest(reason: &str) -> String {
    reason.replace(".dnd", ".donotdisturb")
}

/// `transfer.conference` as `CONFERENCE_TRANSFER`: that of detail events.
pub(super) fn of_details(reason: &str) -> String {
    let (what, how) = reason.split_once('.').unwrap_or((reason, ""));
    let how = match how {
        "noanswer" => "NO_ANSWER",
        "notavailable" => "NOT_AVAILABLE",
        other => &other.to_ascii_uppercase(),
    };
    let what = what.to_ascii_uppercase();
    match (what.as_str(), how) {
        (_, "") => what,
        ("TRANSPORT", _) => "TRANSPORT_FAILURE".into(),
        _ => format!("{how}_{what}"),
    }
}

/// `transfer.conference` as `conferenceTransfer`: that of the analytics.
pub(super) fn of_analytics(reason: &str) -> String {
    let mut words = of_details(reason).to_ascii_lowercase();
    while let Some(at) = words.find('_') {
        words.remove(at);
        words[at..=at].make_ascii_uppercase();
    }
    words
}
