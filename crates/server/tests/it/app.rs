//! A separate server and sandbox for each test, on free ports and in a temporary folder.

mod command;
mod login;
mod sign_in;

use std::net::SocketAddr;
use std::time::Duration;

use channels::Channels;
use domain::id::UserId;
use domain::role::Role;
use engine::clock::{Clock, IdMaker};
use engine::config::Config;
use engine::{secrets, workers};
use reqwest::{Method, StatusCode};
use sandbox::{Options, Sandbox, Seed};
use serde_json::{Value, json};
use server::app::App;
use server::web;
use server::web::listen::{self, Limits};
use server::web::slow_body::Patience;
use store::table::user::{self, NewUser};
use store::table::{agent, token as api_token};
use store::{Batch, Signal, Store};

pub use self::sign_in::{PASSWORD, cookie};

/// How long a test waits for something to become true. Nothing is asserted about how long it takes.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The App ID and secret of the sandbox's app.
pub const APP_ID: &str = sandbox::seed::DEMO_APP_ID;
pub const APP_SECRET: &str = sandbox::seed::DEMO_APP_SECRET;
/// Pages of the sandbox.
pub const LAVKA: &str = "105500000000000001";
/// The Instagram account of that Page, and the WhatsApp number of the same business.
pub const INSTAGRAM: &str = "17841400000000001";
pub const NUMBER: &str = "106540000000001";
/// People of the sandbox.
pub const ANNA: &str = "10210000000000001";
pub const MAX: &str = "10210000000000002";

/// Where a test keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A running server with its sandbox.
pub struct TestApp {
    pub url: String,
    pub sandbox: Sandbox,
    /// The server's store, opened a second time if the server is a separate process.
    pub store: Store,
    /// The server's settings.
    pub config: Config,
    pub admin: String,
    /// The server's clock, or the machine's if the server is a separate process.
    pub clock: Clock,
    ids: IdMaker,
    client: reqwest::Client,
    folder: tempfile::TempDir,
    server: Server,
}

