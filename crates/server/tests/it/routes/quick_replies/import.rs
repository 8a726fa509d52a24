//! `POST /quick-replies/import`

use reqwest::StatusCode;
use serde_json::json;

use crate::app::TestApp;
use crate::routes::contacts::import::post;
use crate::routes::on_both_engines;

on_both_engines! {
    quick_replies_are_imported_by_their_shortcut
}

async fn quick_replies_are_imported_by_their_shortcut(it: &TestApp) {
    let count = async || it.get(&it.admin, "/quick-replies").await["items"].as_array().unwrap().len();
    it.post(&it.admin, "/quick-replies", json!({ "shortcut": "hi", "title": "Greeting", "text": "Hello" })).await;
    let before = count().await;
    let file =
        "shortcut,title,text\n/hi,Greeting,\"Hello {{ contact.first_name }}, how are you?\"\nbye,Farewell,Bye\n";
    let (status, tried) = post(it, &it.admin, "/quick-replies/import?dry_run=1", "text/csv", file).await;
    let expected = json!({ "rows": 2, "created": 1, "updated": 1, "refused": [] });
    assert_eq!((status, &tried), (StatusCode::OK, &expected));
    let bad = format!("{file}Bad one,Bad,{{{{ contact.nick }}}}\nbye,Again,Bye\n");
    let (status, problem) = post(it, &it.admin, "/quick-replies/import", "text/csv", &bad).await;
    let rows: Vec<_> = problem["refused"].as_array().unwrap().iter().map(|it| &it["row"]).collect();
    assert_eq!((status, rows), (StatusCode::UNPROCESSABLE_ENTITY, vec![&json!(3), &json!(4)]), "{problem}");
    assert_eq!(count().await, before, "all or none");
    assert_eq!(post(it, &it.admin, "/quick-replies/import", "text/csv", file).await, (StatusCode::OK, expected));
    assert_eq!(count().await, before + 1);
    let list = it.get(&it.admin, "/quick-replies").await;
    let changed = list["items"].as_array().unwrap().iter().find(|it| it["shortcut"] == "hi").unwrap();
    assert_eq!(changed["text"], "Hello {{ contact.first_name }}, how are you?");
    let log = it.get(&it.admin, "/audit?action=quick_reply.import").await;
    assert_eq!(log["items"][0]["detail"], "created 1, updated 1");
    // Further columns, where the file has them; what a file does not name stays.
    it.post(&it.admin, "/teams", json!({ "name": "Night shift" })).await;
    let more =
        "shortcut,title,text,folder,teams,queues\nhi,Greeting,Hello,Beginnings,night SHIFT,General\nyo,Yo,Yo,,,\n";
    assert_eq!(post(it, &it.admin, "/quick-replies/import", "text/csv", more).await.0, StatusCode::OK);
    let plain = "shortcut,title,text\nhi,Greeting,Good day\n";
    assert_eq!(post(it, &it.admin, "/quick-replies/import", "text/csv", plain).await.0, StatusCode::OK);
    let list = it.get(&it.admin, "/quick-replies").await;
    let changed = list["items"].as_array().unwrap().iter().find(|it| it["shortcut"] == "hi").unwrap();
    assert_eq!((&changed["text"], &changed["folder"]), (&json!("Good day"), &json!("Beginnings")));
    assert_eq!(changed["team_ids"].as_array().unwrap().len() + changed["queue_ids"].as_array().unwrap().len(), 2);
    let bad = "shortcut,title,text,teams\nhi,Greeting,Hello,Night shift|Owls\n";
    let (_, problem) = post(it, &it.admin, "/quick-replies/import?dry_run=1", "text/csv", bad).await;
    assert_eq!(problem["refused"][0]["detail"], "There is no team \"Owls\".");
}
