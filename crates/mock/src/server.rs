//! The server: its socket, its clock and its tasks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Id, Misuse, Secret, Subscription, Topic};
use rosterline_sim::{Cloud, End, STREAM_PATH, Told};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::control::Control;
use crate::hosted::Hosted;
use crate::options::Options;
use crate::shared::Shared;
use crate::{http, tls};

/// How long connections may take to say goodbye when the server stops.
const GOODBYE: Duration = Duration::from_millis(500);

/// A running mock server. It ends when it is dropped; [`stop`](Self::stop) lets it say goodbye first.
#[derive(Debug)]
pub struct MockServer {
    addr: SocketAddr,
    ca_pem: Option<String>,
    credentials: (String, Secret),
    shared: Arc<Shared>,
    stopping: Arc<Notify>,
    task: JoinHandle<()>,
}

impl MockServer {
    /// Starts a server on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or no certificate can be made.
    pub async fn start(options: Options) -> io::Result<Self> {
        let (acceptor, ca_pem) = options.tls.then(tls::acceptor).transpose()?.unzip();
        let listener = TcpListener::bind(options.listen).await?;
        let addr = listener.local_addr()?;
        let credentials = match &options.config.credentials {
            Some(only) => (only.id.clone(), only.secret.clone()),
            None => ("mock-client".to_owned(), "mock-secret".into()),
        };
        let shared = Arc::new(Shared::new(|wall| options.into_model(wall)));
        let stopping = Arc::new(Notify::new());
        let serve = Serve { listener, acceptor, shared: Arc::clone(&shared), tasks: JoinSet::new() };
        let task = tokio::spawn(serve.run(Arc::clone(&stopping)));
        tracing::info!(%addr, tls = ca_pem.is_some(), "mock server listens");
        Ok(Self { addr, ca_pem, credentials, shared, stopping, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the API of the `notifications` dialect is: `http(s)://127.0.0.1:PORT`.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.login_url()
    }

    /// The ids of the queues, in the `notifications` dialect.
    #[must_use]
    pub fn queues(&self) -> Vec<String> {
        self.ids(Cloud::queues)
    }

    /// The ids of the users, in the `notifications` dialect.
    #[must_use]
    pub fn users(&self) -> Vec<String> {
        self.ids(Cloud::users)
    }

    fn ids(&self, of: impl Fn(&Cloud) -> &[Id]) -> Vec<String> {
        let text = |cloud: &mut Cloud| of(cloud).iter().map(Id::to_string).collect();
        self.shared.look(|model, _| model.cloud().map(text).unwrap_or_default())
    }

    /// Where tokens are given: `http(s)://127.0.0.1:PORT`, without the path.
    #[must_use]
    pub fn login_url(&self) -> String {
        format!("http{}://{}", self.s(), self.reachable())
    }

    /// Where the stream is: `ws(s)://127.0.0.1:PORT/api/v2/analytics/conversations/stream`.
    #[must_use]
    pub fn stream_url(&self) -> String {
        format!("ws{}://{}{STREAM_PATH}", self.s(), self.reachable())
    }

    /// A client id that gets a token.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.credentials.0
    }

    /// The secret of [`client_id`](Self::client_id).
    #[must_use]
    pub fn client_secret(&self) -> &str {
        self.credentials.1.expose()
    }

    /// How a session of either dialect gets its token here.
    ///
    /// # Errors
    /// It listens at an address that no URL can name.
    pub fn auth(&self) -> Result<Auth, Misuse> {
        Ok(Auth::ClientCredentials {
            login_url: Endpoint::new(&self.login_url())?,
            client_id: self.client_id().to_owned(),
            client_secret: Secret::new(self.client_secret()),
        })
    }

    /// What a session has to be told to be served by it, in its dialect: of everything there, and otherwise by default. The
    /// authority of [`ca_pem`](Self::ca_pem) is not a part of it.
    ///
    /// # Errors
    /// It listens at an address that no URL can name.
    pub fn config(&self) -> Result<Config, Misuse> {
        let queues: Vec<Topic> = self.queues().iter().map(|id| Topic::queue(id)).collect::<Result<_, _>>()?;
        let auth = self.auth()?;
        Ok(match queues.is_empty() {
            true => Config::new(Endpoint::new(&self.stream_url())?, auth, Subscription::all()),
            false => Config::notifications(Endpoint::new(&self.api_url())?, auth, queues),
        })
    }

    /// The certificate of the authority to trust, as PEM; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The truth: every event so far, and which connections it was written to.
    #[must_use]
    pub fn sent(&self) -> Vec<Told> {
        self.control().sent()
    }

    /// The hand that makes it do things.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.shared))
    }

    /// Stops listening, closes every connection with 1001 and waits half a second at most. The address is
    /// free again afterwards.
    pub async fn stop(mut self) {
        self.stopping.notify_one();
        if let Err(error) = (&mut self.task).await {
            tracing::warn!(%error, "the mock server did not end well");
        }
    }

    fn s(&self) -> &'static str {
        if self.ca_pem.is_some() { "s" } else { "" }
    }

    /// The address that a client on this machine can dial: an unspecified one is none.
    fn reachable(&self) -> SocketAddr {
        let mut addr = self.addr;
        if addr.ip().is_unspecified() {
            addr.set_ip(match addr {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        addr
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task that owns the listener, the timer and all connections.
struct Serve {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl Serve {
    async fn run(mut self, stopping: Arc<Notify>) {
        let mut changes = self.shared.changes();
        loop {
            changes.mark_unchanged();
            let deadline = self.shared.look(|server, _| server.poll_timeout()).map(|at| self.shared.real(at));
            let due = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stopping.notified() => break,
                () = due => self.shared.act(Hosted::handle_timeout),
                _ = changes.changed() => {}
                accepted = self.listener.accept() => self.accepted(accepted).await,
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => {}
            }
        }
        self.say_goodbye().await;
    }

    async fn accepted(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((tcp, _)) => {
                let limit = self.shared.look(|server, _| server.limits().connections);
                // Requests for tokens come over connections of their own, so there is room for as many again.
                if self.tasks.len() < 2 * limit {
                    let (acceptor, shared) = (self.acceptor.clone(), Arc::clone(&self.shared));
                    self.tasks.spawn(http::serve(tcp, acceptor, shared));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection failed");
                // Out of file descriptors, most likely: at once it would fail again.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    async fn say_goodbye(self) {
        let Self { listener, shared, mut tasks, .. } = self;
        drop(listener);
        shared.act(|model, now| model.stop(&End::Close(1001, "the server stops".into()), now));
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GOODBYE, all).await.is_err() {
            tracing::debug!("some connections did not say goodbye");
        }
        tasks.shutdown().await;
    }
}
