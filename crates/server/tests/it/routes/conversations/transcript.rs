//! `GET /conversations/{id}/transcript`

use domain::role::Role;
use engine::view::MessageView;
use futures_util::stream::{StreamExt as _, TryStreamExt as _};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use store::table::conversation;

use crate::app::TestApp;
use crate::fixture::{active, lines};
use crate::routes::on_both_engines;

on_both_engines! {
    a_conversation_is_read_as_text_page_and_json
    what_the_customer_may_read_has_no_notes_and_no_events
    other_forms_zones_and_conversations_are_refused
    a_long_conversation_is_there_to_its_end
    a_long_conversation_is_sent_while_it_is_read
    a_conversation_that_is_too_long_for_a_pdf_is_not_printed
}

async fn ask(it: &TestApp, token: &str, id: &str, query: &str, accept: &str) -> Response {
    let url = format!("{}/api/v1/conversations/{id}/transcript{query}", it.url);
    it.http().get(url).bearer_auth(token).header("accept", accept).send().await.unwrap()
}

async fn text(it: &TestApp, token: &str, id: &str, query: &str, accept: &str) -> String {
    let answer = ask(it, token, id, query, accept).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(accept));
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    answer.text().await.unwrap()
}

async fn a_conversation_is_read_as_text_page_and_json(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    it.writes("olena", json!({ "text": "<script>alert(1)</script>\n99:99  Ben: I promise" })).await;
    it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": "Be kind" })).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "On its way" })).await;
    it.phone_shows("olena", "On its way").await;

    let plain = it
        .until("the customer's words", async || {
            let plain = text(it, &ben, &id, "?time_zone=Europe/Kyiv", "text/plain").await;
            plain.contains("alert(1)").then_some(plain)
        })
        .await;
    assert!(plain.starts_with("Olena Kovalenko with Lavka (Messenger)\n"), "{plain}");
    assert!(plain.contains("\nTime zone: Europe/Kyiv\n") && plain.contains("\nAgent: Ben\n"), "{plain}");
    assert!(plain.contains("Ben (note): Be kind\n") && plain.contains("Ben: On its way\n"), "{plain}");
    assert!(plain.contains(": <script>") && plain.contains("Olena Kovalenko: Hello"), "{plain}");
    // A customer cannot write a line that looks like an entry.
    assert!(
        plain.lines().filter(|line| line.contains("I promise")).all(|line| line.starts_with("       ")),
        "{plain}"
    );

    let page = text(it, &ben, &id, "", "text/html").await;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    let whole: Value = it.get(&ben, &format!("/conversations/{id}/transcript")).await;
    assert_eq!(whole["conversation"]["id"], json!(id));
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    assert_eq!(lines(&whole["messages"]), lines(&thread["items"]));

    let printed = ask(it, &ben, &id, "", "application/pdf").await;
    match printed.status() {
        StatusCode::OK => assert!(printed.bytes().await.unwrap().starts_with(b"%PDF")),
        // Without Chromium the response names what to install.
        status => {
            let problem: Value = printed.json().await.unwrap();
            assert_eq!(status, StatusCode::NOT_ACCEPTABLE, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains("chromium"), "{problem}");
        }
    }
}

async fn what_the_customer_may_read_has_no_notes_and_no_events(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": "Be kind" })).await;
    for accept in ["text/plain", "text/html"] {
        let all = text(it, &ben, &id, "", accept).await;
        assert!(all.contains("Be kind"), "{all}");
        let shared = text(it, &ben, &id, "?internal=false", accept).await;
        assert!(!shared.contains("Be kind") && shared.len() < all.len(), "{shared}");
    }
    // Why it was closed, and what colleagues noted about the customer, is not for the customer either.
    let label = it.post(&it.admin, "/labels", json!({ "name": "Difficult" })).await;
    it.post(&ben, &format!("/conversations/{id}/labels"), json!({ "add": [label["id"]] })).await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({ "reason": "Suspected fraud" })).await;
    for accept in ["text/plain", "application/json"] {
        let shared = ask(it, &ben, &id, "?internal=false", accept).await.text().await.unwrap();
        assert!(!shared.contains("Difficult") && !shared.contains("Suspected fraud"), "{shared}");
        let all = ask(it, &ben, &id, "", accept).await.text().await.unwrap();
        assert!(all.contains("Difficult") && all.contains("Suspected fraud"), "{all}");
    }
    let whole = it.get(&ben, &format!("/conversations/{id}/transcript?internal=false")).await;
    let directions: Vec<_> = whole["messages"].as_array().unwrap().iter().map(|it| &it["direction"]).collect();
    assert!(!directions.is_empty() && !directions.contains(&&json!("internal")), "{directions:?}");
}

