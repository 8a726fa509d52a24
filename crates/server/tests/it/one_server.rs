//! One server per store, and files that only their owner reads: the real program, as processes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::app::{Engine, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_a_sqlite_store_is_refused() {
    a_second_server_is_refused(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_a_postgres_store_is_refused() {
    a_second_server_is_refused(Engine::Postgres).await;
}

async fn a_second_server_is_refused(engine: Engine) {
    let Some(mut it) = TestApp::start_process_on(engine, "info").await else { return };
    let first = it.process();
    // With the log as it is unless it is set.
    let (code, _, stderr) = it.command(&["serve", "--listen", "127.0.0.1:0"], &[]).await;
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(stderr.trim().lines().count(), 1, "one clear line: {stderr}");
    assert!(stderr.contains(&format!("process {first}")) && stderr.contains("stop that one first"), "{stderr}");

    let (code, _, stderr) = it.command(&["user", "list"], &[]).await;
    assert_eq!(code, Some(0), "commands work beside a server: {stderr}");
    it.kill();
    it.restart().await;
    it.stop().await;
}

/// A demo that is still ending has yet to write what its sandbox knows, and still has its ports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_waits_for_the_one_before_it_and_keeps_its_addresses_and_its_world() {
    let folder = tempfile::tempdir().unwrap();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (listen, sandbox) = (free(), free());
    let start = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.args(["demo", "--listen", &listen, "--sandbox-listen", &sandbox, "--data-dir"]);
        command.arg(folder.path().join("demo"));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let world = async || {
        for _ in 0..2_000 {
            let state = client.get(format!("http://{sandbox}/control/state")).send().await;
            if let Ok(state) = state {
                return state.json::<serde_json::Value>().await.unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the sandbox did not start");
    };
    let mut first = start();
    world().await;
    let message = format!("http://{sandbox}/control/pages/{}/customers/olena/messages", crate::app::LAVKA);
    assert_eq!(std::fs::read_to_string(folder.path().join("demo/.gitignore")).unwrap(), "*\n");
    let written = client.post(message).json(&serde_json::json!({ "text": "Remember me" })).send().await.unwrap();
    assert!(written.status().is_success());
    // It does not get far: no sandbox at another address, and nothing read.
    let second = start();
    let second = tokio::task::spawn_blocking(move || second.wait_with_output()).await.unwrap().unwrap();
    let printed = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && printed.contains("stop that one first"), "{printed}");
    assert!(!printed.contains("free port"), "{printed}");
    // The next one has all that the first knew.
    let process = rustix::process::Pid::from_child(&first);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    tokio::task::spawn_blocking(move || first.wait()).await.unwrap().unwrap();
    let mut third = start();
    let phone = format!("http://{sandbox}/control/pages/{}/customers/olena/messages", crate::app::LAVKA);
    world().await;
    let phone = client.get(phone).send().await.unwrap().text().await.unwrap();
    assert!(phone.contains("Remember me"), "{phone}");
    third.kill().unwrap();
    third.wait().unwrap();
}

/// The sample day continues automatically: one customer is answered, and another one comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_demo_has_customers_who_are_answered_by_colleagues() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.args(["demo", "--busy", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(folder.path().join("demo"));
    let mut demo =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(demo.stderr.take().unwrap()));
    let url = tokio::task::spawn_blocking(move || {
        lines.find_map(|line| line.unwrap().strip_prefix("Deskbell is ready: ").map(str::to_owned)).unwrap()
    });
    let url = url.await.unwrap();
    let mut token = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
    token.args(["token", "create", "--user", "anna@demo.example", "--data-dir"]).arg(folder.path().join("demo"));
    let token = tokio::task::spawn_blocking(move || token.output()).await.unwrap().unwrap();
    let token = String::from_utf8(token.stdout).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let started = std::time::Instant::now();
    let mut closed = false;
    while !closed && started.elapsed() < crate::app::PATIENCE {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let list = client.get(format!("{url}/api/v1/conversations?state=closed")).bearer_auth(token.trim());
        let list = list.send().await.unwrap();
        let list: serde_json::Value = list.json().await.unwrap();
        let by_colleague = |it: &serde_json::Value| {
            it["last_message"]["sender"]["kind"] == "agent"
                || !it["last_agent"].is_null()
                || !it["agent"].is_null()
        };
        closed = list["items"].as_array().unwrap().iter().any(by_colleague);
    }
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert!(closed, "no colleague closed a conversation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_left_open_to_others_is_closed() {
    let it = TestApp::start_process().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let saved = folder.path().join("saved");
    let run = async |words: &[&str]| {
        let place = data.display().to_string();
        let words = [words, &["--data-dir", &place, "--database-url", ""]].concat();
        let (code, out, stderr) = it.command(&words, &[("DESKBELL_SECRET_KEY", "")]).await;
        assert_eq!(code, Some(0), "{words:?}: {out} {stderr}");
        out
    };
    let open = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    run(&["doctor"]).await;
    run(&["backup", &saved.display().to_string()]).await;
    // A backup that came by email, for example, and a store with the open permissions of an earlier version.
    open(&saved, 0o644);
    open(&data, 0o755);
    open(&data.join("media"), 0o755);
    open(&data.join("secret.key"), 0o644);
    open(&data.join("deskbell.db"), 0o644);
    run(&["restore", &saved.display().to_string()]).await;
    run(&["doctor"]).await;
    let found = others_may(&data);
    assert!(found.len() > 4, "{found:?}");
    let still: Vec<_> = found.into_iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    assert!(still.is_empty(), "others may read {still:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owner_reads_what_is_written() {
    let it = TestApp::start_process().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let text = |path: &Path| path.display().to_string();
    let backup = text(&data.join("saved"));
    let data_dir = text(&data);
    for words in [
        vec!["migrate", "--data-dir", &data_dir, "--database-url", ""],
        vec!["backup", &backup, "--data-dir", &data_dir, "--database-url", ""],
    ] {
        let (code, _, stderr) = it.command(&words, &[]).await;
        assert_eq!(code, Some(0), "{words:?}: {stderr}");
    }
    assert!(data.join("saved").is_file() && data.join("deskbell.db").is_file());
    let mut seen = others_may(&data);
    // The running server's own: database, log of the database, and folders. The harness makes `server.log` and the
    // data folder itself.
    let root = it.config.data_dir.display().to_string();
    let by_harness = |name: &String| name.ends_with("server.log") || *name == root;
    seen.extend(others_may(&it.config.data_dir));
    assert!(seen.len() > 5, "{seen:?}");
    let open: Vec<_> = seen.into_iter().filter(|(name, mode)| !by_harness(name) && mode & 0o077 != 0).collect();
    assert!(open.is_empty(), "others may read {open:?}");
    it.stop().await;
}

/// A folder and all that is in it, with its mode.
fn others_may(path: &Path) -> Vec<(String, u32)> {
    let mut found = vec![(path.display().to_string(), std::fs::metadata(path).unwrap().permissions().mode())];
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            found.extend(others_may(&entry.unwrap().path()));
        }
    }
    found
}
