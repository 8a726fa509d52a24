//! Templates: listed, reviewed, filled in, sent when the window is closed, limited, stopped.

use super::{code, text, writes};
use crate::support::{Bench, NUMBER, SYSTEM_USER, WABA, proof};
use serde_json::{Value, json};

fn order_update(to: &str, values: &[&str]) -> Value {
    let parameters: Vec<Value> = values.iter().map(|value| json!({"type": "text", "text": value})).collect();
    let url = json!({"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "1042"}]});
    json!({"to": to, "type": "template", "template": {"name": "order_update", "language": {"code": "en"},
        "components": [{"type": "body", "parameters": parameters}, url]}})
}

async fn path_of(bench: &Bench, name: &str) -> String {
    let path = format!("/{WABA}/message_templates?name={name}&fields=id");
    let id = bench.graph_get(&path, SYSTEM_USER).await.1["data"][0]["id"].as_str().unwrap().to_owned();
    format!("templates/{id}")
}

#[tokio::test]
async fn a_template_reaches_a_customer_who_never_wrote_and_its_button_comes_back() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone =
        bench.thread_of(NUMBER, "olena").await["customer"]["whatsapp"]["phone"].as_str().unwrap().to_owned();
    let (status, answer) = bench.whatsapp(order_update(&phone, &["Olena", "1042"])).await;
    assert_eq!(status, 200, "{answer}");
    let sent = bench.receiver.status().await;
    assert_eq!(
        (&sent["status"], &sent["pricing"]["category"], &sent["pricing"]["billable"]),
        (&json!("sent"), &json!("utility"), &json!(true))
    );
    let thread = bench.thread_of(NUMBER, "olena").await;
    let message = &thread["messages"][0];
    assert_eq!(message["text"], "Hello Olena, your order 1042 is on its way.");
    assert_eq!(message["template"]["buttons"][1]["url"], "https://lavka.example/track/1042");
    bench.act(NUMBER, "olena", "tap", json!({"mid": message["mid"], "choice": "Thank you"})).await;
    let reply = bench.receiver.change("messages", "messages").await["messages"][0].clone();
    assert_eq!(reply["button"], json!({"payload": "Thank you", "text": "Thank you"}));
    assert_eq!(bench.whatsapp(text(&phone, "The window is open")).await.0, 200);
    bench.stop().await;
}

#[tokio::test]
async fn parameters_are_counted_and_checked() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    assert_eq!(code(&bench.whatsapp(order_update(&phone, &["Olena"])).await), 132_000);
    assert_eq!(code(&bench.whatsapp(order_update(&phone, &["Olena", &"9".repeat(1_100)])).await), 132_005);
    assert_eq!(code(&bench.whatsapp(order_update(&phone, &["Olena\nK", "1"])).await), 132_018);
    let send = async |template: Value| {
        bench.whatsapp(json!({"to": phone, "type": "template", "template": template})).await
    };
    assert_eq!(code(&send(json!({"name": "none", "language": {"code": "en"}})).await), 132_001);
    assert_eq!(code(&send(json!({"name": "order_update", "language": {"code": "uk"}})).await), 132_001);
    assert_eq!(
        code(&send(json!({"name": "new_collection", "language": {"code": "en"}})).await),
        132_001,
        "in review"
    );
    let offer = |header: Value| {
        json!({"name": "spring_offer", "language": {"code": "en"}, "components": [
        {"type": "header", "parameters": header}, {"type": "body", "parameters": [{"type": "text", "text": "O"}, {"type": "text", "text": "20 %"}]}]})
    };
    assert_eq!(code(&send(offer(json!([]))).await), 132_000);
    assert_eq!(code(&send(offer(json!([{"type": "text", "text": "x"}]))).await), 132_012);
    let link = bench.url("/cdn/avatar/page-1.png");
    assert_eq!(send(offer(json!([{"type": "image", "image": {"link": link}}]))).await.0, 200);
    let named = json!({"name": "appointment", "language": {"code": "en"}, "components": [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "day", "text": "Monday"}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "time", "text": "10:30"}, {"type": "text", "parameter_name": "name", "text": "Olena"}]}]});
    assert_eq!(send(named).await.0, 200);
    let thread = bench.thread_of(NUMBER, "olena").await;
    assert!(thread["messages"].to_string().contains("Hello Olena, we expect you at 10:30."), "{thread}");
    bench.stop().await;
}