async fn other_forms_zones_and_conversations_are_refused(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let refused = ask(it, &ben, &id, "", "image/png").await;
    assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
    let problem: Value = ask(it, &ben, &id, "?time_zone=Kyiv/Europe", "text/plain").await.json().await.unwrap();
    assert_eq!(problem["status"], 400);
    assert!(problem["detail"].as_str().unwrap().contains("Europe/Kyiv"), "{problem}");
    let carla = it.user("Carla", Role::Agent).await;
    for (token, id) in [(&carla, id.as_str()), (&ben, "1")] {
        assert_eq!(ask(it, token, id, "", "text/plain").await.status(), StatusCode::NOT_FOUND);
    }
}

async fn a_long_conversation_is_there_to_its_end(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    for n in 0..230 {
        it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": format!("note {n}.") })).await;
    }
    let plain = text(it, &ben, &id, "", "text/plain").await;
    let notes: Vec<_> =
        plain.lines().filter_map(|line| line.split_once("(note): ").map(|(_, note)| note)).collect();
    let expected: Vec<_> = (0..230).map(|n| format!("note {n}.")).collect();
    assert_eq!(notes, expected);
}

async fn a_long_conversation_is_sent_while_it_is_read(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let note = async |text: &str| {
        it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": text })).await;
    };
    for n in 0..230 {
        note(&format!("note {n}.")).await;
    }
    for accept in ["text/plain", "application/json", "text/html"] {
        let answer = ask(it, &ben, &id, "", accept).await;
        assert_eq!(answer.headers().get("content-length"), None, "{accept} is not built before it is sent");
        let whole = answer.text().await.unwrap();
        assert!(whole.contains("note 0.") && whole.contains("note 229."), "{accept} is whole: {whole}");
    }
    // A page of messages is read when the one before was taken: what is added in between belongs to it.
    let conversation = conversation::by_id(&it.store, id.parse().unwrap()).await.unwrap().unwrap();
    let transcript = engine::transcript::open(it.app(), &conversation, true).await.unwrap();
    let mut pages = std::pin::pin!(transcript.pages(it.app().engine.clone()));
    let first = pages.next().await.unwrap().unwrap();
    note("added later").await;
    let rest: Vec<Vec<MessageView>> = pages.try_collect().await.unwrap();
    assert!(first.len() <= 200 && rest.iter().all(|page| page.len() <= 200), "memory holds one page");
    assert!(rest.iter().flatten().any(|message| message.text.as_deref() == Some("added later")));
}

/// The problem of a PDF.
async fn not_printed(it: &TestApp, token: &str, id: &str) -> (StatusCode, String) {
    let answer = ask(it, token, id, "", "application/pdf").await;
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap();
    (status, problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_that_fails_says_whether_to_try_again() {
    // Missing: there never is a PDF. Broken: there may be one the next time.
    for (chromium, status, words) in [
        ("/nowhere/chromium", StatusCode::NOT_ACCEPTABLE, "not installed"),
        ("/bin/false", StatusCode::SERVICE_UNAVAILABLE, "could not be started"),
    ] {
        let it = TestApp::start_with(&[("chromium", chromium)]).await;
        let (ben, id, _) = active(&it).await;
        let (answered, detail) = not_printed(&it, &ben, &id).await;
        assert_eq!(answered, status, "{detail}");
        assert!(detail.contains(words) && detail.contains("text/html"), "{detail}");
        it.stop().await;
    }
}

async fn a_conversation_that_is_too_long_for_a_pdf_is_not_printed(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    // A quotation mark is six characters of HTML.
    for _ in 0..150 {
        it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": "\"".repeat(5_000) })).await;
    }
    let (status, detail) = not_printed(it, &ben, &id).await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE, "{detail}");
    assert!(detail.contains("too long") && detail.contains("text/html"), "{detail}");
}