/// Where the server runs.
enum Server {
    /// In the test itself.
    Here { app: App, workers: Option<workers::Workers>, task: tokio::task::JoinHandle<()> },
    /// The real binary, to be killed and started again.
    Process { child: Option<std::process::Child>, flags: Vec<(&'static str, String)> },
}

impl TestApp {
    /// Starts on SQLite.
    pub async fn start() -> Self {
        Self::start_on(Engine::Sqlite).await.expect("SQLite is always there")
    }

    /// Starts on an engine; None, with a loud message, if there is no PostgreSQL to test on.
    pub async fn start_on(engine: Engine) -> Option<Self> {
        Self::begin(engine, None, &[], Channels::default(), false).await
    }

    /// Starts on SQLite with these settings besides; `{url}` in them is where it is served.
    pub async fn start_with(settings: &[(&'static str, &str)]) -> Self {
        Self::begin(Engine::Sqlite, None, settings, Channels::default(), false)
            .await
            .expect("SQLite is always there")
    }

    /// Starts on an engine with other channels than those of the program, and with these settings besides.
    pub async fn start_with_channels(
        engine: Engine,
        settings: &[(&'static str, &str)],
        channels: Channels,
    ) -> Option<Self> {
        Self::begin(engine, None, settings, channels, false).await
    }

    /// Starts the real binary on SQLite, as a process that can be killed.
    pub async fn start_process() -> Self {
        Self::start_process_on(Engine::Sqlite, "debug").await.expect("SQLite is always there")
    }

    /// Starts the real binary on an engine, with this log filter.
    pub async fn start_process_on(engine: Engine, log: &str) -> Option<Self> {
        Self::begin(engine, Some(log), &[], Channels::default(), false).await
    }

    /// Starts the real binary on an engine, with these settings besides.
    pub async fn start_process_with(engine: Engine, settings: &[(&'static str, &str)]) -> Option<Self> {
        Self::begin(engine, Some("debug"), settings, Channels::default(), false).await
    }

    /// Starts on SQLite, with limits on slow clients that a test can wait for.
    pub async fn start_impatient() -> Self {
        Self::begin(Engine::Sqlite, None, &[], Channels::default(), true).await.expect("SQLite is always there")
    }

    async fn begin(
        engine: Engine,
        process: Option<&str>,
        settings: &[(&'static str, &str)],
        channels: Channels,
        impatient: bool,
    ) -> Option<Self> {
        // `DESKBELL_LOG=debug cargo nextest run …` shows the server's log.
        if let Ok(filter) = std::env::var("DESKBELL_LOG") {
            let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        }
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut seed = Seed::demo();
        // On a busy machine an answer may take longer than Meta waits, and its next attempt would come after a minute.
        seed.settings.webhook_timeout_ms = 30_000;
        let sandbox = Sandbox::start(Options { listen: any, public_url: None, seed, state: None }).await.unwrap();
        let host = sandbox.url().trim_start_matches("http://").to_owned();
        let mut flags = vec![
            ("listen", address.to_string()),
            ("public_url", format!("http://{address}")),
            ("data_dir", folder.path().display().to_string()),
            ("meta_graph_url", sandbox.url().to_owned()),
            ("meta_dialog_url", sandbox.url().to_owned()),
            ("meta_instagram_graph_url", format!("{}/instagram-graph", sandbox.url())),
            ("meta_instagram_dialog_url", format!("{}/instagram", sandbox.url())),
            ("meta_media_hosts", format!("{host},{}", sandbox.address())),
            ("webhook_hosts", "127.0.0.1".to_owned()),
            ("secret_key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
        ];
        let here = format!("http://{address}");
        flags.extend(settings.iter().map(|(name, value)| (*name, value.replace("{url}", &here))));
        if engine == Engine::Postgres {
            flags.push(("database_url", fresh_database().await?));
        }
        let config = Config::load(None, &flags).unwrap();
        let url = format!("http://{address}");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (store, server) = if let Some(log) = process {
            drop(listener);
            flags.push(("log", log.to_owned()));
            let child = Some(spawn(&flags, ":"));
            let server = Server::Process { child, flags };
            ready(&client, &url).await;
            (Store::open(&config.database_url).await.unwrap(), server)
        } else {
            let app = App::open_with(config.clone(), channels).await.unwrap();
            let workers = workers::start(&app, review::workers);
            let app_here = app.clone();
            let mut limits = Limits::of_process(config.trusted_proxies.clone());
            let mut patience = Patience::default();
            if impatient {
                let short = Duration::from_millis(300);
                (limits.head, limits.idle, patience.silence) = (short, short, short);
                patience.whole = Duration::from_secs(2);
            }
            let (ending, ended) = tokio::sync::watch::channel(false);
            let task = tokio::spawn(async move {
                let routes = web::router::patient_router(app_here, patience);
                listen::serve(listener, routes, limits, ended).await;
                drop(ending);
            });
            (app.store.clone(), Server::Here { app, workers: Some(workers), task })
        };
        // A node number that no server reaches in a test.
        let clock = match &server {
            Server::Here { app, .. } => app.clock.clone(),
            Server::Process { .. } => Clock::default(),
        };
        let ids = IdMaker::new(clock.clone(), 1_000);
        let mut it =
            Self { url, sandbox, store, config, admin: String::new(), clock, ids, client, folder, server };
        it.admin = it.user("Anna Admin", Role::Administrator).await;
        Some(it)
    }

    /// Kills the process as nothing can be prepared for: SIGKILL.
    pub fn kill(&mut self) {
        let Server::Process { child, .. } = &mut self.server else { panic!("only a process can be killed") };
        if let Some(mut child) = child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The id of the process.
    pub fn process(&self) -> u32 {
        let Server::Process { child: Some(child), .. } = &self.server else { panic!("no process is running") };
        child.id()
    }

    /// Starts the process again, on the same address and data.
    pub async fn restart(&mut self) {
        self.restart_after(":").await;
    }

    /// Starts the process again, after these words of a shell.
    pub async fn restart_after(&mut self, words: &str) {
        let Server::Process { child, flags } = &mut self.server else { panic!("only a process can be restarted") };
        *child = Some(spawn(flags, words));
        ready(&self.client, &self.url).await;
    }

    /// The server's own parts, if it runs in the test itself.
    pub fn app(&self) -> &App {
        let Server::Here { app, .. } = &self.server else { panic!("it runs as a process of its own") };
        app
    }

    /// Keeps the data after the test, for inspection.
    pub fn preserve(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// Adds a user and returns an API token of theirs.
    pub async fn user(&self, name: &str, role: Role) -> String {
        let token = format!("dbk_{}", secrets::token());
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let mut batch = Batch::new();
        let (id, at) = (UserId(self.ids.next()), self.clock.now());
        user::insert(&mut batch, &NewUser { id, email: &email, name, role, password: "", agent: true }, at);
        agent::add(&mut batch, id, at);
        api_token::insert(&mut batch, self.ids.next(), id, "test", &secrets::hash(&token), None, at);
        batch.notify(Signal::Config);
        self.store.commit(batch).await.unwrap();
        if let Server::Here { app, .. } = &self.server {
            app.reload().await.unwrap();
        }
        token
    }

    /// How many event streams of a user are open.
    pub fn streams(&self, user: &Value) -> usize {
        let Server::Here { app, .. } = &self.server else { panic!("only streams of this process are known") };
        app.presence.streams(user["id"].as_str().unwrap().parse().unwrap())
    }

    /// Makes a call of the API.
    pub async fn call(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Reads something that must be there.
    pub async fn get(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.call(token, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    /// Does something that must succeed.
    pub async fn post(&self, token: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(token, Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// Repeats `done` until it returns something.
    pub async fn until<T>(&self, what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
        let start = std::time::Instant::now();
        loop {
            if let Some(value) = done().await {
                return value;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain for: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Calls the sandbox's control API.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/control{path}", self.sandbox.url());
        let response = self.client.request(method, url).json(&body).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// A plain client, for what is not the API.
    pub fn http(&self) -> &reqwest::Client {
        &self.client
    }

    /// Makes the gateway of the sandbox's app, and enters its addresses in the app as an administrator would.
    pub async fn gateway(&self) -> Value {
        let input = json!({ "kind": "meta", "name": "Lavka", "app_id": APP_ID, "app_secret": APP_SECRET });
        let gateway = self.post(&self.admin, "/gateways", input).await;
        let url = gateway["webhook_url"].as_str().unwrap();
        let settings = json!({
            "redirect_uris": [url], "deauthorize_callback_url": url, "data_deletion_url": format!("{url}/data-deletion"),
        });
        self.control(Method::POST, &format!("/apps/{APP_ID}"), settings).await;
        gateway
    }

    /// The same; its id.
    pub async fn gateway_id(&self) -> String {
        self.gateway().await["id"].as_str().unwrap().to_owned()
    }

    /// A gateway whose page Lavka is connected and switched on.
    pub async fn connected(&self) -> String {
        let gateway = self.gateway().await;
        let id = gateway["id"].as_str().unwrap().to_owned();
        let outcome = self.connect(&id, ANNA).await;
        assert_eq!(outcome["state"], "done", "{outcome}");
        let path = format!("/gateways/{id}/pages/{LAVKA}");
        let (status, page) =
            self.call(&self.admin, Method::PATCH, &path, Some(json!({ "subscribed": true }))).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        id
    }

    /// The same with an account on every other channel too.
    pub async fn connected_on_all_channels(&self) -> String {
        let id = self.connected().await;
        self.connect_instagram(&id).await;
        self.connect_whatsapp(&id).await;
        id
    }

    /// The customer writes.
    pub async fn writes(&self, customer: &str, body: Value) -> Value {
        self.control(Method::POST, &format!("/pages/{LAVKA}/customers/{customer}/messages"), body).await
    }

    /// What the customer's phone shows.
    pub async fn phone(&self, customer: &str) -> Value {
        self.control(Method::GET, &format!("/pages/{LAVKA}/customers/{customer}/messages"), json!({})).await
    }

    /// Waits until the customer's phone shows a message of the page with these words.
    pub async fn phone_shows(&self, customer: &str, words: &str) -> Value {
        self.until(&format!("\"{words}\" on the phone"), async || {
            let phone = self.phone(customer).await;
            let found = phone["messages"].as_array()?.iter().find(|message| {
                message["direction"] == "out" && message["text"].as_str().is_some_and(|text| text.contains(words))
            });
            found.cloned()
        })
        .await
    }

    /// Asks for an agent through the bot, from the first message on.
    pub async fn asks_for_an_agent(&self, customer: &str) {
        self.writes(customer, json!({ "text": "Hello" })).await;
        let menu = self
            .until("the bot's menu", async || {
                let phone = self.phone(customer).await;
                let messages = phone["messages"].as_array()?.clone();
                messages
                    .into_iter()
                    .find(|m| m["quick_replies"].as_array().is_some_and(|choices| !choices.is_empty()))
            })
            .await;
        let choice = menu["quick_replies"]
            .as_array()
            .unwrap()
            .iter()
            .find(|choice| choice["title"] == "Talk to an agent")
            .expect("the menu offers an agent");
        let tap = json!({ "text": choice["title"], "quick_reply_payload": choice["payload"] });
        self.writes(customer, tap).await;
    }

    /// Toggles Call Center on.
    pub async fn online(&self, token: &str) {
        let (status, body) =
            self.call(token, Method::PUT, "/me/status", Some(json!({ "status": "online" }))).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    /// Waits until a conversation is offered to this user.
    pub async fn offered(&self, token: &str) -> Value {
        let me = self.get(token, "/me").await["user"]["id"].clone();
        self.until("an offer", async || {
            let list = self.get(token, "/conversations?state=offered").await;
            list["items"].as_array()?.iter().find(|it| it["offer"]["agent_id"] == me).cloned()
        })
        .await
    }

    /// The workers that run in this process.
    pub fn workers(&self) -> Vec<&'static str> {
        let Server::Here { app, .. } = &self.server else { panic!("only workers of this process are known") };
        app.workers.running()
    }

    /// Stops the background work; requests are still handled.
    pub async fn stop_workers(&mut self) {
        let Server::Here { workers, .. } = &mut self.server else {
            panic!("only workers of this process can be stopped")
        };
        if let Some(workers) = workers.take() {
            workers.stop().await;
        }
    }

    /// Stops everything in order, so that nothing of a test continues into the next.
    pub async fn stop(mut self) {
        if matches!(self.server, Server::Process { .. }) {
            self.kill();
        }
        if let Server::Here { app, workers, task } = &mut self.server {
            app.hub.close();
            if let Some(workers) = workers.take() {
                workers.stop().await;
            }
            task.abort();
        }
        self.sandbox.stop().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that fails must not leave a process running.
        if let Server::Process { child: Some(child), .. } = self {
            let _ = child.kill();
        }
    }
}

fn spawn(flags: &[(&'static str, String)], words: &str) -> std::process::Child {
    let folder = &flags.iter().find(|(name, _)| *name == "data_dir").expect("every test has one").1;
    let log = std::fs::OpenOptions::new().create(true).append(true).open(format!("{folder}/server.log")).unwrap();
    let settings = flags.iter().map(|(name, value)| (format!("DESKBELL_{}", name.to_uppercase()), value));
    // A write beyond the limit on files (tests/it/disk_full.rs) is an error like any other, not a signal that ends us.
    std::process::Command::new("sh")
        .args(["-c", &format!("{words}; trap '' XFSZ; exec \"$0\" serve"), env!("CARGO_BIN_EXE_deskbell")])
        .envs(settings)
        .stdout(std::process::Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

async fn ready(client: &reqwest::Client, url: &str) {
    let start = std::time::Instant::now();
    loop {
        match client.get(format!("{url}/readyz")).send().await {
            Ok(response) if response.status().is_success() => return,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        assert!(start.elapsed() < PATIENCE * 3, "the server did not become ready");
    }
}

/// A fresh database on the test server.
pub async fn fresh_database() -> Option<String> {
    let server = store::testing::postgres_server()?;
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let name = format!("it_{}", secrets::letters(12));
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    Some(format!("{}/{name}", server.rsplit_once('/').unwrap().0))
}
