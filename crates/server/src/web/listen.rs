//! Accepts connections, and keeps slow or silent clients from taking the place of others. There is a time limit for
//! the head of a request and for idle connections, and a connection whose client does not read is closed. If the
//! maximum number of connections is reached, those whose clients have been silent the longest are closed, so that a
//! webhook is always accepted.

mod connection;
mod connections;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use engine::proxies::TrustedProxies;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::connection::{Awaited, Watched, counted};
use self::connections::{Admitted, Connections};

/// The pause after an error that would repeat at once, such as no free file descriptor.
const BREATHER: Duration = Duration::from_millis(50);
/// The number of file descriptors reserved for other uses: the store, media, requests to Meta.
const RESERVED: u64 = 200;
/// The maximum number of connections; more would not be useful.
const MOST: u64 = 20_000;

/// What clients are allowed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of a request, or the beginning of a connection, to the end of its head.
    pub head: Duration,
    /// Between two requests. Longer than proxies keep a connection, so that they never use one that we are closing.
    pub idle: Duration,
    /// How long a client may read nothing while we write.
    pub unread: Duration,
    /// Connections at once.
    pub connections: usize,
    /// The proxies that may have more than their share of connections, besides this machine.
    pub trusted: TrustedProxies,
}

impl Limits {
    /// As many connections as this process has file descriptors for. Raises its soft limit of them first.
    pub fn of_process(trusted: TrustedProxies) -> Self {
        let connections = usize::try_from(descriptors().min(MOST)).unwrap_or(1_000);
        Self {
            head: Duration::from_secs(15),
            idle: Duration::from_secs(75),
            unread: Duration::from_secs(60),
            connections,
            trusted,
        }
    }
}

/// File descriptors that connections may use.
fn descriptors() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(65_536).min(65_536);
    let mut soft = limit.current.unwrap_or(wanted);
    if soft < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
        soft = wanted;
    }
    soft.saturating_sub(RESERVED).max(soft / 4).max(8)
}

/// Serves until `ending` changes, then finishes the requests in progress.
pub async fn serve(listener: TcpListener, routes: Router, limits: Limits, mut ending: watch::Receiver<bool>) {
    let connections = Arc::new(Connections::new(limits));
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.changed() => break,
        };
        // Drops finished tasks.
        while tasks.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let Some(admitted) = Connections::admit(&connections, peer.ip()) else { continue };
                tasks.spawn(connection(stream, peer, routes.clone(), admitted, ending.clone()));
            }
            // The client has already disconnected.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One connection to its end.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    admitted: Admitted,
    mut ending: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let activity = Arc::clone(admitted.activity());
    let service = service_fn(|request: Request<Incoming>| {
        let busy = activity.begin();
        let mut request = request.map(|body| Body::new(Awaited::new(body, Arc::clone(&activity))));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = TowerToHyperService::new(routes.clone()).call(request);
        async move { answer.await.map(|response| counted(response, busy)) }
    });
    let watched = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(watched, service);
    let mut served = std::pin::pin!(served);
    let mut stopping = false;
    loop {
        tokio::select! {
            // How a connection ends is up to the client; our response is logged with the request.
            _ = served.as_mut() => return,
            () = admitted.overdue() => return,
            _ = ending.changed(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
