//! Messages of a kind of their own: a place, contacts, a link, a request for the location.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{WhatsApp, change, on_both_engines, template};

on_both_engines! {
    each_kind => each_kind_reaches_meta_in_its_form_on_sqlite, each_kind_reaches_meta_in_its_form_on_postgres;
    alerts => what_meta_reports_of_a_number_is_in_health_on_sqlite, what_meta_reports_of_a_number_is_in_health_on_postgres;
}

async fn each_kind(it: WhatsApp) {
    let (ben, id) = it.held().await;
    let path = format!("/conversations/{id}/messages");
    let say = async |body: Value| it.it.call(&ben, Method::POST, &path, Some(body)).await;
    let place = json!({ "latitude": 50.45, "longitude": 30.52, "name": "Lavka", "address": "Khreshchatyk 1" });
    let (status, shown) = say(json!({ "location": place })).await;
    assert_eq!((status, &shown["kind"]), (StatusCode::CREATED, &json!("location")), "{shown}");
    let ann = json!({ "name": "Ann Service", "phones": ["+49 151 1"], "emails": ["ann@shop.example"] });
    let (status, shown) = say(json!({ "contacts": [ann] })).await;
    assert_eq!((status, &shown["cards"][0]["title"]), (StatusCode::CREATED, &json!("Ann Service")), "{shown}");
    let link = json!({ "title": "Track it", "url": "https://shop.example/7" });
    assert_eq!(say(json!({ "text": "Your parcel", "link": link })).await.0, StatusCode::CREATED);
    assert_eq!(say(json!({ "text": "Where are you?", "ask_location": true })).await.0, StatusCode::CREATED);
    let sent = it
        .it
        .until("all four at Meta", async || {
            let sent = it.meta.sent();
            let last = sent.iter().any(|sent| sent["interactive"]["type"] == "location_request_message");
            last.then_some(sent)
        })
        .await;
    let of = |kind: &str| {
        sent.iter().find(|sent| sent["type"] == kind).unwrap_or_else(|| panic!("no {kind}: {sent:?}"))
    };
    assert_eq!(of("location")["location"], place);
    let contact = &of("contacts")["contacts"][0];
    assert_eq!(contact["name"]["formatted_name"], "Ann Service");
    assert_eq!(contact["phones"], json!([{ "phone": "+49 151 1" }]));
    let button = sent.iter().find(|sent| sent["interactive"]["type"] == "cta_url").unwrap();
    assert_eq!(button["interactive"]["action"]["parameters"]["url"], "https://shop.example/7");

    // Invalid ones are rejected with their position, and nothing is stored.
    let count = it.thread(&json!(id)).await.len();
    for (body, pointer) in [
        (json!({ "heart": true }), "/heart"),
        (json!({ "location": { "latitude": 91, "longitude": 0 } }), "/location/latitude"),
        (json!({ "text": "Here", "location": place }), "/text"),
        (json!({ "ask_location": true }), "/text"),
        (json!({ "text": "x", "link": { "title": "Open", "url": "javascript:alert(1)" } }), "/link/url"),
        (json!({ "contacts": [{ "name": "Ann" }] }), "/contacts/0"),
        (json!({ "location": place, "contacts": [ann] }), "/location"),
    ] {
        let (status, problem) = say(body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    assert_eq!(it.thread(&json!(id)).await.len(), count);
}

async fn alerts(it: WhatsApp) {
    it.knows(&[template("sale", "APPROVED", "MARKETING")]).await;
    let codes = async || {
        let health = it.it.get(&it.it.admin, &format!("/gateways/{}/health", it.gateway)).await;
        let findings = health["findings"].as_array().unwrap().clone();
        findings.into_iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = codes().await;
    assert!(!before.iter().any(|code| code == "name_refused" || code == "templates_paused"), "{before:?}");
    let name = json!({ "display_phone_number": "15550001", "decision": "REJECTED", "requested_verified_name": "Best Shop" });
    it.deliver(&change("phone_number_name_update", &name)).await;
    let paused = json!({ "event": "PAUSED", "message_template_id": 1, "message_template_name": "sale",
        "message_template_language": "en_US" });
    it.deliver(&change("message_template_status_update", &paused)).await;
    it.it
        .until("both in Health", async || {
            let codes = codes().await;
            ["name_refused", "templates_paused"]
                .iter()
                .all(|code| codes.iter().any(|known| known == code))
                .then_some(())
        })
        .await;
}
