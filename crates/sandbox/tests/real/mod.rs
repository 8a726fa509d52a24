//! Programs that others wrote for Meta, unchanged, against the sandbox. `cargo xtask test` installs them below the target
//! folder and names the folders; without that they are skipped, and say so.

use crate::support::{APP, Bench, INSTAGRAM, LAVKA, NUMBER, SCOPES, SECRET, SYSTEM_USER, WABA};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder that the environment names; `None`, with a message on stderr, if it does not.
fn folder(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: {variable} names no folder with the clients (cargo xtask test installs them)");
    }
    found
}

/// A command with the environment that every program for a Page gets from its owner.
async fn client(bench: &Bench, program: &str, page_token: &str) -> Command {
    bench.say("olena", json!({"text": "Hello"})).await;
    let psid = bench.thread("olena").await["customer"]["psid"].as_str().unwrap().to_owned();
    let code = bench.log_in("Max Many", &["all"], SCOPES).await;
    let user = bench.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
    let mut command = Command::new(program);
    command.env("SANDBOX", bench.url("")).env("PAGE_TOKEN", page_token).env("USER_TOKEN", user);
    command.env("APP_ID", APP).env("APP_SECRET", SECRET).env("PAGE_ID", LAVKA).env("PSID", psid);
    command
}

async fn runs(mut command: Command) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("ok "), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_npm_client_finds_everything_it_asks_for() {
    let Some(folder) = folder("DESKBELL_TEST_NODE_CLIENTS") else { return };
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let mut command = client(&bench, "node", &token).await;
    command.arg("client.js").current_dir(folder);
    runs(command).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metas_python_sdk_finds_everything_it_asks_for() {
    let Some(folder) = folder("DESKBELL_TEST_PYTHON_CLIENTS") else { return };
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let mut command = client(&bench, "python3", &token).await;
    command.arg("client.py").env("PYTHONPATH", folder.join("site")).current_dir(&folder);
    runs(command).await;
    bench.stop().await;
}

/// A command that knows what a program for a WhatsApp number is given by its owner.
async fn with_number(bench: &Bench, program: &str) -> Command {
    // These clients know no `appsecret_proof`.
    bench.control(&format!("apps/{APP}"), json!({"require_app_secret": false})).await;
    let mut command = Command::new(program);
    command.env("SANDBOX", bench.url("")).env("NUMBER", NUMBER).env("WABA", WABA).env("TOKEN", SYSTEM_USER);
    command.env("APP_ID", APP).env("APP_SECRET", SECRET);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pywa_sends_and_receives_over_whatsapp() {
    let Some(folder) = folder("DESKBELL_TEST_PYTHON_CLIENTS") else { return };
    let bench = Bench::start().await;
    let mut command = with_number(&bench, "python3").await;
    command.arg("whatsapp.py").env("PYTHONPATH", folder.join("site")).current_dir(&folder);
    runs(command).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatsapp_api_js_sends_and_receives_over_whatsapp() {
    let Some(folder) = folder("DESKBELL_TEST_NODE_CLIENTS") else { return };
    let bench = Bench::start().await;
    let mut command = with_number(&bench, "node").await;
    command.arg("whatsapp.mjs").current_dir(folder);
    runs(command).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_npm_client_writes_to_someone_on_instagram() {
    let Some(folder) = folder("DESKBELL_TEST_NODE_CLIENTS") else { return };
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let written = bench.act(INSTAGRAM, "olena", "messages", json!({"text": "Hello"})).await;
    let mut command = Command::new("node");
    command.env("SANDBOX", bench.url("")).env("PAGE_TOKEN", token).env("APP_SECRET", SECRET);
    command.env("IGSID", written["psid"].as_str().unwrap()).arg("instagram.js").current_dir(folder);
    runs(command).await;
    let thread = bench.thread_of(INSTAGRAM, "olena").await;
    assert!(thread["messages"].to_string().contains("Вітаю"), "{thread}");
    bench.stop().await;
}

/// The bot's process; it ends with the test.
struct Bot(Child);

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bottender_bot_answers_a_customer() {
    let Some(folder) = folder("DESKBELL_TEST_NODE_CLIENTS") else { return };
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = client(&bench, "node", &token).await;
    let start = Path::new("../node_modules/bottender/bin/cli.js");
    command.arg(start).args(["start", "-p", &port.to_string()]).current_dir(folder.join("bot"));
    let _bot = Bot(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap());

    // It checks the verify token and, of every event, the SHA-1 signature over the raw body.
    let url = format!("http://127.0.0.1:{port}/webhooks/messenger");
    let order = json!({"object": "page", "callback_url": url, "verify_token": "verify-me", "fields": "messages,messaging_postbacks"});
    let path = format!("/v26.0/{APP}/subscriptions");
    let mut subscribed = serde_json::Value::Null;
    for _ in 0..200 {
        subscribed = bench.app_post(&path, &format!("{APP}|{SECRET}"), order.clone()).await.1;
        if subscribed["success"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(subscribed["success"], true, "{subscribed}");
    bench.say("ahmed", json!({"text": "Привіт 😀 bot"})).await;
    for _ in 0..200 {
        let thread = bench.thread("ahmed").await;
        let messages = thread["messages"].as_array().unwrap();
        if messages.iter().any(|message| message["text"] == "You said: Привіт 😀 bot") {
            assert_eq!(messages[0]["delivered"], true);
            return bench.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the bot never answered: {}", bench.thread("ahmed").await);
}
