//! Every route × role: who is let in is decided in one place, and this walks all of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use domain::role::Role;

/// What is for supervisors and administrators.
const SUPERVISE: &[&str] = &[
    "PUT /agents/{id}/status",
    "GET /wallboard",
    "POST /labels",
    "PATCH /labels/{id}",
    "DELETE /labels/{id}",
    "GET /reports/{name}",
    "GET /reports/rows",
    "GET /campaigns",
    "POST /campaigns",
    "GET /campaigns/{id}",
    "GET /campaigns/{id}/recipients",
    "POST /campaigns/{id}/pause",
    "POST /campaigns/{id}/resume",
    "POST /campaigns/{id}/cancel",
];
/// What everyone may reach who is signed in; what they see there is another question.
const ANSWER: &[&str] = &[
    "DELETE /session",
    "GET /me",
    "PUT /me/status",
    "PUT /me/password",
    "GET /me/settings",
    "PATCH /me/settings",
    "GET /me/mentions",
    "GET /comments",
    "GET /comments/count",
    "GET /comments/{id}",
    "POST /comments/{id}/done",
    "POST /comments/{id}/reopen",
    "GET /pages/{page_id}/comments",
    "POST /pages/{page_id}/comments/{comment_id}/reply",
    "DELETE /me/mentions/{conversation_id}",
    "POST /me/push",
    "DELETE /me/push",
    "POST /me/presence",
    "GET /me/picture",
    "PUT /me/picture",
    "DELETE /me/picture",
    "GET /tokens",
    "POST /tokens",
    "DELETE /tokens/{id}",
    "GET /agents",
    "GET /agents/{id}",
    "GET /queues",
    "GET /queues/{id}",
    "GET /calendars",
    "GET /calendars/{id}",
    "GET /calendars/{id}/open",
    "GET /teams",
    "GET /teams/{id}",
    "GET /skills",
    "GET /skills/{id}",
    "GET /pause-causes",
    "GET /pause-causes/{id}",
    "GET /macros",
    "GET /macros/{id}",
    "POST /conversations/{id}/macros/{macro_id}",
    "GET /close-reasons",
    "GET /close-reasons/{id}",
    "GET /forms",
    "GET /forms/{id}",
    "PUT /conversations/{id}/form",
    "GET /quick-replies",
    "GET /quick-replies/{id}",
    "POST /quick-replies",
    "PATCH /quick-replies/{id}",
    "DELETE /quick-replies/{id}",
    "POST /conversations/{id}/quick-replies/{reply_id}/files",
    "GET /conversations",
    "GET /conversations/{id}",
    "GET /conversations/{id}/closing-text",
    "GET /conversations/{id}/messages",
    "POST /conversations/{id}/messages",
    "POST /conversations/{id}/messages/{message_id}/retry",
    "POST /conversations/{id}/messages/{message_id}/cancel",
    "PATCH /conversations/{id}/messages/{message_id}",
    "POST /conversations/{id}/messages/{message_id}/translation",
    "POST /conversations/{id}/suggestion",
    "POST /conversations/{id}/summary",
    "POST /conversations/{id}/messages/{message_id}/reactions",
    "POST /conversations/{id}/accept",
    "POST /conversations/{id}/decline",
    "POST /conversations/{id}/offer-shown",
    "POST /conversations/{id}/reopen",
    "POST /conversations/{id}/close",
    "GET /accounts",
    "GET /accounts/seen",
    "GET /gateways/{id}/whatsapp/templates",
    "POST /conversations",
    "GET /conversations/{id}/transcript",
    "GET /conversations/{id}/run",
    "POST /conversations/{id}/transfer",
    "POST /conversations/{id}/snooze",
    "DELETE /conversations/{id}/snooze",
    "POST /conversations/{id}/extend-wrap-up",
    "POST /conversations/{id}/invite",
    "POST /conversations/{id}/leave",
    "POST /conversations/{id}/take",
    "POST /conversations/{id}/control",
    "POST /conversations/{id}/notes",
    "GET /conversations/{id}/colleagues",
    "POST /conversations/{id}/read",
    "POST /conversations/{id}/typing",
    "POST /conversations/{id}/labels",
    "GET /labels",
    "GET /labels/{id}",
    "GET /contacts",
    "GET /contacts/{id}",
    "PATCH /contacts/{id}",
    "POST /contacts/{id}/refresh",
    "POST /contacts/{id}/merge",
    "POST /contacts/{id}/split",
    "GET /gateways/{id}/pages/{page_id}/picture",
    "GET /contacts/{id}/conversations",
    "POST /contacts/{id}/conversations",
    "POST /media",
    "GET /media/{id}",
    "GET /summary",
    "GET /channels",
    "GET /search",
    "GET /events",
];
/// Operations that are open to everyone: they have their own checks.
const PUBLIC: &[&str] = &["GET /setup", "POST /setup", "POST /session"];

