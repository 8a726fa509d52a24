//! An installation under a path of its host: everything that others see of it lies there.

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, cookie};
use crate::fixture::active;
use crate::routes::media::upload;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_lives_under_the_path_of_the_public_url() {
    let it = TestApp::start_with(&[("public_url", "{url}/desk")]).await;
    // Login at Meta, its webhooks and the answers: the gateway's address is under the path.
    let (ben, id, gateway) = active(&it).await;
    let webhook =
        it.get(&it.admin, &format!("/gateways/{gateway}")).await["webhook_url"].as_str().unwrap().to_owned();
    assert!(webhook.starts_with(&format!("{}/desk/chat/", it.url)), "{webhook}");
    let ask =
        async |path: &str| it.http().get(format!("{}{path}", it.url)).bearer_auth(&ben).send().await.unwrap();
    for path in ["/desk/healthz", "/desk/readyz", "/desk/api/v1/me", "/desk", "/desk/", "/desk/workspace?x=1"] {
        assert_eq!(ask(path).await.status(), StatusCode::OK, "{path}");
    }
    // A proxy may take the path away, and probes know nothing of it.
    for path in ["/healthz", "/api/v1/me", "/workspace"] {
        assert_eq!(ask(path).await.status(), StatusCode::OK, "{path}");
    }
    assert_eq!(ask("/desk/api/v1/nothing").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask("/desktop/api/v1/me").await.headers()["content-type"], "text/html; charset=utf-8");
    let page = ask("/desk/workspace").await.text().await.unwrap();
    assert!(page.contains("<base href=\"/desk/\"") || page.contains("without its screens"), "{page}");

    let (_, file) = upload(&it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await;
    let url = file["url"].as_str().unwrap();
    assert!(url.starts_with("/desk/api/v1/media/"), "{url}");
    assert_eq!(ask(url).await.text().await.unwrap(), "%PDF-1.4 prices");
    let with_file = json!({ "text": "Here", "attachment_ids": [file["id"]] });
    it.post(&ben, &format!("/conversations/{id}/messages"), with_file).await;
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    let shown = thread["items"].as_array().unwrap().iter().find_map(|m| m["attachments"][0]["url"].as_str());
    assert_eq!(shown, Some(url));

    // A separate cookie, so that another installation on the host is not signed out.
    it.person("Cora", Role::Agent).await;
    let answer = it.sign_in("cora@example.org", PASSWORD, &[]).await;
    for set in answer.headers().get_all("set-cookie") {
        assert!(set.to_str().unwrap().contains("Path=/;"), "as `__Host-` requires on https: {set:?}");
    }
    let session = cookie(&answer);
    assert!(session.starts_with("deskbell-desk="), "{session}");
    let request = it.http().request(Method::PUT, format!("{}/desk/api/v1/me/status", it.url));
    let request = request.header("cookie", session).header("origin", &it.url).json(&json!({ "status": "online" }));
    let status: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(status["status"], "online");
    it.stop().await;
}
