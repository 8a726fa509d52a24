//! The product under measurement: the release binary on an empty data folder, prepared as an administrator would, by
//! command line and API, until a Page is connected and subscribed.

use crate::body::{APP_ID, APP_SECRET, PAGE_ID};
use crate::graph::Graph;
use crate::process::Process;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take to become so: thousands of the bot's answers leave at the rate that Meta allows.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a longer wait is reported.
const NOTE: Duration = Duration::from_secs(10);
const EMAIL: &str = "bench@example.org";

/// A running Deskbell.
pub struct Product {
    process: Process,
    /// Its address.
    pub url: String,
    /// Where webhooks go, once connected.
    pub webhook_url: String,
    /// The gateway's id, once connected.
    gateway: String,
    /// An administrator's API token.
    pub token: String,
    /// For its API.
    pub http: reqwest::Client,
    /// From the process's start until `/readyz` answered 200.
    pub ready_after: Duration,
}

impl Product {
    /// Starts one on a data folder, which may be new.
    pub async fn start(data: &Path, graph: &Graph) -> Result<Self, String> {
        let address = free_address()?;
        let url = format!("http://{address}");
        let token = match std::fs::read_to_string(data.join("bench-token")) {
            Ok(token) => token,
            Err(_) => make_administrator(data)?,
        };
        let media = graph.url.trim_start_matches("http://");
        let mut serve = deskbell(data)?;
        serve.arg("serve").env("DESKBELL_LISTEN", &address).env("DESKBELL_PUBLIC_URL", &url);
        serve.env("DESKBELL_META_GRAPH_URL", &graph.url).env("DESKBELL_META_DIALOG_URL", &graph.url);
        serve.env("DESKBELL_META_MEDIA_HOSTS", media);
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| format!("The HTTP client could not be made: {error}."))?;
        let started = Instant::now();
        let process = Process::start(serve.stdout(Stdio::null()))?;
        let mut product = Self {
            process,
            url,
            webhook_url: String::new(),
            gateway: String::new(),
            token,
            http,
            ready_after: Duration::ZERO,
        };
        product.wait_until_ready(started).await?;
        Ok(product)
    }

    async fn wait_until_ready(&mut self, started: Instant) -> Result<(), String> {
        loop {
            let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                self.ready_after = started.elapsed();
                return Ok(());
            }
            if let Some(status) = self.process.ended() {
                return Err(format!("`deskbell serve` ended before it was ready ({status})."));
            }
            if started.elapsed() > Duration::from_secs(30) {
                return Err("`deskbell serve` was not ready after 30 s.".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Makes the gateway, walks through the login and switches the Page on.
    pub async fn connect(&mut self) -> Result<(), String> {
        let gateway = self
            .call(
                "POST",
                "/gateways",
                Some(json!({
                    "kind": "meta", "name": "Bench", "app_id": APP_ID, "app_secret": APP_SECRET, "enabled": true,
                    // As many as Meta allows: the product is measured, not its patience with the Page inbox.
                    "page_rate": 300,
                })),
            )
            .await?;
        let id = text(&gateway, "id")?;
        self.webhook_url = text(&gateway, "webhook_url")?;
        let attempt = self.call("POST", &format!("/gateways/{id}/connect"), None).await?;
        let (dialog, attempt) = (text(&attempt, "url")?, text(&attempt, "attempt_id")?);
        let query = |name: &str| {
            let query = dialog.split_once('?')?.1;
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        let state = query("state").ok_or("The login dialog's address carries no state.")?;
        // What the person's browser does after the dialog: the redirect with a code.
        let back = format!("{}?code=bench-code&state={state}", self.webhook_url);
        let answer = self.http.get(back).send().await.map_err(|error| format!("The redirect failed: {error}."))?;
        if answer.status() != 200 {
            return Err(format!("The redirect was answered {}.", answer.status()));
        }
        let path = format!("/gateways/{id}/connect/{attempt}");
        self.until("the Page is connected", async || {
            let attempt = self.call("GET", &path, None).await?;
            match attempt["state"].as_str() {
                Some("done") => Ok(true),
                Some("failed") => Err(format!("Connecting failed: {}", attempt["message"])),
                _ => Ok(false),
            }
        })
        .await?;
        self.gateway = id;
        self.switch_on(PAGE_ID).await
    }

    /// Switches message retrieval of an account on that the login brought.
    pub async fn switch_on(&self, account: &str) -> Result<(), String> {
        let path = format!("/gateways/{}/accounts/{account}", self.gateway);
        self.call("PATCH", &path, Some(json!({"subscribed": true}))).await.map(drop)
    }

    /// Publishes a flow and lets the gateway's customers begin with it. Answers where webhooks go.
    pub async fn use_flow(&self, name: &str, body: Value) -> Result<String, String> {
        let flow = self.call("POST", "/flows", Some(json!({"name": name, "body": body}))).await?;
        let flow = text(&flow, "id")?;
        self.call("POST", &format!("/flows/{flow}/publish"), None).await?;
        let gateways = self.call("GET", "/gateways", None).await?;
        let gateway = &gateways["items"][0];
        let path = format!("/gateways/{}", text(gateway, "id")?);
        self.call("PATCH", &path, Some(json!({"flow_id": flow}))).await?;
        text(gateway, "webhook_url")
    }

    /// Waits until no delivery is pending and says how long that took.
    pub async fn drained(&self) -> Result<Duration, String> {
        let started = Instant::now();
        self.until("all deliveries are worked on", async || {
            let pending = self.call("GET", "/deliveries?state=pending&limit=1", None).await?;
            Ok(pending["items"].as_array().is_some_and(Vec::is_empty))
        })
        .await?;
        Ok(started.elapsed())
    }

    /// Waits until the bot's answers have all left.
    pub async fn silent(&self) -> Result<(), String> {
        self.until("everything is sent", async || {
            let answer = self.http.get(format!("{}/metrics", self.url)).send().await;
            let text = match answer {
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(_) => return Ok(false),
            };
            Ok(text.lines().any(|line| line == "deskbell_outbox_waiting 0"))
        })
        .await
    }

    /// Says if a delivery came to anything but a conversation: then the figures mean nothing.
    pub async fn check(&self) -> Result<(), String> {
        for state in ["failed", "ignored"] {
            let found = self.call("GET", &format!("/deliveries?state={state}&limit=1"), None).await?;
            if let Some(delivery) = found["items"].as_array().and_then(|items| items.first()) {
                return Err(format!("A delivery is {state}, so this run measured nothing: {delivery}"));
            }
        }
        Ok(())
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, done: impl AsyncFn() -> Result<bool, String>) -> Result<(), String> {
        let started = Instant::now();
        let mut next_note = NOTE;
        while !done().await? {
            if started.elapsed() > PATIENCE {
                return Err(format!("After {} s it is still not so that {what}.", PATIENCE.as_secs()));
            }
            if started.elapsed() > next_note {
                eprintln!("  after {} s: waiting until {what}", next_note.as_secs());
                next_note += NOTE;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// An API call of the administrator that must succeed.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        self.call_as(&self.token, method, path, body).await
    }

    /// An API call that must succeed, of the user who has this token.
    pub async fn call_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|error| format!("{error}"))?;
        let mut request = self.http.request(method.clone(), format!("{}/api/v1{path}", self.url));
        request = request.bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|error| format!("{method} {path} failed: {error}."))?;
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        if !status.is_success() {
            return Err(format!("{method} {path} was answered {status}: {text}"));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// The most memory that it ever held, in MB.
    pub fn peak(&self) -> f64 {
        self.process.peak().unwrap_or(0.0)
    }

    /// Memory that it holds now, in MB.
    pub fn memory(&self) -> f64 {
        self.process.memory().unwrap_or(0.0)
    }
}

/// `user add` and `token create`; the token stays beside the data for the next start.
fn make_administrator(data: &Path) -> Result<String, String> {
    let mut add = deskbell(data)?;
    add.args(["user", "add", "--email", EMAIL, "--name", "Bench", "--role", "administrator", "--password-stdin"]);
    output(&mut add, "correct horse battery staple\n")?;
    let mut create = deskbell(data)?;
    let token = output(create.args(["token", "create", "--user", EMAIL, "--name", "bench"]), "")?;
    let token = token.trim().to_owned();
    std::fs::write(data.join("bench-token"), &token)
        .map_err(|error| format!("The token could not be kept: {error}."))?;
    Ok(token)
}

fn deskbell(data: &Path) -> Result<Command, String> {
    let binary = std::env::var_os("DESKBELL_BINARY").ok_or("DESKBELL_BINARY does not name the binary.")?;
    let mut command = Command::new(binary);
    // A folder without a deskbell.toml, and no setting of the person who measures.
    command.current_dir(data);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DESKBELL_")) {
        command.env_remove(name);
    }
    command.env("DESKBELL_DATA_DIR", data).env("DESKBELL_LOG", "warn");
    Ok(command)
}

fn output(command: &mut Command, input: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("deskbell could not be run: {error}.");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that asks for nothing may be gone already.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("deskbell failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("An answer has no `{name}`: {value}"))
}

fn free_address() -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("No port is free: {error}."))?;
    Ok(listener.local_addr().map_err(|error| format!("{error}"))?.to_string())
}
