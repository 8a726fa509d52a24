//! Pictures and files both ways, names that come late, and streams that are cut.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;
use domain::role::Role;

/// The smallest PNG there is: one grey point.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1,
    8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0,
    0x82, 0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

async fn upload(it: &TestApp, token: &str, id: &str, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new().text("conversation_id", id.to_owned()).part("file", part);
    let response = it
        .http()
        .post(format!("{}/api/v1/media", it.url))
        .bearer_auth(token)
        .multipart(form)
        .send()
        .await
        .unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_each_way_and_one_that_fails_twice_and_then_arrives() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.control(Method::POST, "/faults", json!({ "kind": "cdn", "status": 500, "times": 2 })).await;
    it.writes("olena", json!({ "attachment": { "type": "image" } })).await;
    let picture = it
        .until("the picture", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            let messages = thread["items"].as_array()?;
            let message = messages.iter().find(|m| m["kind"] == "attachment" && m["direction"] == "in")?;
            (message["attachments"][0]["status"] == "stored").then(|| message["attachments"][0].clone())
        })
        .await;
    let url = format!("{}{}", it.url, picture["url"].as_str().unwrap());
    let read = it.http().get(&url).bearer_auth(&ben).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    assert!(picture["width"].as_u64() > Some(0) && picture["height"].as_u64() > Some(0), "{picture}");
    assert!(read.headers()["content-type"].to_str().unwrap().starts_with("image/"));
    assert!(read.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(read.headers()["x-content-type-options"], "nosniff");
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.http().get(&url).bearer_auth(&carla).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(it.http().get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let (status, medium) = upload(&it, &ben, &id, "receipt.png", PNG.to_vec()).await;
    assert_eq!(status, StatusCode::CREATED, "{medium}");
    assert_eq!(medium["mime"], "image/png");
    let words = json!({ "text": "Here it is", "attachment_ids": [medium["id"]] });
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), words.clone()).await;
    assert_eq!(sent["attachments"][0]["status"], "stored");
    it.phone_shows("olena", "Here it is").await;
    it.until("the picture on the phone", async || {
        let phone = it.phone("olena").await;
        let found = phone["messages"].as_array()?.iter().any(|m| {
            m["direction"] == "out" && m["attachments"].as_array().is_some_and(|files| !files.is_empty())
        });
        found.then_some(())
    })
    .await;
    let (status, _) = it.call(&ben, Method::POST, &format!("/conversations/{id}/messages"), Some(words)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "an upload is sent once");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_picture_is_shown_small_and_opens_whole() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let mut large = std::io::Cursor::new(Vec::new());
    let noise = |x: u32, y: u32| image::Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x ^ y) as u8]);
    image::RgbImage::from_fn(1_200, 900, noise).write_to(&mut large, image::ImageFormat::Png).unwrap();
    let large = large.into_inner();
    let (status, medium) = upload(&it, &ben, &id, "large.png", large.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{medium}");
    let words = json!({ "attachment_ids": [medium["id"]] });
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), words).await;
    let fetch = async |url: &Value| {
        let url = format!("{}{}", it.url, url.as_str().unwrap());
        let read = it.http().get(url).bearer_auth(&ben).send().await.unwrap();
        assert!(read.headers()["content-type"].to_str().unwrap().starts_with("image/"));
        read.bytes().await.unwrap()
    };
    let shown = &sent["attachments"][0];
    let small = fetch(&shown["thumb_url"]).await;
    let read = image::load_from_memory(&small).unwrap();
    assert_eq!((read.width(), read.height()), (480, 360));
    assert_eq!((&shown["width"], &shown["height"]), (&json!(1_200), &json!(900)));
    assert_eq!(fetch(&shown["url"]).await, large);
    let (status, tiny) = upload(&it, &ben, &id, "tiny.png", PNG.to_vec()).await;
    assert_eq!(status, StatusCode::CREATED);
    let whole = format!("{}?size=thumb", tiny["url"].as_str().unwrap());
    assert_eq!(fetch(&json!(whole)).await, PNG, "what is small already is its own small picture");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_too_large_or_of_a_refused_kind_are_not_kept() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    assert_eq!(
        upload(&it, &ben, &id, "page.html", b"<script>".to_vec()).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(upload(&it, &ben, &id, "a.png", b"MZ\x90\0".to_vec()).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = vec![b'x'; 25 * 1024 * 1024 + 1];
    assert_eq!(upload(&it, &ben, &id, "large.txt", large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, disguised) = upload(&it, &ben, &id, "photo.png", b"<svg onload=alert(1)>".to_vec()).await;
    assert_eq!(status, StatusCode::CREATED);
    let url = format!("{}{}", it.url, disguised["url"].as_str().unwrap());
    let read = it.http().get(url).bearer_auth(&ben).send().await.unwrap();
    assert!(read.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    it.stop().await;
}

/// Reads events of a stream until `enough`, as name and data, with the last id.
pub async fn listen(
    it: &TestApp,
    token: &str,
    last: Option<&str>,
    enough: impl Fn(&[(String, Value)]) -> bool,
) -> (Vec<(String, Value)>, String) {
    let mut request = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(token);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut stream = response.bytes_stream();
    let (mut text, mut events, mut id) = (String::new(), Vec::new(), last.unwrap_or_default().to_owned());
    while let Some(chunk) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
        while let Some((frame, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                frame.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
            };
            if let Some(new) = field("id:") {
                id = new;
            }
            if let Some(name) = field("event:") {
                events.push((
                    name,
                    serde_json::from_str(&field("data:").unwrap_or_default()).unwrap_or(Value::Null),
                ));
            }
            text = rest.to_owned();
            if enough(&events) {
                return (events, id);
            }
        }
    }
    (events, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_cut_resumes_without_missing_anything() {
    let it = TestApp::start().await;
    let (ben, _, _) = active(&it).await;
    let (_, last) = listen(&it, &ben, None, |events| !events.is_empty()).await;
    for n in 0..5 {
        it.writes("olena", json!({ "text": format!("While you were away {n}") })).await;
    }
    let received = |events: &[(String, Value)]| {
        events.iter().filter(|(name, data)| name == "message" && data["message"]["direction"] == "in").count() >= 5
    };
    let (events, _) = listen(&it, &ben, Some(&last), received).await;
    let texts: Vec<_> = events
        .iter()
        .filter(|(name, data)| name == "message" && data["message"]["direction"] == "in")
        .map(|(_, data)| data["message"]["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, (0..5).map(|n| format!("While you were away {n}")).collect::<Vec<_>>());
    let (events, _) = listen(&it, &ben, Some("0-999999999"), |events| !events.is_empty()).await;
    assert_eq!(events[0].0, "reset");
    let carla = it.user("Carla", Role::Agent).await;
    let (events, _) = listen(&it, &carla, Some(&last), |events| !events.is_empty()).await;
    assert!(events.iter().all(|(name, _)| name != "message"), "nobody hears what is not theirs: {events:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_comes_late_shows_in_the_offer_on_the_screen() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.control(Method::POST, "/faults", json!({ "kind": "profile", "times": 2 })).await;
    // The second source of a name is closed too.
    let closed = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/conversations"), "status": 400, "code": 10, "times": 2 });
    it.control(Method::POST, "/faults", closed).await;
    it.asks_for_an_agent("maria").await;
    let offer = it.offered(&ben).await;
    assert_eq!(offer["contact"]["name"], "Facebook user", "a neutral name until it is known");
    let (_, data) = {
        let named = |events: &[(String, Value)]| {
            events.iter().any(|(name, data)| {
                name == "conversation" && data["conversation"]["contact"]["name"] != "Facebook user"
            })
        };
        let (events, _) = listen(&it, &ben, None, named).await;
        events.last().cloned().unwrap()
    };
    assert_eq!(data["conversation_id"], offer["id"]);
    it.stop().await;
}
