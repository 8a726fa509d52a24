//! A customer who is named by phone number, by user id, or by both is one contact with one thread.

use serde_json::{Value, json};

use super::{BOTH, BY_PHONE, BY_USER, Named, PHONE, USER, WhatsApp, change, on_both_engines};

on_both_engines! {
    by_number_then_by_both_then_by_id => one_thread_by_number_then_both_then_id_on_sqlite, one_thread_by_number_then_both_then_id_on_postgres;
    an_imported_contact_writes => an_imported_contact_writes_on_sqlite, an_imported_contact_writes_on_postgres;
    two_strangers_turn_out_to_be_one => two_strangers_turn_out_to_be_one_on_sqlite, two_strangers_turn_out_to_be_one_on_postgres;
    names_in_any_order_at_once => many_events_at_once_make_one_customer_on_sqlite, many_events_at_once_make_one_customer_on_postgres;
    names_of_one_delivery => events_that_share_a_name_are_applied_in_their_order_on_sqlite, events_that_share_a_name_are_applied_in_their_order_on_postgres;
    a_new_number_is_followed => a_new_number_is_followed_on_sqlite, a_new_number_is_followed_on_postgres;
    a_number_and_an_id_that_change_together_are_followed => a_number_and_an_id_that_change_together_on_sqlite, a_number_and_an_id_that_change_together_on_postgres;
    who_refuses_marketing_still_does_after_a_merge => a_refusal_of_marketing_survives_a_merge_on_sqlite, a_refusal_of_marketing_survives_a_merge_on_postgres;
    a_number_that_another_customer_has_now => a_number_of_another_customer_now_on_sqlite, a_number_of_another_customer_now_on_postgres;
}

impl WhatsApp {
    /// The contact of a conversation.
    async fn contact(&self, conversation: &Value) -> Value {
        let id = conversation["contact"]["id"].as_str().unwrap();
        self.it.get(&self.it.admin, &format!("/contacts/{id}")).await
    }
}

/// The customers' texts of a thread.
fn texts(thread: &[Value]) -> Vec<&str> {
    let inbound = thread.iter().filter(|message| message["direction"] == "in");
    inbound.filter_map(|message| message["text"].as_str()).collect()
}

