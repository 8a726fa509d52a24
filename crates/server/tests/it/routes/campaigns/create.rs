//! `POST /campaigns`: a template for a list of recipients.

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{new, numbers};
use crate::whatsapp::{BOTH, WhatsApp, on_both_engines, template};

on_both_engines! {
    everyone_once => everyone_in_the_list_gets_one_message_on_sqlite, everyone_in_the_list_gets_one_message_on_postgres;
    refused_whole => a_list_with_a_mistake_is_refused_whole_on_sqlite, a_list_with_a_mistake_is_refused_whole_on_postgres;
    contacts => contacts_are_written_to_or_skipped_with_the_reason_on_sqlite, contacts_are_written_to_or_skipped_with_the_reason_on_postgres;
}

async fn everyone_once(it: WhatsApp) {
    it.knows_two().await;
    let mut list = numbers(3);
    list.push("+49 151 00001".to_owned());
    let mut body = new(&list);
    body["client_id"] = json!("press-1");
    let id = it.begins(body.clone()).await;
    assert_eq!(it.begins(body).await, id, "the same key is the same campaign");
    let done = it.campaign_is(&id, "done").await;
    it.wrote(3).await;
    assert_eq!(it.written(), numbers(3), "in the order of the list, each once");
    assert_eq!(
        done["skipped"],
        json!([{ "reason": "duplicate", "count": 1,
        "detail": "This recipient is in the list more than once; they get one message." }])
    );
    let sent = it.meta.sent();
    assert_eq!(sent[1]["template"]["components"][1]["parameters"][0]["text"], "owner of +4915100002");

    // No agent is busy with it, and the customer's answer begins a conversation.
    let all = it.conversations().await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|conversation| conversation["state"] == "closed"), "{all:?}");
    let thread = it.thread(&all[0]["id"]).await;
    let message = thread.iter().find(|message| message["direction"] == "out").unwrap();
    assert_eq!(message["sender"], json!({ "kind": "bot", "name": "Autumn" }));
    let audit = it.it.get(&it.it.admin, "/audit?action=campaign").await;
    let line = &audit["items"][0];
    assert_eq!(
        (&line["action"], &line["object_name"], &line["user"]["name"]),
        (&json!("campaign.create"), &json!("Autumn"), &json!("Anna Admin"))
    );
    it.it.stop().await;
}

async fn refused_whole(it: WhatsApp) {
    it.knows(&[template("order_ready", "APPROVED", "UTILITY"), template("sale", "PAUSED", "MARKETING")]).await;
    let pointers = async |body: Value| {
        let (status, problem) = it.it.call(&it.it.admin, Method::POST, "/campaigns", Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let errors = problem["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let with = |place: &str, value: Value| {
        let mut body = new(&numbers(5));
        *body.pointer_mut(place).unwrap() = value;
        body
    };
    assert_eq!(pointers(with("/recipients/3/to", json!("015100"))).await, ["/recipients/3/to"]);
    assert_eq!(pointers(with("/recipients/2/variables", json!({}))).await, ["/recipients/2/variables/1"]);
    assert_eq!(
        pointers(with("/recipients/2/variables", json!({ "1": "a".repeat(1_100) }))).await,
        ["/recipients/2/variables/1"]
    );
    assert_eq!(
        pointers(with("/template/variables", json!({ "header.1": "7", "9": "x" }))).await,
        ["/template/variables/9"]
    );
    assert_eq!(pointers(with("/consent", json!(false))).await, ["/consent"]);
    assert_eq!(pointers(with("/name", json!(" "))).await, ["/name"]);
    assert_eq!(pointers(with("/per_minute", json!(0))).await, ["/per_minute"]);
    assert_eq!(pointers(with("/per_minute", json!(100_000))).await, ["/per_minute"]);
    assert_eq!(pointers(with("/channel", json!("messenger"))).await, ["/channel"]);
    assert_eq!(pointers(with("/account_id", json!("9"))).await, ["/account_id"]);
    assert_eq!(pointers(with("/template/name", json!("sale"))).await, ["/template/name"]);
    assert_eq!(pointers(with("/recipients", json!([]))).await, ["/recipients"]);
    let mut both = new(&numbers(1));
    both["contact_ids"] = json!(["1"]);
    assert_eq!(pointers(both).await, ["/contact_ids"]);
    let mut unknown = new(&[]);
    unknown["contact_ids"] = json!(["12345"]);
    unknown["template"]["variables"] = json!({ "header.1": "7", "1": "you" });
    assert_eq!(pointers(unknown).await, ["/contact_ids/0"]);
    let many = vec![json!({ "to": "+4915100", "variables": { "1": "x" } }); 10_001];
    assert_eq!(pointers(with("/recipients", json!(many))).await, ["/recipients"]);
    let list = it.it.get(&it.it.admin, "/campaigns").await;
    assert_eq!((list["items"].as_array().unwrap().len(), it.written().len()), (0, 0), "nothing was changed");
    it.it.stop().await;
}

async fn contacts(it: WhatsApp) {
    it.knows_two().await;
    it.writes(BOTH, "wamid.in", "Hello").await;
    it.settled().await;
    let known = it.conversations().await[0]["contact"]["id"].clone();
    // Customers of the Page, who have never written to the number.
    let mut others = Vec::new();
    for (index, name) in ["Petro", "Ivan", "Oksana"].iter().enumerate() {
        let key = format!("person-{index}");
        let person = json!({ "id": key, "first_name": name, "last_name": "K" });
        it.it.control(Method::POST, "/customers", person).await;
        it.it.writes(&key, json!({ "text": "Hello" })).await;
        let id = it
            .it
            .until("the contact", async || {
                let all = it.it.get(&it.it.admin, "/conversations").await;
                let ids = all["items"].as_array()?.iter().map(|it| it["contact"]["id"].clone());
                ids.into_iter().find(|id| *id != known && !others.contains(id))
            })
            .await;
        others.push(id);
    }
    for (id, phone) in others.iter().zip(["+4915100777", "0151 777"]) {
        let path = format!("/contacts/{}", id.as_str().unwrap());
        let (status, answer) =
            it.it.call(&it.it.admin, Method::PATCH, &path, Some(json!({ "phone": phone }))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let mut body = new(&[]);
    body["contact_ids"] = json!([known, others[0], others[1], others[2], known]);
    body["template"]["variables"] = json!({ "header.1": "7", "1": "you" });
    let ada = it.it.user("Ada Supervisor", Role::Supervisor).await;
    let begun = it.it.post(&ada, "/campaigns", body).await;
    assert_eq!(begun["consent"]["by"]["name"], "Ada Supervisor", "{begun}");
    let id = begun["id"].as_str().unwrap();
    it.campaign_is(id, "done").await;
    it.it
        .until("both at Meta", async || {
            let sent = it.meta.sent();
            let named =
                |name: &str, value: &str| sent.iter().any(|it| it["type"] == "template" && it[name] == value);
            (named("to", "+4915100777") && (named("to", "+4915100") || named("recipient", "DE.123abc")))
                .then_some(())
        })
        .await;
    let list = it.it.get(&ada, &format!("/campaigns/{id}/recipients")).await;
    let reasons: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|it| it["skipped"]["reason"].clone()).collect();
    assert_eq!(
        reasons,
        [json!(null), json!(null), json!("invalid_number"), json!("no_number"), json!("duplicate")]
    );
    it.it.stop().await;
}
