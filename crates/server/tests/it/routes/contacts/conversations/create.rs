//! `POST /contacts/{id}/conversations`: a person who writes on several channels is answered on another one.

use domain::role::Role;
use domain::time::HOUR;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::testing::params;

use crate::whatsapp::{WhatsApp, on_both_engines, template};

on_both_engines! {
    another_channel => a_customer_is_answered_on_another_channel_on_sqlite, a_customer_is_answered_on_another_channel_on_postgres;
    only_what_one_sees => no_one_continues_where_they_see_nothing_on_sqlite, no_one_continues_where_they_see_nothing_on_postgres;
}

/// One person who wrote on Messenger long ago, and whom Ben answers on WhatsApp.
struct Person {
    ben: String,
    contact: String,
    messenger: Value,
    whatsapp: Value,
    /// The open conversation on WhatsApp.
    held: String,
}

impl WhatsApp {
    /// Olena wrote to the page; an administrator closed that conversation and knows that she is Ben's customer.
    async fn person(&self) -> Person {
        let it = &self.it;
        it.writes("olena", json!({ "text": "Hello" })).await;
        it.phone_shows("olena", "How can we help you?").await;
        let on_page = it.get(&it.admin, "/conversations").await["items"][0].clone();
        it.post(&it.admin, &format!("/conversations/{}/close", on_page["id"].as_str().unwrap()), json!({})).await;
        let (ben, held) = self.held().await;
        let contact = it.get(&ben, &format!("/conversations/{held}")).await["contact"]["id"].clone();
        let contact = contact.as_str().unwrap().to_owned();
        let other = json!({ "contact_id": on_page["contact"]["id"] });
        it.post(&it.admin, &format!("/contacts/{contact}/merge"), other).await;
        let known = it.get(&ben, &format!("/contacts/{contact}")).await;
        let of = |channel: &str| {
            let all = known["identities"].as_array().unwrap();
            all.iter().find(|one| one["channel"] == channel).unwrap().clone()
        };
        Person { messenger: of("messenger"), whatsapp: of("whatsapp"), ben, contact, held }
    }

    async fn continues(&self, token: &str, person: &Person, body: Value) -> (StatusCode, Value) {
        let path = format!("/contacts/{}/conversations", person.contact);
        self.it.call(token, Method::POST, &path, Some(body)).await
    }
}

