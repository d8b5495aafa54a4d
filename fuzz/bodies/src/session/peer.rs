//! The world outside of the session: connections and requests, and what may be asked of it when.

use rosterline_core::{Action, Auth, Config, ConnId, Message, RequestId};

use super::settings::{CLIENT_SECRET, FIXED_TOKEN, STREAM_URL, TRACES};

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It is being dialled.
    Dialled,
    /// It is open, and the token has to be sent.
    Open,
    /// The server has accepted the token; a subscription has to be sent, and confirmed.
    Accepted,
    /// The server has confirmed the subscription.
    Live,
}

/// The only connection that there can be.
#[derive(Debug)]
pub(super) struct Conn {
    id: ConnId,
    stage: Stage,
    /// Our close frame was sent.
    closing: bool,
    greeted: bool,
    /// The token that was to be used when it opened.
    token: Option<String>,
    /// It has been live, so it has a heartbeat.
    beats: bool,
}

/// Connections and requests, as their caller sees them.
#[derive(Debug)]
pub(super) struct Peer {
    has_calls: bool,
    pub(super) has_requests: bool,
    pub(super) conn: Option<Conn>,
    pub(super) last_conn: u64,
    /// One that its peer closed while there were actions that nobody had looked at: they may still name it.
    closed: Option<ConnId>,
    pub(super) dials: u64,
    pub(super) pending: Option<RequestId>,
    pub(super) last_request: u64,
    /// The token that is to be used, as it was given last.
    pub(super) token: Option<String>,
    /// All that must not be shown to anybody, in the order in which it came.
    pub(super) secrets: Vec<String>,
    /// How many subscriptions have yet to be sent.
    owed: u32,
    pub(super) last_ping: [u8; 8],
    /// A connection was let go since somebody last looked.
    pub(super) dropped: bool,
    /// The session has said that nothing will come any more.
    pub(super) over: bool,
}

impl Peer {
    pub(super) fn new(config: &Config) -> Self {
        let (has_calls, has_requests, secret) = match &config.auth {
            Auth::ClientCredentials { .. } => (true, false, Some(CLIENT_SECRET)),
            Auth::External => (false, true, None),
            Auth::Token(_) => (false, false, Some(FIXED_TOKEN)),
        };
        let token = secret.filter(|_| !has_calls).map(str::to_owned);
        Self {
            has_calls,
            has_requests,
            conn: None,
            last_conn: 0,
            closed: None,
            dials: 0,
            pending: None,
            last_request: 0,
            token,
            secrets: secret.into_iter().map(str::to_owned).collect(),
            owed: 0,
            last_ping: [0; 8],
            dropped: false,
            over: false,
        }
    }

    /// How far this connection has come, if it is the one that there is.
    pub(super) fn stage_of(&self, conn: ConnId) -> Option<Stage> {
        self.conn.as_ref().filter(|open| open.id == conn).map(|open| open.stage)
    }

    /// The connection is open.
    pub(super) fn opened(&mut self) {
        let conn = self.conn.as_mut().expect("only a connection that is dialled is taken for open");
        assert_eq!(conn.stage, Stage::Dialled, "{conn:?} opens twice");
        (conn.stage, conn.token) = (Stage::Open, self.token.clone());
    }

    /// The server has accepted the token.
    pub(super) fn accepted(&mut self) {
        self.conn.iter_mut().for_each(|conn| conn.stage = Stage::Accepted);
        self.owed += 1;
    }

    /// The server has confirmed the subscription.
    pub(super) fn confirmed(&mut self) {
        if let Some(conn) = &mut self.conn {
            (conn.stage, conn.beats) = (Stage::Live, true);
        }
    }

    /// Another subscription is wanted.
    pub(super) fn resubscribe(&mut self) {
        for conn in self.conn.iter_mut().filter(|conn| !conn.closing && conn.stage >= Stage::Accepted) {
            conn.stage = Stage::Accepted;
            self.owed += 1;
        }
    }

