//! Meta without Meta: a strict stand-in for the login dialog, the Graph API and the webhooks.
//!
//! One listener serves everything: the dialog (`/dialog/oauth`), the Graph API (all other paths, with or without a
//! version), Instagram's own hosts (`/instagram`, `/instagram-graph`), files (`/cdn`), a phone for playing the customer
//! (`/phone`), a developer dashboard (`/dashboard`) and the control API behind both (`/control`). State is in memory, and
//! in a file if one is named. "§" in the comments means a section of `docs/meta-platform.md`, the reading of the protocol
//! that this crate implements. It shares no code with the gateway: two readings of one protocol check each other.

mod ascii;
mod avatar;
mod callbacks;
mod cdn;
mod clock;
mod control;
mod crypto;
mod dialog;
mod dialog_view;
mod graph;
mod media;
mod patience;
mod phone;
pub mod seed;
mod shared;
mod state_file;
mod statics;
mod thread;
mod webhooks;
mod world;

pub use seed::Seed;

use shared::{Inner, Shared};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use world::World;

/// How to start a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How browsers and apps reach it; `http://localhost:PORT` if absent.
    pub public_url: Option<String>,
    /// What exists at the start.
    pub seed: Seed,
    /// Where the world is stored, to be found again by the next start; then `seed` counts only while there is no file.
    pub state: Option<PathBuf>,
}

/// Why a sandbox did not start.
#[derive(Debug)]
pub enum Error {
    /// The address is taken or not ours.
    Listen(SocketAddr, std::io::Error),
    /// The client for webhooks could not be made.
    Client(reqwest::Error),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listen(address, error) => {
                write!(f, "The sandbox cannot listen on {address}: {error}.")
            }
            Self::Client(error) => write!(f, "The sandbox cannot make its HTTP client: {error}."),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) => Some(error),
            Self::Client(error) => Some(error),
        }
    }
}

/// A running sandbox. Dropping it ends it too, without waiting.
pub struct Sandbox {
    url: String,
    address: SocketAddr,
    shared: Shared,
    server: JoinHandle<()>,
    dispatcher: JoinHandle<()>,
    state: Option<State>,
    restored: bool,
}

/// The file of the world, and the task that writes it.
struct State {
    path: PathBuf,
    follower: JoinHandle<()>,
}

impl Sandbox {
    /// Starts listening; returns once requests are accepted.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let listener =
            TcpListener::bind(options.listen).await.map_err(|error| Error::Listen(options.listen, error))?;
        let address = listener.local_addr().map_err(|error| Error::Listen(options.listen, error))?;
        let url = options.public_url.unwrap_or_else(|| format!("http://localhost:{}", address.port()));
        let url = url.trim_end_matches('/').to_owned();

        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::Client)?;
        let (wake, queued) = mpsc::unbounded_channel();
        let live = broadcast::channel(1024).0;
        let saved = options.state.as_deref().and_then(|path| state_file::read(path, &url));
        let restored = saved.is_some();
        let world = match saved {
            Some(saved) => World::restored(saved, options.seed, url.clone(), wake, live),
            None => World::new(options.seed, url.clone(), wake, live),
        };
        let shared: Shared = Arc::new(Inner::new(world, http));

        let dispatcher = tokio::spawn(webhooks::dispatch(shared.clone(), queued));
        let app =
            statics::router().merge(dialog::router()).merge(cdn::router()).nest("/control", control::router());
        let app = app.fallback(graph::handle).with_state(shared.clone());
        let mut stopping = shared.stopping.subscribe();
        let server = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopping.wait_for(|stopping| *stopping).await;
            };
            if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
                tracing::error!("the sandbox's listener failed: {error}");
            }
        });
        tracing::info!("the sandbox listens on {address} as {url}");
        let state = options.state.map(|path| {
            let follower = tokio::spawn(state_file::follow(shared.clone(), path.clone()));
            State { path, follower }
        });
        Ok(Self { url, address, shared, server, dispatcher, state, restored })
    }

    /// The public address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it continues a stored world.
    pub fn is_restored(&self) -> bool {
        self.restored
    }

    /// Stops listening and delivering; gives calls in progress half a second. Then the world is stored a last time.
    pub async fn stop(mut self) {
        self.shared.stopping.send_replace(true);
        if tokio::time::timeout(Duration::from_millis(500), &mut self.server).await.is_err() {
            self.server.abort();
            let _ = (&mut self.server).await;
        }
        if let Some(state) = &mut self.state {
            let _ = (&mut state.follower).await;
            state_file::write(&self.shared, &state.path).await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stopping.send_replace(true);
        self.server.abort();
        self.dispatcher.abort();
        if let Some(state) = &self.state {
            state.follower.abort();
        }
    }
}
