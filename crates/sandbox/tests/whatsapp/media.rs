//! Files in two steps, with their checksums, limits and ends.

use super::{code, writes};
use crate::support::{Bench, NUMBER, SYSTEM_USER, proof};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn upload(bench: &Bench, mime: &str, bytes: Vec<u8>) -> (u16, Value) {
    let part = Part::bytes(bytes).file_name("file").mime_str(mime).unwrap();
    let form = Form::new().text("messaging_product", "whatsapp").text("type", mime.to_owned()).part("file", part);
    let request = bench.http.post(bench.url(&format!("/v26.0/{NUMBER}/media"))).bearer_auth(SYSTEM_USER);
    let answer = request.query(&[("appsecret_proof", proof(SYSTEM_USER))]).multipart(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn png(bench: &Bench) -> Vec<u8> {
    bench.http.get(bench.url("/cdn/avatar/page-1.png")).send().await.unwrap().bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_customers_picture_is_fetched_in_two_steps_with_the_token() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    bench.act(NUMBER, "olena", "messages", json!({"text": "Look", "attachment": {"type": "image"}})).await;
    let image = bench.receiver.change("messages", "messages").await["messages"][0]["image"].clone();
    assert_eq!((&image["mime_type"], &image["caption"]), (&json!("image/png"), &json!("Look")));
    let id = image["id"].as_str().unwrap();
    let step =
        async |query: &str| bench.graph_get(&format!("/v26.0/{id}?phone_number_id={query}"), SYSTEM_USER).await;
    assert_eq!(code(&step("1").await), 100, "of another number");
    let (_, found) = step(NUMBER).await;
    assert!(found["file_size"].is_string() && found["sha256"].as_str().unwrap().len() == 64, "{found}");
    let url = found["url"].as_str().unwrap();
    let get = async |token: &str, agent: &str| {
        let request = bench.http.get(url).header("user-agent", agent).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("no", "test/1").await, 401);
    assert_eq!(get(SYSTEM_USER, "").await, 400, "the name of a program is needed");
    assert_eq!(get(SYSTEM_USER, "test/1").await, 200);
    bench.control("clock", json!({"advance_seconds": 301})).await;
    assert_eq!(get(SYSTEM_USER, "test/1").await, 404, "an address lives five minutes");
    let again = step(NUMBER).await.1["url"].as_str().unwrap().to_owned();
    let request = bench.http.get(again).header("user-agent", "test/1").bearer_auth(SYSTEM_USER);
    assert_eq!(request.send().await.unwrap().status(), 200);
    bench.stop().await;
}

#[tokio::test]
async fn an_upload_is_sent_by_its_id_and_a_link_is_fetched() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    let (status, answer) = upload(&bench, "image/png", png(&bench).await).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].clone();
    let send =
        async |kind: &str, object: Value| bench.whatsapp(json!({"to": phone, "type": kind, kind: object})).await;
    let outcome = async |answer: (u16, Value)| {
        assert_eq!(answer.0, 200, "{}", answer.1);
        loop {
            let status = bench.receiver.status().await;
            if status["id"] == answer.1["messages"][0]["id"] && status["status"] != "sent" {
                return status;
            }
        }
    };
    assert_eq!(outcome(send("image", json!({"id": id, "caption": "Here"})).await).await["status"], "delivered");
    let link = bench.url("/cdn/avatar/page-1.png");
    assert_eq!(outcome(send("image", json!({"link": link})).await).await["status"], "delivered");
    let lost = outcome(send("image", json!({"link": bench.url("/cdn/file/1/none.png")})).await).await;
    assert_eq!(lost["errors"][0]["code"], 131_052, "{lost}");
    let wrong = outcome(send("audio", json!({"link": link})).await).await;
    assert_eq!(wrong["errors"][0]["code"], 131_053, "{wrong}");
    let wrong = outcome(send("sticker", json!({"id": id})).await).await;
    assert_eq!(wrong["errors"][0]["code"], 131_053, "{wrong}");
    let thread = bench.thread_of(NUMBER, "olena").await;
    let shown = thread["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["attachments"][0]["type"] == "image" && it["status"] == "delivered");
    assert_eq!(shown.count(), 2, "{thread}");
    bench.stop().await;
}

#[tokio::test]
async fn files_of_a_wrong_kind_or_size_are_refused_and_old_ones_are_gone() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    assert_eq!(code(&upload(&bench, "image/gif", vec![1]).await), 100);
    assert_eq!(code(&upload(&bench, "image/png", vec![0; 5 * 1024 * 1024 + 1]).await), 131_053);
    assert_eq!(code(&upload(&bench, "image/png", vec![]).await), 131_053);
    let id = upload(&bench, "image/png", png(&bench).await).await.1["id"].as_str().unwrap().to_owned();
    let find = async |id: &str| bench.graph_get(&format!("/{id}"), SYSTEM_USER).await;
    assert_eq!(find(&id).await.0, 200);
    bench.control("clock", json!({"advance_seconds": 30 * 86_400 + 1})).await;
    assert_eq!(code(&find(&id).await), 100, "a file lives 30 days");
    let id = upload(&bench, "image/png", png(&bench).await).await.1["id"].as_str().unwrap().to_owned();
    let request =
        bench.http.delete(bench.url(&format!("/{id}"))).query(&[("appsecret_proof", proof(SYSTEM_USER))]);
    assert_eq!(request.bearer_auth(SYSTEM_USER).send().await.unwrap().status(), 200);
    assert_eq!(code(&find(&id).await), 100);
    bench.stop().await;
}

#[tokio::test]
async fn a_voice_message_is_played_and_a_wrong_checksum_can_be_ordered() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    bench.receiver.change("messages", "messages").await;
    bench.act(NUMBER, "olena", "messages", json!({"attachment": {"type": "audio"}})).await;
    let voice = bench.receiver.change("messages", "messages").await["messages"][0]["audio"].clone();
    assert_eq!((&voice["voice"], &voice["mime_type"]), (&json!(true), &json!("audio/ogg; codecs=opus")));
    let (_, answer) = bench.whatsapp(json!({"to": phone, "type": "audio", "audio": {"id": voice["id"]}})).await;
    let mid = answer["messages"][0]["id"].clone();
    while bench.receiver.status().await["status"] != "delivered" {}
    bench.act(NUMBER, "olena", "played", json!({"mid": mid})).await;
    assert_eq!(bench.receiver.status().await["status"], "played");
    bench.act(NUMBER, "olena", "messages", json!({"attachment": {"type": "image", "sha256": "wrong"}})).await;
    assert_eq!(bench.receiver.change("messages", "messages").await["messages"][0]["image"]["sha256"], "wrong");
    bench.stop().await;
}
