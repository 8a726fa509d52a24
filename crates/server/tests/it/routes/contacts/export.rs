//! `GET /contacts/{id}/export`, `GET /contacts/export`

use std::io::Cursor;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::import::post;
use crate::app::TestApp;
use crate::fixture::{active, lines};
use crate::routes::on_both_engines;

on_both_engines! {
    everything_about_a_contact_is_one_zip_and_the_audit_log_says_so
    what_is_exported_runs_in_no_spreadsheet_and_can_be_imported_again
    many_contacts_are_sent_while_they_are_read
}

async fn everything_about_a_contact_is_one_zip_and_the_audit_log_says_so(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let url = format!("{}/api/v1{path}/export", it.url);
    let response = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/zip");
    let mut archive = zip::ZipArchive::new(Cursor::new(response.bytes().await.unwrap())).unwrap();
    let file = archive.by_name(&format!("conversations/{conversation}.json")).unwrap();
    let whole: Value = serde_json::from_reader(file).unwrap();
    let thread = it.get(&it.admin, &format!("/conversations/{conversation}/messages?limit=200")).await;
    assert_eq!(whole["id"], conversation.as_str());
    assert_eq!(lines(&whole["messages"]), lines(&thread["items"]), "in order, and all of them");
    let log = it.get(&it.admin, "/audit?action=contact.export").await;
    assert_eq!(log["items"][0]["object"], format!("contact {}", contact.as_str().unwrap()));
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}/export"), None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/contacts/1/export", None).await.0, StatusCode::NOT_FOUND);
}

async fn what_is_exported_runs_in_no_spreadsheet_and_can_be_imported_again(it: &TestApp) {
    let file =
        "name,phone,note,attributes.Size\n=HYPERLINK(\"x\"),+380501112233,\"two\nlines, and \"\"more\"\"\",XL\n";
    let file = file.replace("=HYPERLINK(\"x\")", "\"=HYPERLINK(\"\"x\"\")\"");
    assert_eq!(post(it, &it.admin, "/contacts/import", "text/csv", &file).await.0, StatusCode::OK);
    let get = async |query: &str| {
        let request = it.http().get(format!("{}/api/v1/contacts/export{query}", it.url)).bearer_auth(&it.admin);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"contacts.csv\"");
        answer.bytes().await.unwrap()
    };
    let bytes = get("").await;
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.starts_with("id,name,phone,email,note,created_at,attributes.Size\r\n"), "{text}");
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\",'+380501112233,"), "{text}");
    let before = it.get(&it.admin, "/contacts").await["items"][0].clone();
    let (status, again) = post(it, &it.admin, "/contacts/import", "text/csv", text).await;
    assert_eq!((status, again), (StatusCode::OK, json!({ "rows": 1, "created": 0, "updated": 1, "refused": [] })));
    assert_eq!(it.get(&it.admin, "/contacts").await["items"][0], before, "nothing was changed by it");
    assert!(get("?excel=true").await.starts_with("\u{feff}id,".as_bytes()));
}

async fn many_contacts_are_sent_while_they_are_read(it: &TestApp) {
    let rows: String = (0..450).map(|n| format!("Contact {n},{n}\n")).collect();
    let file = format!("name,attributes.Number\n{rows}");
    assert_eq!(post(it, &it.admin, "/contacts/import", "text/csv", &file).await.0, StatusCode::OK);
    let url = format!("{}/api/v1/contacts/export", it.url);
    let answer = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(answer.headers().get("content-length"), None, "the file is not built before it is sent");
    let text = answer.text().await.unwrap();
    let mut numbers: Vec<usize> =
        text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..450).collect::<Vec<_>>(), "each of them once");
}
