//! Messages of a kind of their own: a place, contacts, a link, a request for the location.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{NUMBER, WhatsApp, change, on_both_engines, template};

on_both_engines! {
    each_kind => each_kind_reaches_meta_in_its_form_on_sqlite, each_kind_reaches_meta_in_its_form_on_postgres;
    measures => what_meta_does_to_an_account_is_in_health_until_it_is_lifted_on_sqlite, what_meta_does_to_an_account_is_in_health_until_it_is_lifted_on_postgres;
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

/// Bans, restrictions, violations and alerts of the business account, and how they end.
async fn measures(it: WhatsApp) {
    let health = async || it.it.get(&it.it.admin, &format!("/gateways/{}/health", it.gateway)).await;
    let found = async |code: &str| {
        let findings = health().await["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["code"] == code)
    };
    let number = async || {
        let pages = health().await["pages"].as_array().unwrap().clone();
        pages.into_iter().find(|page| page["id"] == NUMBER).unwrap()["ok"].clone()
    };
    let account = async || {
        let all = it.it.get(&it.it.admin, &format!("/gateways/{}/accounts", it.gateway)).await;
        let all = all["items"].as_array().unwrap().clone();
        all.into_iter().find(|account| account["id"] == NUMBER).unwrap()["health"].clone()
    };
    let appears = async |code: &str| it.it.until(code, async || found(code).await).await;
    let ends = async |code: &str| it.it.until("its end", async || found(code).await.is_none().then_some(())).await;
    let update = async |value: Value| it.deliver(&change("account_update", &value)).await;
    let ban = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } });
    assert_eq!((number().await, &account().await["ok"]), (json!(true), &json!(true)));

    update(ban("DISABLE")).await;
    let finding = appears("page_blocked").await;
    assert_eq!((&finding["severity"], &finding["account_id"]), (&json!("error"), &json!(NUMBER)), "{finding}");
    let words = finding["message"].as_str().unwrap();
    assert!(
        words.contains("has blocked this WhatsApp number") && words.contains("Business Support Home"),
        "{words}"
    );
    assert_eq!((&health().await["ok"], number().await), (&json!(false), json!(false)));
    let shown = account().await;
    assert!(shown["ok"] == false && shown["message"].as_str().unwrap().contains("WhatsApp number"), "{shown}");
    it.it.clock.advance(domain::time::SECOND);
    update(ban("REINSTATE")).await;
    ends("page_blocked").await;
    assert_eq!((number().await, &account().await["ok"]), (json!(true), &json!(true)));

    update(ban("SCHEDULE_FOR_DISABLE")).await;
    assert_eq!(appears("account_disable_scheduled").await["severity"], "error");
    let until = it.it.clock.now().plus(2 * domain::time::DAY).0 / 1_000_000;
    let restriction = json!({ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": until });
    update(json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction] })).await;
    let finding = appears("account_restricted").await;
    assert_eq!(finding["args"]["restrictions"], "RESTRICTED_BIZ_INITIATED_MESSAGING", "{finding}");
    assert_eq!(number().await, false);
    update(json!({ "event": "ACCOUNT_VIOLATION", "violation_info": { "violation_type": "SPAM" } })).await;
    let finding = appears("account_violation").await;
    assert_eq!(
        (&finding["severity"], &finding["args"]["violation"]),
        (&json!("warning"), &json!("SPAM")),
        "{finding}"
    );
    let alert = |status: &str| {
        json!({ "entity_type": "BUSINESS", "entity_id": "1", "alert_info": { "alert_severity": "CRITICAL",
            "alert_status": status, "alert_type": "DEFERRED", "alert_description": "More information is needed" } })
    };
    it.deliver(&change("account_alerts", &alert("ACTIVE"))).await;
    let words = appears("account_alert").await["message"].as_str().unwrap().to_owned();
    assert!(words.contains("(More information is needed)"), "{words}");
    it.deliver(&change("account_alerts", &alert("NONE"))).await;
    ends("account_alert").await;

    // A restriction ends at its time.
    it.it.clock.advance(3 * domain::time::DAY);
    ends("account_restricted").await;
    update(ban("REINSTATE")).await;
    ends("account_disable_scheduled").await;
    // Nothing says that a warning has ended: it is shown for two weeks.
    it.it.clock.advance(12 * domain::time::DAY);
    ends("account_violation").await;
}