#[tokio::test]
async fn a_new_template_waits_for_its_review_and_may_be_paused_later() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let make =
        async |body: Value| bench.graph_post(&format!("/{WABA}/message_templates"), SYSTEM_USER, body).await;
    let hello = json!({"name": "hello", "language": "en", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Hello {{1}}", "example": {"body_text": [["Ann"]]}}]});
    let (status, made) = make(hello.clone()).await;
    assert_eq!((status, &made["status"]), (200, &json!("PENDING")), "{made}");
    assert_eq!(code(&make(hello).await), 100, "there is one of that name and language");
    let wrong = [
        json!({"name": "Hello", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": "x"}]}),
        json!({"name": "a", "language": "en", "category": "NEWS", "components": [{"type": "BODY", "text": "x"}]}),
        json!({"name": "a", "language": "en", "category": "UTILITY", "components": [{"type": "FOOTER", "text": "x"}]}),
        json!({"name": "a", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": "Hi {{1}}"}]}),
    ];
    for body in wrong {
        assert_eq!(make(body.clone()).await.0, 400, "{body}");
    }
    let phone = writes(&bench, "olena").await;
    let order = json!({"to": phone, "type": "template", "template": {"name": "hello", "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Olena"}]}]}});
    assert_eq!(code(&bench.whatsapp(order.clone()).await), 132_001);
    let path = path_of(&bench, "hello").await;
    bench.control(&path, json!({"status": "APPROVED"})).await;
    let event = bench.receiver.change("message_template_status_update", "event").await;
    assert_eq!((&event["event"], &event["message_template_name"]), (&json!("APPROVED"), &json!("hello")));
    assert!(event["message_template_id"].is_u64(), "a number: {event}");
    assert_eq!(bench.whatsapp(order.clone()).await.0, 200);
    bench.control(&path, json!({"status": "PAUSED", "quality": "RED"})).await;
    assert_eq!(bench.receiver.change("message_template_status_update", "event").await["event"], "PAUSED");
    assert_eq!(
        bench.receiver.change("message_template_quality_update", "new_quality_score").await["new_quality_score"],
        "RED"
    );
    assert_eq!(code(&bench.whatsapp(order.clone()).await), 132_015);
    bench.control(&path, json!({"status": "DISABLED", "category": "MARKETING"})).await;
    assert_eq!(
        bench.receiver.change("template_category_update", "new_category").await["new_category"],
        "MARKETING"
    );
    assert_eq!(code(&bench.whatsapp(order).await), 132_016);
    let request = bench.http.delete(bench.url(&format!("/{WABA}/message_templates?name=hello")));
    let request = request.query(&[("appsecret_proof", proof(SYSTEM_USER))]).bearer_auth(SYSTEM_USER);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let (_, rest) = bench.graph_get(&format!("/{WABA}/message_templates?limit=2"), SYSTEM_USER).await;
    assert!(rest["data"].as_array().unwrap().len() == 2 && rest["paging"]["next"].is_string(), "{rest}");
    bench.stop().await;
}

#[tokio::test]
async fn promotions_stop_and_the_portfolio_has_its_limits() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    bench.control("settings", json!({"delivery_ms": 0})).await;
    let path = path_of(&bench, "new_collection").await;
    bench.control(&path, json!({"status": "APPROVED"})).await;
    let news = |to: &str| json!({"to": to, "type": "template", "template": {"name": "new_collection", "language": {"code": "en"}}});
    let outcome = async |order: Value| {
        let (status, answer) = bench.whatsapp(order).await;
        assert_eq!(status, 200, "{answer}");
        loop {
            let status = bench.receiver.status().await;
            if status["id"] == answer["messages"][0]["id"] {
                return status["errors"][0]["code"].as_i64();
            }
        }
    };
    assert_eq!(outcome(news(&phone)).await, None);
    bench.act(NUMBER, "olena", "marketing", json!({"wanted": false})).await;
    let stop = bench.receiver.change("user_preferences", "user_preferences").await;
    assert_eq!(stop["user_preferences"][0]["value"], "stop");
    assert_eq!(outcome(news(&phone)).await, Some(131_050));
    assert_eq!(outcome(order_update(&phone, &["O", "1"])).await, None, "only promotions stop");
    bench.control("whatsapp", json!({"id": WABA, "payment_ok": false})).await;
    assert_eq!(outcome(order_update(&phone, &["O", "1"])).await, Some(131_042));
    bench.control("whatsapp", json!({"id": WABA, "payment_ok": true})).await;
    for n in 0..251 {
        let id = bench.control("customers", json!({"name": format!("Person {n}")})).await["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let phone =
            bench.thread_of(NUMBER, &id).await["customer"]["whatsapp"]["phone"].as_str().unwrap().to_owned();
        bench.control("clock", json!({"advance_seconds": 1})).await;
        let failed = outcome(news(&phone)).await;
        assert_eq!(failed, (n == 250).then_some(131_048), "person {n}");
    }
    bench.stop().await;
}