async fn by_number_then_by_both_then_by_id(it: WhatsApp) {
    it.writes(BY_PHONE, "wamid.1", "By number").await;
    it.settled().await;
    it.writes(BOTH, "wamid.2", "By both").await;
    it.settled().await;
    it.writes(BY_USER, "wamid.3", "By id").await;
    it.settled().await;
    it.writes(BY_PHONE, "wamid.4", "By number again").await;
    it.settled().await;
    let all = it.conversations().await;
    let [one] = &all[..] else { panic!("one conversation: {all:?}") };
    assert_eq!(texts(&it.thread(&one["id"]).await), ["By number", "By both", "By id", "By number again"]);
    let contact = it.contact(one).await;
    assert_eq!((&contact["name"], &contact["phone"]), (&json!("Ann"), &json!(format!("+{PHONE}"))));
    let identities = contact["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 1, "{identities:?}");
    assert_eq!(identities[0]["external_id"], USER);
    it.it.stop().await;
}

async fn an_imported_contact_writes(it: WhatsApp) {
    let (app, admin) = (&it.it, &it.it.admin);
    let file = format!("name,phone,email\nAnn Imported,+{PHONE},ann@example.com\n");
    let (status, imported) =
        crate::routes::contacts::import::post(app, admin, "/contacts/import", "text/csv", &file).await;
    assert_eq!(imported["created"], 1, "{status} {imported}");
    it.writes(BOTH, "wamid.1", "Hello").await;
    it.settled().await;
    let all = it.conversations().await;
    let contact = it.contact(&all[0]).await;
    assert_eq!((&contact["name"], &contact["email"]), (&json!("Ann Imported"), &json!("ann@example.com")));
    assert_eq!(contact["identities"][0]["external_id"], USER);
    assert_eq!(app.get(admin, "/contacts").await["items"].as_array().unwrap().len(), 1);
    it.it.stop().await;
}

async fn two_strangers_turn_out_to_be_one(it: WhatsApp) {
    it.writes(BY_PHONE, "wamid.1", "By number").await;
    it.settled().await;
    it.writes(BY_USER, "wamid.2", "By id").await;
    it.settled().await;
    assert_eq!(it.conversations().await.len(), 2, "nothing says yet that they are one");
    it.writes(BOTH, "wamid.3", "By both").await;
    it.settled().await;
    let all = it.conversations().await;
    let contacts: Vec<&Value> = all.iter().map(|it| &it["contact"]["id"]).collect();
    assert_eq!(contacts[0], contacts[1], "one contact");
    let open: Vec<&Value> = all.iter().filter(|it| it["state"] != "closed").collect();
    let [open] = &open[..] else { panic!("one thread goes on: {all:?}") };
    // The older one continues.
    assert_eq!(texts(&it.thread(&open["id"]).await), ["By number", "By both"]);
    assert_eq!(open["contact"]["identities"].as_array().unwrap().len(), 1);
    assert_eq!(open["contact"]["identities"][0]["external_id"], USER);
    it.it.stop().await;
}

async fn names_in_any_order_at_once(it: WhatsApp) {
    let bodies: Vec<Value> = (0..12)
        .map(|n| {
            let who = [BY_PHONE, BOTH][n % 2];
            it.message(who, &format!("wamid.{n}"), json!({ "type": "text", "text": { "body": format!("{n}") } }))
        })
        .collect();
    futures_util::future::join_all(bodies.iter().map(|body| it.deliver(body))).await;
    it.settled().await;
    let all = it.conversations().await;
    let [one] = &all[..] else { panic!("one conversation: {all:?}") };
    assert_eq!(texts(&it.thread(&one["id"]).await).len(), 12);
    assert_eq!(one["contact"]["identities"][0]["external_id"], USER);
    it.it.stop().await;
}

async fn names_of_one_delivery(it: WhatsApp) {
    const NEW: Named = Named { phone: None, user: Some("DE.456def") };
    let text = |text: &str| json!({ "type": "text", "text": { "body": text } });
    let system = json!({ "type": "system", "system": { "type": "user_changed_user_id", "user_id": "DE.456def" } });
    let mut body = it.message(BY_PHONE, "wamid.1", text("By number"));
    for (who, id, content) in [
        (BOTH, "wamid.2", text("By both")),
        (BY_USER, "wamid.3", text("By id")),
        (BOTH, "wamid.4", system),
        (NEW, "wamid.5", text("By the new id")),
    ] {
        let change = it.message(who, id, content)["entry"][0]["changes"][0].clone();
        body["entry"][0]["changes"].as_array_mut().unwrap().push(change);
    }
    it.deliver(&body).await;
    it.settled().await;
    let all = it.conversations().await;
    let [one] = &all[..] else { panic!("one conversation: {all:?}") };
    assert_eq!(one["last_message"]["text"], "By the new id");
    assert_eq!(texts(&it.thread(&one["id"]).await).len(), 4);
    assert_eq!(one["contact"]["identities"][0]["external_id"], "DE.456def");
    it.it.stop().await;
}

async fn a_new_number_is_followed(it: WhatsApp) {
    const NEW: Named = Named { phone: Some("4915199"), user: Some("DE.456def") };
    it.writes(BOTH, "wamid.1", "Before").await;
    it.settled().await;
    let system =
        json!({ "body": "changed", "type": "user_changed_number", "wa_id": "4915199", "user_id": "DE.456def" });
    it.deliver(&it.message(BOTH, "wamid.2", json!({ "type": "system", "system": system }))).await;
    it.settled().await;
    it.writes(NEW, "wamid.3", "After").await;
    it.settled().await;
    let all = it.conversations().await;
    let [one] = &all[..] else { panic!("one conversation: {all:?}") };
    assert_eq!(texts(&it.thread(&one["id"]).await), ["Before", "After"]);
    assert_eq!(it.contact(one).await["phone"], "+4915199");
    // And the id alone changes again.
    let update = json!({ "metadata": { "phone_number_id": "700" }, "user_id_update": [
        { "wa_id": "4915199", "user_id": { "previous": "DE.456def", "current": "DE.789ghi" } }] });
    it.deliver(&change("user_id_update", &update)).await;
    it.settled().await;
    it.writes(Named { phone: None, user: Some("DE.789ghi") }, "wamid.4", "Later").await;
    it.settled().await;
    let all = it.conversations().await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["contact"]["identities"][0]["external_id"], "DE.789ghi");
    it.it.stop().await;
}

