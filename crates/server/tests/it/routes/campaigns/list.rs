//! `GET /campaigns`: all of them, newest first.

use serde_json::json;

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    newest_first => campaigns_are_listed_newest_first_on_sqlite, campaigns_are_listed_newest_first_on_postgres;
}

async fn newest_first(it: WhatsApp) {
    it.knows_two().await;
    for name in ["One", "Two", "Three"] {
        let mut body = new(&numbers(1));
        body["name"] = json!(name);
        let id = it.begins(body).await;
        it.campaign_is(&id, "done").await;
    }
    let first = it.it.get(&it.it.admin, "/campaigns?limit=2").await;
    let names = |page: &serde_json::Value| {
        page["items"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), [json!("Three"), json!("Two")]);
    let item = &first["items"][0];
    assert_eq!(
        (&item["recipients"], &item["waiting"], &item["account"]["name"]),
        (&json!(1), &json!(0), &json!("The Shop"))
    );
    let path = format!("/campaigns?limit=2&cursor={}", first["next"].as_str().unwrap());
    let rest = it.it.get(&it.it.admin, &path).await;
    assert_eq!((names(&rest), &rest["next"]), (vec![json!("One")], &json!(null)));
    it.it.stop().await;
}