async fn another_channel(it: WhatsApp) {
    it.knows(&[template("order_ready", "APPROVED", "UTILITY")]).await;
    let person = it.person().await;
    let Person { ben, messenger, whatsapp, held, .. } = &person;
    assert_eq!(messenger["window"]["open"], true, "{messenger}");

    // What is sent is checked before anything begins.
    let on = |identity: &Value, more: Value| {
        let mut body = json!({ "identity_id": identity["id"], "client_id": "key-1" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for wrong in [json!({}), json!({ "text": "Hi", "template": { "name": "order_ready", "language": "en_US" } })] {
        assert_eq!(it.continues(ben, &person, on(messenger, wrong)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let named = json!({ "template": { "name": "order_ready", "language": "en_US" } });
    let (status, problem) = it.continues(ben, &person, on(messenger, named)).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/template"))
    );

    // A text begins a conversation of Ben's there, once, and the customer answers in it.
    let hello = json!({ "text": "Let us go on here" });
    let (status, begun) = it.continues(ben, &person, on(messenger, hello.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    assert_eq!((&begun["state"], &begun["channel"]), (&json!("active"), &json!("messenger")));
    assert_eq!(begun["contact"]["id"], person.contact.as_str());
    let (_, again) = it.continues(ben, &person, on(messenger, hello)).await;
    assert_eq!(again["id"], begun["id"], "the same key is the same message");
    it.it.phone_shows("olena", "Let us go on here").await;
    it.it.writes("olena", json!({ "text": "Gladly" })).await;
    let path = format!("/conversations/{}", begun["id"].as_str().unwrap());
    it.it
        .until("her answer", async || {
            (it.it.get(ben, &path).await["last_message"]["text"] == "Gladly").then_some(())
        })
        .await;
    let more = json!({ "text": "Good", "client_id": "key-2" });
    let (_, same) = it.continues(ben, &person, on(messenger, more)).await;
    assert_eq!(same["id"], begun["id"], "Ben holds it: the message goes into it");

    // In the conversation that is open on WhatsApp it is Ben's too; a colleague gets into neither.
    let (_, same) =
        it.continues(ben, &person, on(whatsapp, json!({ "text": "Both", "client_id": "key-3" }))).await;
    assert_eq!(same["id"], held.as_str());
    let sue = it.it.user("Sue", Role::Supervisor).await;
    let (status, problem) =
        it.continues(&sue, &person, on(messenger, json!({ "text": "Hi", "client_id": "key-4" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    // After a day only WhatsApp's templates get through.
    for open in [&path, &format!("/conversations/{held}")] {
        it.it.post(ben, &format!("{open}/close"), json!({})).await;
    }
    it.it.clock.advance(25 * HOUR);
    for (identity, way_out) in [(messenger, "Human Agent"), (whatsapp, "only a template can be sent")] {
        let late = json!({ "text": "Are you there?", "client_id": "key-5" });
        let (status, problem) = it.continues(ben, &person, on(identity, late)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let sentence = problem["detail"].as_str().unwrap();
        assert!(sentence.contains("more than 24 hours old") && sentence.contains(way_out), "{sentence}");
    }
    let variables = json!({ "header.1": "7", "1": "Ann" });
    let ready = json!({ "template": { "name": "order_ready", "language": "en_US", "variables": variables } });
    let (status, begun) = it.continues(ben, &person, on(whatsapp, ready)).await;
    assert_eq!((status, &begun["state"]), (StatusCode::CREATED, &json!("active")), "{begun}");
    it.it
        .until("the template at Meta", async || {
            it.meta.sent().iter().any(|sent| sent["template"]["name"] == "order_ready").then_some(())
        })
        .await;
    it.it.stop().await;
}

async fn only_what_one_sees(it: WhatsApp) {
    let person = it.person().await;
    let to = |identity: &Value| json!({ "identity_id": identity["id"], "text": "Hi" });
    let (status, _) = it.continues(&person.ben, &person, json!({ "identity_id": "1", "text": "Hi" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "there is no such identity");

    // A colleague without a conversation of this person's does not know them.
    let carla = it.it.user("Carla Agent", Role::Agent).await;
    assert_eq!(it.continues(&carla, &person, to(&person.messenger)).await.0, StatusCode::NOT_FOUND);
    // A guest may not begin anything.
    let guest = it.it.user("Guest", Role::Guest).await;
    assert_eq!(it.continues(&guest, &person, to(&person.messenger)).await.0, StatusCode::FORBIDDEN);
    // An identity of someone else's is none of this contact.
    it.it.writes("ahmed", json!({ "text": "Hello" })).await;
    let ahmed = it
        .it
        .until("another customer", async || {
            let list = it.it.get(&it.it.admin, "/conversations?limit=200").await;
            list["items"].as_array()?.iter().find(|one| one["contact"]["id"] != person.contact.as_str()).cloned()
        })
        .await;
    let (status, _) = it.continues(&it.it.admin, &person, to(&ahmed["contact"]["identities"][0])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // The messages on Messenger belong to an isolated queue: Ben, who does not serve it, cannot write there.
    let id: i64 = person.messenger["id"].as_str().unwrap().parse().unwrap();
    let isolate = "UPDATE conversation SET isolated = 1 WHERE identity_id = $1";
    crate::fixture::change_row(&it.it, isolate, params![id]).await;
    assert_eq!(it.continues(&person.ben, &person, to(&person.messenger)).await.0, StatusCode::NOT_FOUND);
    it.it.stop().await;
}
