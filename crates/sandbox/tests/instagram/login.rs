//! Instagram Login: its dialog, its tokens, its host.

use super::refusal;
use crate::support::{ANNA, APP, Bench, INSTAGRAM, LAVKA, REDIRECT, SECRET, hmac_hex};
use sandbox::seed::{DEMO_INSTAGRAM_APP_ID, DEMO_INSTAGRAM_APP_SECRET};
use serde_json::{Value, json};

const SCOPES: &str = "instagram_business_basic,instagram_business_manage_messages";

async fn open(bench: &Bench, query: &str) -> (u16, String) {
    let url = bench.url(&format!("/instagram/oauth/authorize?redirect_uri={REDIRECT}&state=st%2Fate&{query}"));
    let answer = bench.http.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn log_in(bench: &Bench) -> String {
    let query = format!("client_id={DEMO_INSTAGRAM_APP_ID}&response_type=code&scope={SCOPES}");
    let session = Bench::session(&open(bench, &query).await.1);
    bench.step(&[("session", &session), ("step", "person"), ("person", INSTAGRAM)]).await;
    let mut form = vec![("session", session.as_str()), ("step", "permissions")];
    form.extend(SCOPES.split(',').map(|scope| ("permission", scope)));
    let location = Bench::location(&bench.step(&form).await);
    assert!(location.ends_with("&state=st%2Fate#_"), "{location}");
    location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

async fn exchange(bench: &Bench, code: &str, secret: &str) -> (u16, Value) {
    let form = [
        ("client_id", DEMO_INSTAGRAM_APP_ID),
        ("client_secret", secret),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
        ("code", code),
    ];
    let answer = bench.http.post(bench.url("/instagram/oauth/access_token")).form(&form).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

async fn get(bench: &Bench, path: &str, token: &str) -> (u16, Value) {
    let answer =
        bench.http.get(bench.url(&format!("/instagram-graph{path}"))).bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn post(bench: &Bench, path: &str, token: &str, body: Value) -> (u16, Value) {
    let request = bench.http.post(bench.url(&format!("/instagram-graph/v26.0{path}")));
    let answer = request.bearer_auth(token).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_login_leads_to_a_token_that_lives_sixty_days_and_can_be_refreshed() {
    let bench = Bench::start().await;
    let code = log_in(&bench).await;
    assert_eq!(exchange(&bench, &code, "wrong").await.0, 400);
    let (status, short) = exchange(&bench, &code, DEMO_INSTAGRAM_APP_SECRET).await;
    assert_eq!(
        (status, short["user_id"].as_u64()),
        (200, INSTAGRAM.parse().ok()),
        "a number beyond 2^53: {short}"
    );
    let (status, again) = exchange(&bench, &code, DEMO_INSTAGRAM_APP_SECRET).await;
    assert_eq!((status, &again["error_type"]), (400, &json!("OAuthException")), "{again}");
    let short = short["access_token"].as_str().unwrap();
    let path = format!("/access_token?grant_type=ig_exchange_token&client_secret={DEMO_INSTAGRAM_APP_SECRET}");
    let (_, long) = get(&bench, &path, short).await;
    assert_eq!(long["expires_in"], 5_184_000, "{long}");
    let long = long["access_token"].as_str().unwrap();
    let refresh = "/refresh_access_token?grant_type=ig_refresh_token";
    assert_eq!(refusal(&get(&bench, refresh, long).await).0, 100, "not before a day has passed");
    bench.control("clock", json!({"advance_seconds": 86_401})).await;
    assert_eq!(refusal(&get(&bench, "/me", short).await), (190, 463), "an hour is over");
    let (status, fresh) = get(&bench, refresh, long).await;
    assert_eq!(status, 200, "{fresh}");
    bench.control("settings", json!({"instagram_wraps_tokens": true})).await;
    let (_, wrapped) = exchange(&bench, &log_in(&bench).await, DEMO_INSTAGRAM_APP_SECRET).await;
    assert!(wrapped["data"][0]["access_token"].is_string(), "{wrapped}");
    bench.stop().await;
}

#[tokio::test]
async fn mistakes_of_a_login_are_refused() {
    let bench = Bench::start().await;
    let wrong = [
        format!("client_id={APP}&response_type=code&scope={SCOPES}"),
        format!("client_id={DEMO_INSTAGRAM_APP_ID}&scope={SCOPES}"),
        format!("client_id={DEMO_INSTAGRAM_APP_ID}&response_type=code&scope=business_basic"),
        format!("client_id={DEMO_INSTAGRAM_APP_ID}&response_type=code&scope=instagram_business_manage_messages"),
    ];
    for query in wrong {
        assert_eq!(open(&bench, &query).await.0, 400, "{query}");
    }
    let url = bench.url(&format!(
        "/instagram/oauth/authorize?redirect_uri=http://127.0.0.1/other&client_id={DEMO_INSTAGRAM_APP_ID}&response_type=code&scope={SCOPES}"
    ));
    assert_eq!(bench.http.get(url).send().await.unwrap().status(), 400);
    bench.stop().await;
}

#[tokio::test]
async fn the_account_is_subscribed_read_and_written_to_on_instagrams_own_host() {
    let bench = Bench::start().await;
    let (_, short) = exchange(&bench, &log_in(&bench).await, DEMO_INSTAGRAM_APP_SECRET).await;
    let token = short["access_token"].as_str().unwrap();
    let (_, me) = get(&bench, "/me?fields=user_id,username,name", token).await;
    assert_eq!((&me["user_id"], &me["username"]), (&json!(INSTAGRAM), &json!("lavka.shop")));
    assert_ne!(me["id"], INSTAGRAM, "the id of me is app-scoped");
    assert_eq!(refusal(&bench.graph_get("/me", token).await).0, 190, "Facebook's host does not know the token");

    bench.subscribe("instagram", "messages").await;
    let path = format!("/{INSTAGRAM}/subscribed_apps");
    assert_eq!(refusal(&post(&bench, &path, token, json!({})).await).0, 100, "the fields must be named");
    let (status, answer) = post(&bench, &path, token, json!({"subscribed_fields": "messages"})).await;
    assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
    let (_, apps) = get(&bench, &path, token).await;
    assert_eq!(apps["data"][0]["subscribed_fields"], json!(["messages"]));

    bench.act(INSTAGRAM, "olena", "messages", json!({"text": "Hello"})).await;
    let event = bench.receiver.next("message").await;
    assert!(event.is_signed_by(DEMO_INSTAGRAM_APP_SECRET) && !event.is_signed_by(SECRET));
    let id = event.item["sender"]["id"].as_str().unwrap();
    let order = json!({"recipient": {"id": id}, "message": {"text": "Hi"}});
    let (status, answer) = post(&bench, "/me/messages", token, order.clone()).await;
    assert_eq!((status, &answer["recipient_id"]), (200, &json!(id)), "{answer}");
    assert_eq!(get(&bench, &format!("/{id}?fields=username"), token).await.0, 200);
    let (_, found) = get(&bench, &format!("/{INSTAGRAM}/conversations?platform=instagram"), token).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let breakers = json!({"ice_breakers": [{"locale": "default", "call_to_actions": [{"question": "Hours?", "payload": "H"}]}]});
    assert_eq!(post(&bench, "/me/messenger_profile", token, breakers).await.1["result"], "success");

    let proof = hmac_hex("wrong", token.as_bytes());
    let wrong = get(&bench, &format!("/me?appsecret_proof={proof}"), token).await;
    assert_eq!(refusal(&wrong).0, 100, "a proof is checked if it is there");
    bench.http.delete(bench.url(&format!("/instagram-graph{path}"))).bearer_auth(token).send().await.unwrap();
    assert_eq!(bench.thread_of(INSTAGRAM, "olena").await["page"]["subscribed_by"], json!([]));
    bench.stop().await;
}

#[tokio::test]
async fn a_login_that_is_taken_back_ends_the_token_and_is_announced() {
    let bench = Bench::start().await;
    let hook = bench.receiver.url.clone();
    bench
        .control(&format!("apps/{APP}"), json!({"deauthorize_callback_url": hook, "instagram_app_secret": SECRET}))
        .await;
    let (_, short) = exchange(&bench, &log_in(&bench).await, SECRET).await;
    let token = short["access_token"].as_str().unwrap();
    let (status, me) = get(&bench, "/me?fields=id,user_id", token).await;
    assert_eq!((status, &me["user_id"]), (200, &json!(INSTAGRAM)));
    bench.control(&format!("apps/{APP}/deauthorize"), json!({"instagram_id": INSTAGRAM})).await;
    // By the id that the app knows the person by, which is not the account's.
    let named = bench.receiver.signed().await["user_id"].clone();
    assert_eq!(named, me["id"]);
    assert_ne!(named, INSTAGRAM);
    assert_eq!(refusal(&get(&bench, "/me", token).await), (190, 458));
    bench.stop().await;
}

#[tokio::test]
async fn a_person_says_yes_without_a_browser_and_the_dialogs_mistakes_are_told() {
    let bench = Bench::start().await;
    let scopes = "pages_show_list,pages_messaging,instagram_basic,instagram_manage_messages";
    let url = bench
        .url(&format!("/v26.0/dialog/oauth?client_id={APP}&redirect_uri={REDIRECT}&state=abc&scope={scopes}"));
    let order = json!({"url": url, "person_id": ANNA, "page_ids": [LAVKA]});
    let back = bench.control("log-in", order).await["location"].as_str().unwrap().to_owned();
    assert!(back.starts_with(REDIRECT) && back.contains("state=abc"), "{back}");
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let token = bench.exchange(code).await.1["access_token"].as_str().unwrap().to_owned();
    let (_, pages) = bench.graph_get("/me/accounts?fields=id,instagram_business_account", &token).await;
    assert_eq!(pages["data"].as_array().unwrap().len(), 1, "only the Page that was ticked: {pages}");
    assert_eq!(pages["data"][0]["instagram_business_account"]["id"], INSTAGRAM);

    let wrong = json!({"url": bench.url("/v26.0/dialog/oauth?client_id=7"), "person_id": ANNA});
    let answer = bench.http.post(bench.url("/control/log-in")).json(&wrong).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("Invalid App ID"));
}