async fn a_number_and_an_id_that_change_together_are_followed(it: WhatsApp) {
    let notice = |system: Value| json!({ "type": "system", "system": system });
    for (n, [old, new], [phone, next], backwards) in [
        (1, ["DE.a1", "DE.a2"], ["4915111", "4915122"], false),
        (2, ["DE.b1", "DE.b2"], ["4915133", "4915144"], true),
    ] {
        let before = Named { phone: Some(phone), user: Some(old) };
        it.writes(before, &format!("wamid.{n}.1"), "stop").await;
        it.settled().await;
        // The notices name the customer as they were, and each has one of the two changes.
        let mut notices = [
            notice(json!({ "body": "changed", "type": "user_changed_number", "wa_id": next })),
            notice(json!({ "body": "changed", "type": "user_changed_user_id", "user_id": new })),
        ];
        if backwards {
            notices.reverse();
        }
        for (step, notice) in notices.into_iter().enumerate() {
            it.deliver(&it.message(before, &format!("wamid.{n}.notice{step}"), notice)).await;
            it.settled().await;
        }
        // By the new number alone, and by the new id alone: it is the same customer, who still wants no marketing.
        it.writes(Named { phone: Some(next), user: None }, &format!("wamid.{n}.2"), "By number").await;
        it.writes(Named { phone: None, user: Some(new) }, &format!("wamid.{n}.3"), "By id").await;
        it.settled().await;
        let all = it.conversations().await;
        assert_eq!(all.len(), n, "{all:?}");
        let theirs = |one: &&Value| one["contact"]["identities"][0]["external_id"] == new;
        let one = all.iter().find(theirs).unwrap_or_else(|| panic!("no {new}: {all:?}"));
        assert_eq!(texts(&it.thread(&one["id"]).await), ["stop", "By number", "By id"]);
        let contact = it.contact(one).await;
        assert_eq!(contact["phone"], format!("+{next}"), "{contact}");
        assert!(contact["identities"][0]["marketing_stopped_at"].is_string(), "{contact}");
    }
    it.it.stop().await;
}

async fn who_refuses_marketing_still_does_after_a_merge(it: WhatsApp) {
    it.writes(BY_USER, "wamid.1", "By id").await;
    it.writes(BY_PHONE, "wamid.2", "stop").await;
    it.settled().await;
    it.writes(BOTH, "wamid.3", "By both").await;
    it.settled().await;
    let all = it.conversations().await;
    let one = all.iter().find(|one| one["state"] != "closed").unwrap();
    let contact = it.contact(one).await;
    assert_eq!(contact["identities"].as_array().unwrap().len(), 1, "{contact}");
    assert!(contact["identities"][0]["marketing_stopped_at"].is_string(), "{contact}");
    it.it.stop().await;
}

async fn a_number_that_another_customer_has_now(it: WhatsApp) {
    it.writes(BOTH, "wamid.1", "I am Ann").await;
    it.settled().await;
    it.writes(Named { phone: Some(PHONE), user: Some("DE.other") }, "wamid.2", "I have Ann's old number").await;
    it.settled().await;
    let all = it.conversations().await;
    assert_eq!(all.len(), 2, "a number alone does not make a stranger Ann: {all:?}");
    it.writes(BY_PHONE, "wamid.3", "By the number").await;
    it.settled().await;
    let all = it.conversations().await;
    let of = |user: &str| all.iter().find(|it| it["contact"]["identities"][0]["external_id"] == user).unwrap();
    assert_eq!(texts(&it.thread(&of("DE.other")["id"]).await), ["I have Ann's old number", "By the number"]);
    assert_eq!(texts(&it.thread(&of(USER)["id"]).await), ["I am Ann"]);
    it.it.stop().await;
}
