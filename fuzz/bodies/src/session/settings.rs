//! The settings of a session, out of eight bytes.

use rosterline_core::{Auth, Config, Endpoint, Policy, Subscription};

use crate::source::Source;

/// What can be found of every secret here, as it is and in base64.
pub(super) const TRACES: [&str; 2] = ["ANARY", "Q0FOQVJZ"];
pub(super) const CLIENT_SECRET: &str = "CANARY-client-secret";
/// The token of a session that is given one.
pub(super) const FIXED_TOKEN: &str = "CANARY-fixed-token";
pub(super) const STREAM_URL: &str = "wss://example.com/stream";

pub(super) fn read(source: &mut Source<'_>) -> Config {
    let url = |text| Endpoint::new(text).expect("a valid URL");
    let auth = match source.below(3) {
        0 => Auth::ClientCredentials {
            login_url: url("https://login.example.com"),
            client_id: "client".into(),
            client_secret: CLIENT_SECRET.into(),
        },
        1 => Auth::External,
        _ => Auth::Token(FIXED_TOKEN.into()),
    };
    let mut config = Config::new(url(STREAM_URL), auth, Subscription::all());
    config.buffer.policy = source.pick(&[Policy::Pause, Policy::DropOldest, Policy::DropNewest, Policy::End]);
    config.buffer.capacity = usize::from(source.below(16)) + 1;
    // The second is how one says that there is no bound.
    config.buffer.bytes = source.pick(&[64 << 20, usize::MAX]);
    config.reconnect.max_attempts = source.pick(&[Some(5), Some(1), Some(2), None]);
    config.limits.duplicates = source.pick(&[64, 0, 1, 8]);
    config.limits.bad_frames = source.pick(&[3, 1, 50]);
    let flags = source.byte().unwrap_or(0);
    config.deliver_unknown = flags & 1 != 0;
    config.heartbeat.strict = flags & 2 != 0;
    config.buffer.adaptive = flags & 4 != 0;
    config.reconnect.jitter = flags & 8 != 0;
    config.limits.raw_deflate = flags & 16 != 0;
    config.seed = u64::from(flags);
    config
}
