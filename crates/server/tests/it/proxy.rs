//! An outgoing proxy: what is outside our network is reached through it, and what is inside is not.

use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::app::{Engine, TestApp};
use channels::Channels;

/// A proxy that connects to nothing and records the requests.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let notes = Arc::clone(&notes);
            tokio::spawn(async move {
                let mut lines = BufReader::new(&mut socket).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line.is_empty() {
                        break;
                    }
                    notes.lock().unwrap().push(line);
                }
                let _ = socket.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
            });
        }
    });
    (address.to_string(), asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graph_is_reached_through_the_proxy_of_the_settings() {
    let (address, asked) = proxy().await;
    let settings =
        [("https_proxy", format!("http://me:pass@{address}")), ("meta_graph_url", "https://graph.invalid".into())];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let it = TestApp::start_with_channels(Engine::Sqlite, &settings, Channels::default()).await.unwrap();
    let gateway = json!({ "kind": "meta", "name": "Lavka", "app_id": "7", "app_secret": "0123456789abcdef0123456789abcdef" });
    let (status, answer) = it.call(&it.admin, Method::POST, "/gateways", Some(gateway)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let asked = asked.lock().unwrap().clone();
    assert!(asked.contains(&"CONNECT graph.invalid:443 HTTP/1.1".to_owned()), "{asked:?}");
    let signed_in = asked.iter().any(|line| line.to_lowercase().starts_with("proxy-authorization: basic "));
    assert!(signed_in, "{asked:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_customers_come_through_it_too_and_this_computer_is_reached_without() {
    let (address, asked) = proxy().await;
    let it = TestApp::start_with(&[("https_proxy", &format!("http://{address}"))]).await;
    it.connected().await;
    let url = "https://scontent.xx.fbcdn.net/v/photo.jpg";
    it.writes("olena", json!({ "attachment": { "type": "image", "url": url } })).await;
    it.until("the proxy to be asked", async || {
        asked.lock().unwrap().iter().any(|line| line == "CONNECT scontent.xx.fbcdn.net:443 HTTP/1.1").then_some(())
    })
    .await;
    assert!(asked.lock().unwrap().iter().all(|line| !line.contains("127.0.0.1")), "{asked:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_and_the_language_model_are_reached_through_it_but_nothing_inside_our_network() {
    let (address, asked) = proxy().await;
    let it = TestApp::start_with(&[("https_proxy", &format!("http://{address}"))]).await;
    let model = async |url: &str| {
        let ai = json!({ "ai": { "url": url, "model": "small", "key": "k" } });
        let (status, answer) = it.call(&it.admin, Method::PATCH, "/settings", Some(ai)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        it.post(&it.admin, "/settings/ai/test", json!({})).await["message"].as_str().unwrap().to_owned()
    };
    model("https://157.240.1.1/v1").await;
    assert!(asked.lock().unwrap().contains(&"CONNECT 157.240.1.1:443 HTTP/1.1".to_owned()), "{asked:?}");
    // The proxy would resolve this name, and could be led into our own network.
    let refused = model("https://crm.invalid/v1").await;
    assert!(refused.contains("crm.invalid") && refused.contains("DESKBELL_WEBHOOK_HOSTS"), "{refused}");
    assert!(asked.lock().unwrap().iter().all(|line| !line.contains("crm.invalid")), "{asked:?}");

    let hook = json!({ "url": "https://157.240.1.2/hook", "events": ["message.created"] });
    let hook = it.post(&it.admin, "/webhooks", hook).await["id"].clone();
    it.post(&it.admin, &format!("/webhooks/{}/test", hook.as_str().unwrap()), json!({})).await;
    let line = "CONNECT 157.240.1.2:443 HTTP/1.1";
    it.until("the proxy to be asked", async || asked.lock().unwrap().iter().any(|it| it == line).then_some(()))
        .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_names_the_proxy_and_no_command_its_password() {
    let (address, _) = proxy().await;
    let it = TestApp::start().await;
    let settings = [
        ("DESKBELL_HTTPS_PROXY", &*format!("http://me:hidden@{address}")),
        ("DESKBELL_META_GRAPH_URL", "https://graph.invalid"),
    ];
    let (_, printed, _) = it.command(&["doctor", "--json"], &settings).await;
    let looks: Value = serde_json::from_str(&printed).unwrap();
    let look = looks.as_array().unwrap().iter().find(|look| look["what"] == "https_proxy").unwrap();
    assert!(look["state"] == "ok" && look["message"].as_str().unwrap().contains(&address), "{look}");
    let (_, listed, _) = it.command(&["config", "--json"], &settings).await;
    assert!(listed.contains(&address) && !listed.contains("hidden") && !printed.contains("hidden"), "{listed}");
    let gone = [("DESKBELL_HTTPS_PROXY", "http://127.0.0.1:1")];
    let (code, printed, _) = it.command(&["doctor"], &gone).await;
    assert!(code == Some(1) && printed.contains("127.0.0.1:1 does not answer"), "{printed}");
    it.stop().await;
}
