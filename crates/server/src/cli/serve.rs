//! `deskbell serve` and `deskbell sandbox`: commands that run until they are stopped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use sandbox::{Options, Sandbox, Seed};
use store::Claim;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use super::{Failure, Outcome, StoreArgs};
use crate::app::App;
use crate::web::api::probes;
use crate::web::listen::{self, Limits};
use crate::web::router;
use ::review::archive;
use engine::config::Config;
use engine::sessions;
use engine::workers;

/// How long requests in progress may take once the server is asked to stop.
const FINISH: Duration = Duration::from_secs(10);
/// How long a server that is being replaced may take to release the store before the new one is refused. It releases
/// it at its very end, and the new one is started after that, so this only covers delays of the system.
pub(super) const HANDOVER: Duration = Duration::from_secs(3);
/// Libraries that log data below "warn": rows, bodies, addresses with tokens.
const TALKATIVE: &[&str] = &["tokio_postgres", "hyper", "hyper_util", "reqwest", "h2", "rustls"];

/// `deskbell serve`
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address and port.
    #[arg(long)]
    listen: Option<String>,
    /// The URL under which browsers and Meta reach this installation.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// `deskbell sandbox`
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Address and port.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The URL under which browsers and Deskbell reach it [default: http://localhost:PORT].
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Apps, people, Pages and customers to start with, as JSON.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Stores the sandbox's state in this file and continues from it at the next start; then --seed is not read again.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Starts logging to stderr.
pub(super) fn log(filter: &str) -> Outcome {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure(format!("The setting log is \"{filter}\", which is not a valid filter: {error}."))
    })?;
    let layer =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    // A second call in one process (tests) changes nothing.
    let _ = tracing_subscriber::registry().with(filter).with(filter_fn(harmless)).with(layer).try_init();
    Ok(())
}

/// Message texts stay out of the log whatever the filter says.
fn harmless(metadata: &Metadata<'_>) -> bool {
    may_speak(metadata.target(), *metadata.level())
}

fn may_speak(target: &str, level: Level) -> bool {
    let root = target.split("::").next().unwrap_or_default();
    level <= Level::WARN || !TALKATIVE.contains(&root)
}

/// Binds an address; a port of 0 takes a free one.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure(format!("The server cannot listen on {address}: {error}.")))
}

/// `deskbell serve`
pub(super) async fn serve(file: Option<&Path>, args: ServeArgs) -> Outcome {
    let mut flags = args.store.flags();
    flags.extend(args.listen.map(|listen| ("listen", listen)));
    flags.extend(args.public_url.map(|url| ("public_url", url)));
    let mut config = Config::load(file, &flags)?;
    // The address first: if the port is taken, the store should not have been migrated.
    let listener = bind(config.listen).await?;
    if config.listen.port() == 0 {
        flags.retain(|(name, _)| *name != "listen");
        flags.push(("listen", listener.local_addr()?.to_string()));
        config = Config::load(file, &flags)?;
    }
    log(&config.log)?;
    // Before migrating, so that the store of a running server is not migrated.
    let claim = Claim::take(&config.database_url, HANDOVER).await?;
    let app = App::open(config).await?;
    if let Some(warning) = app.config.warning() {
        eprintln!("Warning: {warning}");
    }
    if sessions::is_setup_needed(&app.store).await? {
        let token = sessions::setup_token(&app.store, app.clock.now()).await?;
        eprintln!("No one can sign in yet. Create the first administrator within 24 hours at:");
        eprintln!("  {}/setup#{token}", app.config.public_url);
    }
    archive::sweep(&app).await;
    let server = Server::start(app, listener).await?;
    eprintln!("Deskbell is ready: {}", server.app.config.public_url);
    let outcome = tokio::select! {
        outcome = told_to_end() => outcome,
        () = claim.lost() => Err(Failure(
            "Another server claimed the store while this one had no connection to the database: this one stops.".into(),
        )),
    };
    server.stop().await;
    outcome
}

/// A server with its workers.
pub(super) struct Server {
    pub(super) app: App,
    workers: workers::Workers,
    ending: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Server {
    pub(super) async fn start(app: App, listener: TcpListener) -> Result<Self, Failure> {
        // Metrics start before anything could be counted.
        probes::record();
        let (ending, wakeup) = watch::channel(false);
        let mut tasks = Vec::new();
        let limits = Limits::of_process(app.config.trusted_proxies.clone());
        if let Some(address) = app.config.metrics_listen {
            let routes = probes::metrics_routes().with_state(app.clone());
            tasks.push(tokio::spawn(listen::serve(bind(address).await?, routes, limits.clone(), wakeup.clone())));
        }
        let workers = workers::start(&app, ::review::workers);
        tasks.push(tokio::spawn(listen::serve(listener, router::router(app.clone()), limits, wakeup.clone())));
        tasks.push(tokio::spawn(async move {
            let mut wakeup = wakeup;
            while tokio::time::timeout(Duration::from_secs(5), wakeup.changed()).await.is_err() {
                probes::tidy();
            }
        }));
        Ok(Self { app, workers, ending, tasks })
    }

    /// Accepts no more requests, finishes those in progress, and then the background work.
    pub(super) async fn stop(self) {
        let _ = self.ending.send(true);
        self.app.hub.close();
        let deadline = tokio::time::Instant::now() + FINISH;
        for mut task in self.tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
            }
        }
        self.workers.stop().await;
    }
}

/// Waits for Ctrl-C or SIGTERM. A second one ends the process immediately.
pub(super) async fn told_to_end() -> Outcome {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}

/// `deskbell sandbox`
pub(super) async fn sandbox(args: SandboxArgs) -> Outcome {
    let seed = match &args.seed {
        None => Seed::demo(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure(format!("{} cannot be read: {error}.", file.display())))?;
            serde_json::from_str(&text)
                .map_err(|error| Failure(format!("{} is not a valid sandbox seed: {error}.", file.display())))?
        }
    };
    log(&std::env::var("DESKBELL_LOG").unwrap_or_else(|_| "info".into()))?;
    let SandboxArgs { listen, public_url, state, .. } = args;
    let sandbox = Sandbox::start(Options { listen, public_url, seed, state }).await?;
    let url = sandbox.url();
    eprintln!("The sandbox is ready: {url}");
    eprintln!("  Play a customer:       {url}/phone");
    eprintln!("  Developer dashboard:   {url}/dashboard");
    eprintln!("  Settings for Deskbell: DESKBELL_META_GRAPH_URL={url} DESKBELL_META_DIALOG_URL={url}");
    eprintln!("                         DESKBELL_META_INSTAGRAM_GRAPH_URL={url}/instagram-graph");
    eprintln!("                         DESKBELL_META_INSTAGRAM_DIALOG_URL={url}/instagram");
    let hosts = url.split_once("://").map_or(url, |(_, host)| host);
    eprintln!("                         DESKBELL_META_MEDIA_HOSTS={hosts}");
    told_to_end().await?;
    sandbox.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_see_message_texts_only_warn() {
        assert!(may_speak("engine::outbox", Level::TRACE));
        assert!(!may_speak("tokio_postgres::query", Level::DEBUG));
        assert!(!may_speak("hyper_util::client", Level::INFO));
        assert!(may_speak("reqwest::connect", Level::WARN));
    }
}
