//! `deskbell demo`: server, sandbox and samples in one process, and a guide for the first clicks.

mod accounts;
mod busy;
mod customers;
mod guide;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use domain::role::Role;
use sandbox::seed::DEMO_APP_ID;
use sandbox::{Options, Sandbox, Seed};
use serde_json::{Value, json};
use store::table::{gateway, user};
use store::{Claim, Signal};
use tokio::net::TcpListener;

use self::guide::Guide;
use super::serve::{HANDOVER, Server, bind, log, told_to_end};
use super::{Failure, Outcome, failure, print};
use crate::app::App;
use engine::config::Config;
use engine::sessions;
use engine::users::{self, Admission, NewUser};

/// The password of all users of the demo.
pub(super) const PASSWORD: &str = "deskbell-demo";

/// `deskbell demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where the demo stores its data; delete it to start over.
    #[arg(long, value_name = "FOLDER", default_value = "deskbell-demo")]
    data_dir: PathBuf,
    /// Deskbell's address and port.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The sandbox's address and port.
    #[arg(long, default_value = "127.0.0.1:8090")]
    sandbox_listen: SocketAddr,
    /// Begins with no account connected and no customers, to go through the set-up yourself.
    #[arg(long)]
    empty: bool,
    /// Fills it with customers who keep writing and colleagues who answer them, until it ends.
    #[arg(long, conflicts_with = "empty")]
    busy: bool,
}

/// The initial data of a demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// Sample people, and nothing connected.
    Empty,
    /// Accounts of all channels, with a few waiting customers.
    Waiting,
    /// A sample day with customers and colleagues who keep working.
    Busy,
}

/// The administrator of the demo.
const ANNA: &str = "anna@demo.example";

/// A running demo.
pub(super) struct Demo {
    pub(super) server: Server,
    pub(super) sandbox: Sandbox,
    /// The tasks that run alongside it.
    tasks: Vec<tokio::task::JoinHandle<()>>,
    reconnect: bool,
    _claim: Claim,
}

impl Demo {
    /// Starts the demo. A new folder gets sample users and, unless it is to be empty, accounts and customers.
    pub(super) async fn start(
        data_dir: &Path,
        listen: SocketAddr,
        sandbox: SocketAddr,
        filling: Filling,
    ) -> Result<Self, Failure> {
        make_folder(data_dir)?;
        // This comes first: a demo that is still stopping has not written the sandbox's state yet, and still uses the
        // ports.
        let claim = Claim::take(&database(data_dir), HANDOVER).await?;
        let sandbox = start_sandbox(sandbox, &data_dir.join("sandbox.json")).await?;
        let listener = start_listener(listen).await?;
        let config = settings(data_dir, listener.local_addr()?, &sandbox)?;
        let app = App::open(config).await?;
        let fresh = sessions::is_setup_needed(&app.store).await?;
        if fresh {
            sample_people(&app).await?;
        }
        if filling == Filling::Busy {
            busy::set_up(&app).await?;
        }
        let server = Server::start(app, listener).await?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let (app, url) = (server.app.clone(), sandbox.url().to_owned());
        let mut tasks = Vec::new();
        if fresh && filling != Filling::Empty {
            let owner = user::by_email(&app.store, ANNA).await?;
            let owner = owner.ok_or_else(|| Failure("The demo has no administrator.".into()))?;
            accounts::connect(&app, &client, &url, &owner).await?;
            if filling == Filling::Busy {
                busy::past(&app).await?;
            }
            tasks.push(tokio::spawn(customers::write(client.clone(), url.clone())));
        }
        if filling == Filling::Busy {
            tasks.extend(busy::work(&app, &client, &url).await?);
        }
        tasks.push(tokio::spawn(fill_in_dashboard(app, client, url)));
        let reconnect = !fresh && !sandbox.is_restored();
        Ok(Self { server, sandbox, tasks, reconnect, _claim: claim })
    }

    /// Whether no account is connected.
    async fn is_empty(&self) -> Result<bool, Failure> {
        Ok(gateway::list(&self.server.app.store).await?.is_empty())
    }

    pub(super) async fn stop(self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
        self.server.stop().await;
        self.sandbox.stop().await;
    }
}

/// `deskbell demo`
pub(super) async fn demo(args: DemoArgs) -> Outcome {
    log(&std::env::var("DESKBELL_LOG").unwrap_or_else(|_| "warn".into()))?;
    let filling = match (args.empty, args.busy) {
        (true, _) => Filling::Empty,
        (_, true) => Filling::Busy,
        _ => Filling::Waiting,
    };
    let demo = Demo::start(&args.data_dir, args.listen, args.sandbox_listen, filling).await?;
    let url = &demo.server.app.config.public_url;
    let guide = Guide {
        deskbell: url,
        sandbox: demo.sandbox.url(),
        folder: &args.data_dir.display().to_string(),
        reconnect: demo.reconnect,
        empty: demo.is_empty().await?,
    };
    print(&guide.text())?;
    eprintln!("Deskbell is ready: {url}");
    told_to_end().await?;
    demo.stop().await;
    Ok(())
}