    /// The server or the network has ended the connection.
    pub(super) fn closed(&mut self) {
        self.closed = self.conn.take().map(|conn| conn.id);
    }

    /// What is to be done must make sense.
    pub(super) fn carry_out(&mut self, action: Action) {
        match action {
            Action::Call { request, call } => {
                assert!(self.has_calls, "a token request that the settings do not know");
                assert_eq!(
                    (call.method, call.url.expose()),
                    ("POST", "https://login.example.com/oauth/token")
                );
                self.ask(request);
            }
            Action::Token { request, .. } => {
                assert!(self.has_requests, "nobody offered a token");
                self.ask(request);
            }
            Action::Cancel { request } => {
                assert_eq!(self.pending.take(), Some(request), "only what is in flight can be cancelled");
            }
            Action::Open { conn, url } => {
                assert!(!self.over, "it dials after its end");
                assert!(self.conn.is_none(), "{:?} is open, and {conn:?} is dialled", self.conn);
                assert_eq!((conn.0, url.expose()), (self.last_conn + 1, STREAM_URL));
                self.last_conn = conn.0;
                self.dials += 1;
                self.owed = 0;
                let (closing, greeted, beats, token) = (false, false, false, None);
                self.conn = Some(Conn { id: conn, stage: Stage::Dialled, closing, greeted, token, beats });
            }
            Action::Send { conn, message } => self.send(conn, message),
            Action::Close { conn, .. } => {
                if let Some(open) = self.current(conn) {
                    assert!(open.stage > Stage::Dialled && !open.closing, "{open:?} is closed");
                    open.closing = true;
                }
            }
            Action::Drop { conn } => {
                let open = self.conn.take().map(|open| open.id);
                assert_eq!(open, Some(conn), "only what is open can be dropped, and once");
                self.dropped = true;
            }
            other => panic!("an action that nobody expects: {other:?}"),
        }
    }

    /// All that was to be done is done.
    pub(super) fn carried_out(&mut self) {
        self.closed = None;
        if let Some(conn) = &self.conn {
            assert!(conn.greeted || conn.stage == Stage::Dialled, "{conn:?} waits for the token");
            assert!(self.owed == 0 || conn.closing, "{conn:?} waits for {} subscriptions", self.owed);
        }
    }

    fn ask(&mut self, request: RequestId) {
        assert_eq!(self.pending, None, "one request at a time");
        assert!(request.0 > self.last_request, "{request:?} was there before");
        (self.pending, self.last_request) = (Some(request), request.0);
    }

    /// The connection, unless its peer was faster than whoever carries out the actions.
    fn current(&mut self, conn: ConnId) -> Option<&mut Conn> {
        if self.closed == Some(conn) {
            return None;
        }
        let open = self.conn.as_mut().filter(|open| open.id == conn);
        Some(open.unwrap_or_else(|| panic!("{conn:?} is not open")))
    }

    fn send(&mut self, conn: ConnId, message: Message) {
        let owed = self.owed;
        let Some(open) = self.current(conn) else { return };
        assert!(!open.closing, "something is said after goodbye: {message:?}");
        match message {
            Message::Secret(hello) => {
                assert!(open.stage >= Stage::Open && !open.greeted, "{open:?} gets a token");
                let inner =
                    hello.expose().strip_prefix(r#"{"token":""#).and_then(|text| text.strip_suffix(r#""}"#));
                assert_eq!(inner, open.token.as_deref(), "the token that was given last");
                open.greeted = true;
            }
            Message::Text(text) => {
                assert!(open.stage >= Stage::Accepted && owed > 0, "{text} before the token is accepted");
                assert!(text.starts_with(r#"{"filter":{"#) && !text.contains(TRACES[0]), "{text}");
                self.owed -= 1;
            }
            Message::Ping(payload) => {
                assert!(open.beats, "a ping before anything is confirmed");
                self.last_ping = payload;
            }
        }
    }
}
