//! What files are, what they are called, and who may send them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::media::upload;

/// The beginning of an MP4 of the brand that voice messages and films share, without an index.
const BARE: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x08mdat";

/// An MP4 with one track of this kind.
fn mp4(kind: &[u8; 4]) -> Vec<u8> {
    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat()
    }
    let handler = boxed(b"hdlr", &[&[0; 8][..], kind, &[0; 12]].concat());
    let index = boxed(b"moov", &boxed(b"trak", &boxed(b"mdia", &handler)));
    [&BARE[..24], &boxed(b"mdat", &[7; 500]), &index].concat()
}

/// The first file of a customer's message, once it is stored.
async fn stored(it: &TestApp, token: &str, id: &str, text: &str) -> Value {
    it.until("the file", async || {
        let thread = it.get(token, &format!("/conversations/{id}/messages?limit=200")).await;
        let message = thread["items"].as_array()?.iter().find(|message| message["text"] == text)?.clone();
        (message["attachments"][0]["status"] == "stored").then(|| message["attachments"][0].clone())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_message_is_sound_for_everyone() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    for (text, kind, bytes, shown, mime) in [
        ("a voice message without an index", "audio", BARE.to_vec(), "audio", "audio/mp4"),
        ("a voice message with an index", "audio", mp4(b"soun"), "audio", "audio/mp4"),
        ("a film that is called a voice message", "audio", mp4(b"vide"), "video", "video/mp4"),
        ("sound that is called a film", "video", mp4(b"soun"), "audio", "audio/mp4"),
        ("a film", "video", mp4(b"vide"), "video", "video/mp4"),
        ("a document that is called a picture", "image", b"%PDF-1.7".to_vec(), "file", "application/pdf"),
    ] {
        let attachment = json!({ "type": kind, "data": STANDARD.encode(&bytes) });
        it.writes("olena", json!({ "text": text, "attachment": attachment })).await;
        let file = stored(&it, &ben, &id, text).await;
        assert_eq!((&file["type"], &file["mime"]), (&json!(shown), &json!(mime)), "{text}");
        let url = format!("{}{}", it.url, file["url"].as_str().unwrap());
        let read = it.http().get(url).bearer_auth(&ben).send().await.unwrap();
        let place = read.headers()["content-disposition"].to_str().unwrap().to_owned();
        if shown == "file" {
            assert!(place.starts_with("attachment"), "{text}: {place}");
        } else {
            assert_eq!(read.headers()["content-type"], mime, "{text}");
            assert!(place.starts_with("inline"), "{text}: {place}");
        }
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_threads_say_how_long_a_voice_message_is() {
    const VOICE: &[u8] = include_bytes!("../../../engine/src/clients/recording/silence.m4a");
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let length =
        async |id: &str| it.get(&ben, &format!("/conversations/{id}")).await["last_message"]["file"].clone();

    it.writes("olena", json!({ "attachment": { "type": "audio", "data": STANDARD.encode(VOICE) } })).await;
    let file = it.until("the customer's", async || length(&id).await["seconds"].as_u64()).await;
    assert_eq!(file, 12);

    let (_, medium) = upload(&it, &ben, &id, "voice.m4a", VOICE).await;
    let reply = json!({ "attachment_ids": [medium["id"]] });
    let reply = it.post(&ben, &format!("/conversations/{id}/messages"), reply).await;
    assert_eq!(reply["attachments"][0]["seconds"], 12);
    assert_eq!(length(&id).await["seconds"], 12);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_that_an_agent_uploads_leaves_as_sound() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    for (name, bytes) in [("voice.m4a", BARE.to_vec()), ("recording.mp4", mp4(b"soun"))] {
        let (status, medium) = upload(&it, &ben, &id, name, &bytes).await;
        assert_eq!((status, &medium["mime"]), (StatusCode::CREATED, &json!("audio/mp4")), "{medium}");
        let reply = json!({ "attachment_ids": [medium["id"]] });
        let reply = it.post(&ben, &format!("/conversations/{id}/messages"), reply).await;
        assert_eq!(reply["attachments"][0]["type"], "audio");
    }
    it.until("both on the phone", async || {
        let phone = it.phone("olena").await;
        let files = phone["messages"].as_array()?.iter().filter(|m| m["direction"] == "out");
        let files: Vec<Value> =
            files.flat_map(|m| m["attachments"].as_array().cloned().unwrap_or_default()).collect();
        (files.len() == 2 && files.iter().all(|file| file["type"] == "audio")).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_no_browser_draws_is_a_file() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let (status, medium) = upload(&it, &ben, &id, "photo.heic", b"\0\0\0\x20ftypheic\0\0\0\0mif1heic").await;
    assert_eq!((status, &medium["mime"]), (StatusCode::CREATED, &json!("image/heic")), "{medium}");
    let reply = json!({ "attachment_ids": [medium["id"]] });
    let reply = it.post(&ben, &format!("/conversations/{id}/messages"), reply).await;
    assert_eq!(reply["attachments"][0]["type"], "file");
    let url = format!("{}{}", it.url, medium["url"].as_str().unwrap());
    let read = it.http().get(url).bearer_auth(&ben).send().await.unwrap();
    assert!(read.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_cannot_lie_about_their_ending() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    for name in [
        "a.exe",
        "a.exe.",
        "a.exe . ",
        "a.EXE",
        "a.\u{ff45}xe",
        "a.e\u{200b}xe",
        "invoice\u{202e}fdp.exe",
        "x.hta",
    ] {
        let (status, answer) = upload(&it, &ben, &id, name, b"x").await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{name:?}: {answer}");
    }
    let (_, medium) = upload(&it, &ben, &id, "price\u{202e}list\u{2066}.pdf", b"%PDF-1.7").await;
    assert_eq!(medium["name"], "pricelist.pdf");
    let attachment = json!({ "type": "file", "name": "bill\u{202e}fdp.txt", "data": STANDARD.encode("words") });
    it.writes("olena", json!({ "text": "the bill", "attachment": attachment })).await;
    let file = stored(&it, &ben, &id, "the bill").await;
    assert!(!file["name"].as_str().unwrap().contains('\u{202e}'), "{file}");
    let url = format!("{}{}", it.url, file["url"].as_str().unwrap());
    let read = it.http().get(url).bearer_auth(&ben).send().await.unwrap();
    assert!(!read.headers()["content-disposition"].to_str().unwrap().contains("%E2%80%AE"));
    it.stop().await;
}

/// The server's response to the beginning of an upload that never ends.
async fn begun(it: &TestApp, token: &str, form: &str) -> String {
    let host = it.url.trim_start_matches("http://").to_owned();
    let mut socket = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "POST /api/v1/media HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 25000000\r\n\r\n{form}"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_someone_elses_conversation_is_not_read() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let carla = it.user("Carla", Role::Agent).await;
    let conversation = format!("--b\r\nContent-Disposition: form-data; name=\"conversation_id\"\r\n\r\n{id}\r\n");
    let file = |name: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nthe first bytes")
    };
    assert_eq!(begun(&it, &carla, &format!("{conversation}{}", file("a.txt"))).await, "HTTP/1.1 404");
    assert_eq!(begun(&it, &ben, &format!("{conversation}{}", file("a.exe"))).await, "HTTP/1.1 415");
    // Nothing of either stayed. The customer's picture may be there.
    let media = it.config.data_dir.join("media");
    let left =
        std::fs::read_dir(media).unwrap().flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let parts: Vec<_> = left
        .map(|file| file.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".part"))
        .collect();
    assert!(parts.is_empty(), "{parts:?}");
    // If the file comes first, the right to it is checked afterwards.
    for (token, status) in [(&carla, StatusCode::NOT_FOUND), (&ben, StatusCode::CREATED)] {
        let part = reqwest::multipart::Part::bytes(b"words".to_vec()).file_name("a.txt");
        let form = reqwest::multipart::Form::new().part("file", part).text("conversation_id", id.clone());
        let request = it.http().post(format!("{}/api/v1/media", it.url)).bearer_auth(token).multipart(form);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    it.stop().await;
}
