//! All of a submission as one file: every part is in it, and no secret.

use std::io::{Cursor, Read as _};

use reqwest::{Method, StatusCode};
use serde_json::json;
use store::testing;

use super::{patched, permission, review};
use crate::app::{APP_SECRET, TestApp};

/// The archive's entries, by name.
async fn archive(it: &TestApp, gateway: &str) -> Vec<(String, Vec<u8>)> {
    let url = format!("{}/api/v1/gateways/{gateway}/review/archive", it.url);
    let response = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/zip");
    unpacked(response.bytes().await.unwrap().to_vec())
}

fn unpacked(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let entries = 0..zip.len();
    entries
        .map(|n| {
            let mut file = zip.by_index(n).unwrap();
            let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
            file.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_holds_every_part_and_no_secret() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let own = json!({ "texts": { "pages_messaging": "Words of our own." }, "answers": { "responsible": "Lavka & Sons" } });
    patched(&it, &gateway, own).await;
    let folder = it.config.data_dir.join("review").join(&gateway);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("story.mp4"), b"a film").unwrap();
    std::fs::write(folder.join("pages_messaging.mp4"), b"another film").unwrap();
    std::fs::write(folder.join("pages_messaging.real.mp4"), b"the real one").unwrap();
    std::fs::write(folder.join(".story.mp4.part"), b"half a film").unwrap();
    let access = it.post(&it.admin, &format!("/gateways/{gateway}/review/access"), json!({})).await;
    let view = review(&it, &gateway).await;
    assert_eq!(view["recordings"], json!(["pages_messaging.real.mp4", "pages_messaging.mp4", "story.mp4"]));
    assert_eq!(permission(&view, "pages_messaging")["recorded"], "pages_messaging.real.mp4");

    let entries = archive(&it, &gateway).await;
    let text = |name: &str| {
        let entry = entries.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8_lossy(&entry.1).into_owned()
    };
    for name in [
        "index.html",
        "instructions.html",
        "instructions.txt",
        "permissions.html",
        "data-handling.html",
        "data-handling.txt",
        "checklist.html",
        "evidence.csv",
        "storyboard.html",
        "privacy.html",
        "data-deletion.html",
        "permissions/pages_show_list.txt",
        "permissions/pages_manage_metadata.txt",
        "permissions/business_asset_user_profile_access.txt",
    ] {
        assert!(!text(name).is_empty(), "{name}");
    }
    assert_eq!(text("permissions/pages_messaging.txt"), "Words of our own.\n");
    assert_eq!(text("recordings/story.mp4"), "a film");
    assert_eq!(text("recordings/pages_messaging.real.mp4"), "the real one");
    let index = text("index.html");
    let places = ["submit these", "pages_messaging.real.mp4", "don't submit", "pages_messaging.mp4"];
    let places: Vec<_> = places.map(|it| index.find(it).unwrap_or_else(|| panic!("no {it}"))).to_vec();
    assert!(places.is_sorted(), "the index tells the real ones from the patterns");
    assert!(
        text("index.html").contains("recordings/story.mp4") && text("privacy.html").contains("Lavka &amp; Sons")
    );
    assert!(text("storyboard.html").contains("Press “Log in with Facebook”"));
    // Printed where Chromium is installed; where it is not, the index says so and has no link to it.
    let view = it.get(&it.admin, &format!("/gateways/{gateway}/review")).await;
    let leads = view["documents"].as_array().unwrap().contains(&json!("instructions.pdf"));
    assert_eq!(leads, ::review::film::tools::chromium(None).is_ok());
    let printed = entries.iter().find(|(name, _)| name == "instructions.pdf");
    match printed {
        Some((_, pdf)) => assert!(pdf.starts_with(b"%PDF") && text("index.html").contains("instructions.pdf")),
        None => assert!(text("index.html").contains("There is no PDF")),
    }
    assert!(text("evidence.csv").contains("pages_manage_metadata,"));
    assert!(!entries.iter().any(|(name, _)| name.ends_with(".part") || name.ends_with("human_agent.txt")));

    for name in ["instructions.txt", "instructions.html"] {
        for part in ["email", "password", "code_word"] {
            assert!(text(name).contains(access[part].as_str().unwrap()), "{part} in {name}");
        }
    }
    assert!(text("instructions.txt").contains(access["links"][0]["url"].as_str().unwrap()));

    let sealed = testing::query(&it.store, "SELECT app_secret, verify_token FROM gateway", vec![]).await.unwrap();
    let mut secrets = vec![APP_SECRET.to_owned(), sealed[0].text(0), sealed[0].text(1), it.admin.clone()];
    let sql = "SELECT token FROM connection UNION SELECT token FROM account_access";
    let tokens = testing::query(&it.store, sql, vec![]).await;
    secrets.extend(tokens.unwrap().iter().map(|row| row.text(0)));
    for (name, bytes) in &entries {
        let text = String::from_utf8_lossy(bytes);
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!text.contains(secret.as_str()), "{name} holds a secret");
        }
        assert!(!text.contains("$argon2") && !text.contains("EAAB"), "{name}");
    }

    // One document alone, and none that isn't one.
    let path = format!("{}/api/v1/gateways/{gateway}/review/documents/instructions.txt", it.url);
    let response = it.http().get(path).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(response.headers()["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
    assert_eq!(response.text().await.unwrap(), text("instructions.txt"));
    for name in ["secret.txt", "..%2Fdeskbell.db"] {
        let path = format!("/gateways/{gateway}/review/documents/{name}");
        assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND, "{name}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_writes_the_same_archive_beside_a_running_server() {
    let it = TestApp::start_process().await;
    let gateway = it.connected().await;
    let run = |gateway: &str, out: &std::path::Path| {
        let settings = [
            ("DESKBELL_DATA_DIR", it.config.data_dir.display().to_string()),
            ("DESKBELL_PUBLIC_URL", it.url.clone()),
            ("DESKBELL_SECRET_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into()),
        ];
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.args(["review", "archive", "--gateway", gateway, "--out"]).arg(out).envs(settings);
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("review.zip");
    let (code, output, wrong) = run(&gateway, &out);
    assert_eq!(code, Some(0), "{wrong}");
    assert!(output.contains("review.zip") && !output.contains(APP_SECRET), "{output}");
    let names = |entries: Vec<(String, Vec<u8>)>| entries.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(unpacked(std::fs::read(&out).unwrap())), names(archive(&it, &gateway).await));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

    for (gateway, out, sentence) in [
        ("1", out.clone(), "There is no gateway 1"),
        (gateway.as_str(), folder.path().to_owned(), "is a folder"),
        (gateway.as_str(), folder.path().join("no/review.zip"), "There is no folder"),
    ] {
        let (code, _, wrong) = run(gateway, &out);
        assert!(code == Some(1) && wrong.contains(sentence) && wrong.trim().lines().count() == 1, "{wrong}");
    }
    it.stop().await;
}
