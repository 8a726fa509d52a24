//! A sandbox with a state file is stopped and started again.

use crate::support::{Bench, LAVKA};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A path in a separate folder, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("deskbell-sandbox-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("sandbox.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_restarted_sandbox_continues_its_world() {
    let folder = Folder::new("restarted");
    let bench = Bench::start_with(Some(folder.state())).await;
    let token = bench.connect(LAVKA).await;
    let psid = bench.say("olena", json!({ "text": "Hello" })).await["psid"].clone();
    // The first bytes of a PNG.
    bench
        .say("olena", json!({ "attachment": { "type": "image", "name": "a.png", "data": "iVBORw0KGgo=" } }))
        .await;
    let before = bench.thread("olena").await;
    let mid = &before["messages"][0]["mid"];
    bench.stop().await;

    let bench = Bench::start_with(Some(folder.state())).await;
    let (status, page) = bench.graph_get(&format!("/{LAVKA}?fields=name"), &token).await;
    assert_eq!((status, &page["name"]), (200, &json!("Lavka")), "the token still works: {page}");
    let thread = bench.thread("olena").await;
    assert_eq!(&thread["messages"][0]["mid"], mid, "{thread}");
    let file = thread["messages"][1]["attachments"][0]["url"].as_str().unwrap();
    assert_ne!(file, before["messages"][1]["attachments"][0]["url"], "it is at the address of today");
    assert_eq!(bench.http.get(file).send().await.unwrap().bytes().await.unwrap()[1..4], *b"PNG");
    let sent = json!({ "recipient": { "id": psid }, "messaging_type": "RESPONSE", "message": { "text": "Welcome back" } });
    let (status, answer) = bench.graph_post(&format!("/{LAVKA}/messages"), &token, sent).await;
    assert_eq!(status, 200, "the window is still open: {answer}");
    assert_ne!(&answer["message_id"], mid, "no message id is used twice");
    bench.stop().await;
    assert_eq!(names(&folder.0), ["sandbox.files", "sandbox.json"], "nothing half-written is left");
}

#[tokio::test]
async fn a_broken_state_is_moved_aside() {
    let folder = Folder::new("broken");
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.state(), "{\"base_url\": \"http://localh").unwrap();
    let bench = Bench::start_with(Some(folder.state())).await;
    bench.connect(LAVKA).await;
    bench.stop().await;
    assert_eq!(names(&folder.0), ["sandbox.broken", "sandbox.json"]);
}