/// The sandbox at its address, or at a free port if that one is taken.
async fn start_sandbox(listen: SocketAddr, state: &Path) -> Result<Sandbox, Failure> {
    let at = |listen| {
        Sandbox::start(Options { listen, public_url: None, seed: Seed::demo(), state: Some(state.to_owned()) })
    };
    match at(listen).await {
        Err(sandbox::Error::Listen(_, error)) if error.kind() == std::io::ErrorKind::AddrInUse => {
            eprintln!("{listen} is in use, so the sandbox uses a free port.");
            Ok(at(SocketAddr::new(listen.ip(), 0)).await?)
        }
        other => Ok(other?),
    }
}

async fn start_listener(listen: SocketAddr) -> Result<TcpListener, Failure> {
    match TcpListener::bind(listen).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            eprintln!("{listen} is in use, so Deskbell uses a free port.");
            bind(SocketAddr::new(listen.ip(), 0)).await
        }
        Err(_) => bind(listen).await,
        Ok(listener) => Ok(listener),
    }
}

/// Creates the demo's folder, which Git ignores if it is in a repository.
fn make_folder(data_dir: &Path) -> std::io::Result<()> {
    if !data_dir.exists() {
        std::fs::create_dir_all(data_dir)?;
        std::fs::write(data_dir.join(".gitignore"), "*\n")?;
    }
    Ok(())
}

/// Where the demo stores its data.
fn database(data_dir: &Path) -> String {
    format!("sqlite:{}", data_dir.join("deskbell.db").display())
}

/// All settings are the demo's own: a settings file or environment of a real installation is ignored.
fn settings(data_dir: &Path, listen: SocketAddr, sandbox: &Sandbox) -> Result<Config, Failure> {
    let port = sandbox.address().port();
    // Our pages and the sandbox's must be on different sites, as with Meta.
    let host = if listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listen.ip().to_string() };
    let public_url = match listen {
        SocketAddr::V6(_) if !listen.ip().is_unspecified() => format!("http://{listen}"),
        _ => format!("http://{host}:{}", listen.port()),
    };
    let flags = [
        ("listen", listen.to_string()),
        ("public_url", public_url),
        ("data_dir", data_dir.display().to_string()),
        ("database_url", database(data_dir)),
        ("events_url", String::new()),
        ("secret_key", String::new()),
        ("secret_key_file", String::new()),
        ("trusted_proxies", String::new()),
        ("meta_graph_url", sandbox.url().to_owned()),
        ("meta_dialog_url", sandbox.url().to_owned()),
        ("meta_instagram_graph_url", format!("{}/instagram-graph", sandbox.url())),
        ("meta_instagram_dialog_url", format!("{}/instagram", sandbox.url())),
        ("meta_media_hosts", format!("localhost:{port},127.0.0.1:{port}")),
        ("metrics_listen", String::new()),
    ];
    Ok(Config::load(None, &flags)?)
}

async fn sample_people(app: &App) -> Outcome {
    let people = [
        (ANNA, "Anna Admin", Role::Administrator),
        ("ben@demo.example", "Ben Agent", Role::Agent),
        ("carla@demo.example", "Carla Agent", Role::Agent),
    ];
    for (email, name, role) in people {
        let new = NewUser {
            email: email.into(),
            name: name.into(),
            role: role.word(),
            password: Some(PASSWORD.into()),
            agent: Some(true),
        };
        users::add(&app.store, &app.ids, new, Admission::CommandLine).await.map_err(failure)?;
    }
    app.reload().await?;
    Ok(())
}

/// Does what an administrator would do in Meta's dashboard: as soon as a gateway for the demo's app exists, its
/// address is entered in the sandbox.
async fn fill_in_dashboard(app: App, client: reqwest::Client, sandbox: String) {
    let mut wakeup = app.store.signals().subscribe(Signal::Config);
    let mut known: Option<String> = None;
    loop {
        let gateways = gateway::list(&app.store).await.unwrap_or_default();
        let uri = gateways.into_iter().find(|it| it.app_id == DEMO_APP_ID).map(|it| it.uri);
        if let Some(uri) = uri.filter(|uri| known.as_ref() != Some(uri)) {
            let address = format!("{}/chat/{uri}", app.config.public_url);
            match paste(&client, &sandbox, &address).await {
                Ok(()) => known = Some(uri),
                Err(error) => tracing::warn!(%error, "the sandbox's dashboard cannot be filled in yet"),
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), wakeup.changed()).await;
    }
}

/// Adds an address to the sandbox's app, in addition to those already entered.
async fn paste(client: &reqwest::Client, sandbox: &str, address: &str) -> Result<(), reqwest::Error> {
    let state: Value = client.get(format!("{sandbox}/control/state")).send().await?.json().await?;
    let apps = state["apps"].as_array().cloned().unwrap_or_default();
    let app = apps.into_iter().find(|app| app["id"] == DEMO_APP_ID).unwrap_or_default();
    let mut uris = app["redirect_uris"].as_array().cloned().unwrap_or_default();
    if !uris.iter().any(|uri| uri == address) {
        uris.push(json!(address));
    }
    let changes = json!({
        "redirect_uris": uris,
        "deauthorize_callback_url": address,
        "data_deletion_url": format!("{address}/data-deletion"),
    });
    let request = client.post(format!("{sandbox}/control/apps/{DEMO_APP_ID}")).json(&changes);
    request.send().await?.error_for_status().map(|_| ())
}
