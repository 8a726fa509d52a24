//! Instagram accounts and WhatsApp numbers on a gateway: connected, switched on and off, watched over.

mod graph;
mod instagram;
pub mod sandbox;
mod whatsapp;

use channels::Channels;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::graph::Graph;
use crate::app::{APP_ID, APP_SECRET, Engine, TestApp};

/// An installation whose Graph has accounts on all channels, and its gateway.
struct World {
    it: TestApp,
    graph: Graph,
    gateway: String,
    webhook: String,
}

impl World {
    async fn start() -> Self {
        let graph = Graph::start().await;
        let settings = [
            ("meta_graph_url", graph.url()),
            ("meta_instagram_graph_url", graph.url()),
            ("meta_instagram_dialog_url", graph.url()),
        ];
        let it = TestApp::start_with_channels(Engine::Sqlite, &settings, Channels::default()).await.unwrap();
        let (gateway, webhook) = gateway(&it, APP_ID).await;
        Self { it, graph, gateway, webhook }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        self.it.call(&self.it.admin, method, &format!("/gateways/{}{path}", self.gateway), Some(body)).await
    }

    /// Begins a login; returns the dialog's address.
    async fn begin(&self, wanted: Value) -> String {
        let (status, begun) = self.call(Method::POST, "/connect", wanted).await;
        assert_eq!(status, StatusCode::OK, "{begun}");
        begun["url"].as_str().unwrap().to_owned()
    }

    /// Comes back from the dialog with a code; returns the text of the page.
    async fn come_back(&self, dialog: &str, code: &str) -> String {
        let dialog = reqwest::Url::parse(dialog).unwrap();
        let (_, state) = dialog.query_pairs().find(|(name, _)| name == "state").unwrap();
        let back = format!("{}?code={code}&state={state}", self.webhook);
        self.it.http().get(back).send().await.unwrap().text().await.unwrap()
    }

    async fn accounts(&self, channel: &str) -> Vec<Value> {
        let path = format!("/gateways/{}/accounts?channel={channel}", self.gateway);
        self.it.get(&self.it.admin, &path).await["items"].as_array().unwrap().clone()
    }

    async fn switch(&self, account: &str, subscribed: bool) -> (StatusCode, Value) {
        self.call(Method::PATCH, &format!("/accounts/{account}"), json!({ "subscribed": subscribed })).await
    }

    /// Checks the gateway's health with Meta.
    async fn check(&self) -> Value {
        self.it.post(&self.it.admin, &format!("/gateways/{}/health/check", self.gateway), json!({})).await
    }
}

/// A gateway of an app: its id and address.
async fn gateway(it: &TestApp, app: &str) -> (String, String) {
    let input = json!({ "kind": "meta", "name": format!("App {app}"), "app_id": app, "app_secret": APP_SECRET });
    let made = it.post(&it.admin, "/gateways", input).await;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (text("id"), text("webhook_url"))
}

/// What Health finds, besides that a test is not reached by https.
fn codes(health: &Value) -> Vec<&str> {
    let codes = health["findings"].as_array().unwrap().iter().filter_map(|finding| finding["code"].as_str());
    codes.filter(|code| *code != "public_url_insecure").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_to_be_connected_is_checked() {
    let world = World::start().await;
    for (wanted, pointer) in [
        (json!({ "channel": "telegram" }), "/channel"),
        (json!({ "channel": "messenger", "login": "instagram" }), "/login"),
        (json!({ "channel": "whatsapp", "login": "instagram" }), "/login"),
        (json!({ "channel": "messenger", "token": "t" }), "/token"),
        (json!({ "channel": "whatsapp", "token": "two words" }), "/token"),
    ] {
        let (status, problem) = world.call(Method::POST, "/connect", wanted).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    world.it.stop().await;
}