/// Every route of the document, as `METHOD /path`.
pub fn routes(document: &Value) -> Vec<(Method, String)> {
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if let Ok(method) = method.to_uppercase().parse::<Method>() {
                routes.push((method, path.trim_start_matches("/api/v1").to_owned()));
            }
        }
    }
    routes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_it_is_for_and_nobody_else() {
    let it = TestApp::start().await;
    let document: Value =
        it.http().get(format!("{}/api/v1/openapi.json", it.url)).send().await.unwrap().json().await.unwrap();
    let routes = routes(&document);
    assert!(routes.len() > 60, "the document lists the routes: {}", routes.len());
    let supervisor = it.user("Sue", Role::Supervisor).await;
    let agent = it.user("Ben", Role::Agent).await;
    for (method, path) in &routes {
        let name = format!("{method} {path}");
        if PUBLIC.contains(&name.as_str()) || name == "GET /events" || name == "DELETE /session" {
            continue;
        }
        let answer = ANSWER.contains(&name.as_str());
        let supervise = SUPERVISE.contains(&name.as_str());
        let path = path
            .replace("{id}", "1")
            .replace("{page_id}", "1")
            .replace("{message_id}", "1")
            .replace("{attempt_id}", "1")
            .replace("{macro_id}", "1")
            .replace("{reply_id}", "1");
        // An unknown field: what gets past the guard is refused there and changes nothing.
        let body = (*method != Method::GET).then(|| json!({ "no such field": 1 }));
        let status = async |token: &str| it.call(token, method.clone(), &path, body.clone()).await.0;
        assert_eq!(status("dbk_wrong").await, StatusCode::UNAUTHORIZED, "{name} without a sign-in");
        let let_in = |status: StatusCode| status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN;
        assert!(let_in(status(&it.admin).await), "{name} as administrator");
        assert_eq!(let_in(status(&supervisor).await), answer || supervise, "{name} as supervisor");
        assert_eq!(let_in(status(&agent).await), answer, "{name} as agent");
    }
    for name in ANSWER.iter().chain(SUPERVISE).chain(PUBLIC) {
        assert!(routes.iter().any(|(method, path)| format!("{method} {path}") == *name), "{name} is gone");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_of_others_does_not_exist_for_an_agent() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    for path in ["", "/messages"] {
        let (status, _) = it.call(&carla, Method::GET, &format!("/conversations/{id}{path}"), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(it.get(&carla, "/conversations?q=hello").await["items"], json!([]), "search neither");
    assert_eq!(it.get(&ben, "/conversations?q=HELLO").await["items"][0]["id"], json!(id));
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.get(&sue, &format!("/conversations/{id}")).await["id"], json!(id));
    // For a minute an agent of the queue gets the message that a colleague was faster.
    it.clock.advance(61 * domain::time::SECOND);
    let (status, _) = it.call(&carla, Method::POST, &format!("/conversations/{id}/take"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let taken = it.post(&sue, &format!("/conversations/{id}/take"), json!({})).await;
    assert_eq!(taken["agent"]["name"], "Sue");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_needs_our_own_origin_and_a_wrong_password_is_slowed_down() {
    let it = TestApp::start().await;
    it.user("Ben", Role::Agent).await;
    let ben = it.get(&it.admin, "/users").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|u| u["name"] == "Ben")
        .unwrap()["id"]
        .clone();
    let path = format!("/users/{}", ben.as_str().unwrap());
    let (status, body) =
        it.call(&it.admin, Method::PATCH, &path, Some(json!({ "password": "correct horse" }))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let sign_in = async |password: &str, origin: &str| {
        let request = it.http().post(format!("{}/api/v1/session", it.url)).header("origin", origin);
        request.json(&json!({ "email": "ben@example.org", "password": password })).send().await.unwrap()
    };
    assert_eq!(sign_in("correct horse", "https://evil.example").await.status(), StatusCode::FORBIDDEN);
    let good = sign_in("correct horse", &it.url).await;
    assert_eq!(good.status(), StatusCode::OK);
    let cookie = good.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let act = async |origin: Option<&str>| {
        let mut request = it.http().put(format!("{}/api/v1/me/status", it.url)).header("cookie", cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.json(&json!({ "status": "online" })).send().await.unwrap().status()
    };
    assert_eq!(act(None).await, StatusCode::FORBIDDEN);
    assert_eq!(act(Some("https://evil.example")).await, StatusCode::FORBIDDEN);
    assert_eq!(act(Some(&it.url)).await, StatusCode::OK);
    let mut last = StatusCode::OK;
    for _ in 0..8 {
        last = sign_in("wrong", &it.url).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    it.stop().await;
}
