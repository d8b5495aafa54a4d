//! What a browser saved, or what looks like it.

use rosterline_recording::har;

use crate::source::Source;

/// Reads and replays a HAR file. The first byte says which: as it is (0), or messages at the times that the other
/// bytes tell of, each up to a line break. How many events came out of it; `None` if it is no such file.
///
/// # Panics
/// If reader or replay do, or if the replay of what a browser saved does not come to its end.
pub fn har(data: &[u8]) -> Option<usize> {
    let mut source = Source::new(data);
    let text = match source.below(2) {
        0 => String::from_utf8_lossy(source.rest()).into_owned(),
        _ => saved(&mut source),
    };
    let mut replay = har::replay(&text).ok()?;
    let mut taken = 0;
    let mut last = rosterline_core::Instant::ZERO;
    for event in replay.by_ref() {
        let event = event.expect("nothing was taken when this was saved, so nothing can differ");
        assert!(event.at >= last, "time goes back");
        (last, taken) = (event.at, taken + 1);
    }
    assert!(replay.next().is_none() && replay.ending().is_none());
    let stats = replay.stats();
    let sum =
        stats.delivered + stats.buffered + stats.filtered + stats.duplicate + stats.rejected + stats.dropped;
    assert_eq!(stats.received, sum, "{stats:?}");
    Some(taken)
}

/// A file with the messages that the bytes tell of.
fn saved(source: &mut Source<'_>) -> String {
    let mut messages = Vec::new();
    let mut time = 1_714_564_800.0;
    while let Some(kind) = source.byte() {
        time += f64::from(source.below(100)) - 20.0;
        let text = String::from_utf8_lossy(source.line());
        let direction = if kind & 8 == 0 { "receive" } else { "send" };
        let opcode = [1, 1, 2, 8][usize::from(kind & 3)];
        messages.push(serde_json::json!({ "type": direction, "time": time, "opcode": opcode, "data": text }));
    }
    serde_json::json!({
        "log": { "entries": [{ "request": { "url": "wss://example.com/stream" }, "_webSocketMessages": messages }] }
    })
    .to_string()
}
