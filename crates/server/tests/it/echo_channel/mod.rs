//! A channel that exists only here: everything that it needs is in this folder. Its customers' messages come with a
//! gateway's webhook, its bot and its agents answer within its own limits, and their messages are sent with its own
//! requests.

mod meta;
mod protocol;

use aws_lc_rs::hmac;
use channels::Channels;
use domain::id::GatewayId;
use domain::role::Role;
use engine::directory::token_purpose;
use engine::secrets::Cipher;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::table::account::{self, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::{Batch, Signal};

use self::meta::Meta;
use self::protocol::{CHANNEL, Echo};
use crate::app::{ANNA, APP_SECRET, Engine, TestApp};
use crate::fixture::account_is_known;
use crate::meta_proxy::ACCOUNT_TOKEN;

/// The account of the business, and a customer of it.
const ACCOUNT: &str = "echo-1";
const OLENA: &str = "olena";

/// An installation with the echo channel, and an account on it.
struct Echoed {
    it: TestApp,
    meta: Meta,
    webhook_url: String,
    gateway: String,
}

impl Echoed {
    async fn start(engine: Engine) -> Option<Self> {
        let meta = Meta::start().await;
        let settings = [("meta_graph_url", meta.url())];
        let it = TestApp::start_with_channels(engine, &settings, Channels::default().with(&Echo)).await?;
        meta.pass_on_to(it.sandbox.url());
        let gateway = it.connected().await;
        let webhook_url =
            it.get(&it.admin, &format!("/gateways/{gateway}")).await["webhook_url"].as_str().unwrap().to_owned();
        let echoed = Self { it, meta, webhook_url, gateway };
        echoed.connect_account().await;
        Some(echoed)
    }

    /// What the login of a real channel would write down.
    async fn connect_account(&self) {
        let gateway = GatewayId(self.gateway.parse().unwrap());
        let token = Cipher::load(&self.it.config).unwrap().seal(ACCOUNT_TOKEN, &token_purpose(gateway));
        let mut batch = Batch::new();
        let new = NewAccount::named(1, gateway, CHANNEL, ACCOUNT, "Echo");
        account::upsert(&mut batch, &new, self.it.clock.now());
        account::set_subscribed(&mut batch, gateway, ACCOUNT, true, None);
        let tasks = ["MESSAGING".to_owned()];
        account_access::upsert(
            &mut batch,
            &NewAccess { gateway, account_id: ACCOUNT, person: ANNA, token: &token, tasks: &tasks },
        );
        batch.notify(Signal::Config);
        self.it.store.commit(batch).await.unwrap();
        account_is_known(&self.it, gateway, ACCOUNT).await;
    }

    /// The customer sends a text.
    async fn says(&self, id: &str, text: &str) {
        let body =
            json!({ "object": "echo", "account": ACCOUNT, "said": [{ "from": OLENA, "id": id, "text": text }] });
        let body = body.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let request =
            self.it.http().post(&self.webhook_url).header("x-hub-signature-256", format!("sha256={hex}"));
        assert_eq!(request.body(body).send().await.unwrap().status(), StatusCode::OK);
    }

    /// Waits until the customer has been sent these words.
    async fn hears(&self, words: &str) {
        self.it
            .until(&format!("\"{words}\" at the customer's"), async || {
                self.meta.sent_to(OLENA).contains(words).then_some(())
            })
            .await;
    }
}

async fn a_customer_is_answered_within_the_limits_of_their_channel(engine: Engine) {
    let Some(echoed) = Echoed::start(engine).await else { return };
    let it = &echoed.it;
    let ben = it.user("Ben Agent", Role::Agent).await;
    it.online(&ben).await;

    // The bot has no buttons here: it writes its choices out, in parts of at most 40 bytes, and reads the typed title.
    echoed.says("e1", "Hello").await;
    echoed.hears("Talk to an agent").await;
    assert!(echoed.meta.longest_text() <= protocol::LONGEST, "{}", echoed.meta.longest_text());
    echoed.says("e1", "Hello").await;
    echoed.says("e2", "Talk to an agent").await;

    let offer = it.offered(&ben).await;
    let id = offer["id"].as_str().unwrap().to_owned();
    assert_eq!((&offer["channel"], &offer["account"]["id"]), (&json!("echo"), &json!(ACCOUNT)), "{offer}");
    assert_eq!(offer["account"]["name"], "Echo");
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    let named = it
        .until("the customer's name", async || {
            let shown = it.get(&ben, &format!("/conversations/{id}")).await;
            (shown["contact"]["name"] == "Olena Echo").then_some(shown)
        })
        .await;
    let identity = &named["contact"]["identities"][0];
    assert_eq!(
        (&identity["channel"], &identity["account_id"], &identity["external_id"]),
        (&json!("echo"), &json!(ACCOUNT), &json!(OLENA))
    );

    // The channel's limits apply to the agent, with an error message that names it.
    let say = async |body: Value| {
        it.call(&ben, Method::POST, &format!("/conversations/{id}/messages"), Some(body)).await
    };
    for (body, pointer, words) in [
        (json!({ "text": "ж".repeat(101) }), "/text", "202 bytes"),
        (json!({ "text": "?", "quick_replies": ["Yes"] }), "/quick_replies", "Echo has no quick replies"),
    ] {
        let (status, problem) = say(body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let (status, sent) = say(json!({ "text": "Good day, this is Ben.", "client_id": "c1" })).await;
    assert_eq!(status, StatusCode::CREATED, "{sent}");
    echoed.hears("this is Ben").await;
    it.until("the message counts as sent", async || {
        let list = it.get(&ben, &format!("/conversations/{id}/messages")).await;
        let found = list["items"].as_array()?.iter().find(|message| message["id"] == sent["id"])?.clone();
        (found["status"] == "sent").then_some(())
    })
    .await;

    // The same text twice was one message, and Messenger is not affected.
    let list = it.get(&ben, &format!("/conversations/{id}/messages")).await;
    let texts: Vec<&str> = list["items"].as_array().unwrap().iter().filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(texts.iter().filter(|text| **text == "Hello").count(), 1, "{texts:?}");
    it.writes("olena", json!({ "text": "On Messenger" })).await;
    it.phone_shows("olena", "How can we help").await;

    // Health asks Meta for no subscription of an account that needs none.
    let health = it.get(&it.admin, &format!("/gateways/{}/health", echoed.gateway)).await;
    let about = |finding: &&Value| finding.to_string().contains(ACCOUNT);
    assert_eq!(health["findings"].as_array().unwrap().iter().find(about), None);
    echoed.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_answered_within_the_limits_of_their_channel_on_sqlite() {
    a_customer_is_answered_within_the_limits_of_their_channel(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_answered_within_the_limits_of_their_channel_on_postgres() {
    a_customer_is_answered_within_the_limits_of_their_channel(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_tells_what_can_be_sent_on_each_channel() {
    let echoed = Echoed::start(Engine::Sqlite).await.unwrap();
    let channels = echoed.it.get(&echoed.it.admin, "/channels").await;
    let of = |name: &str| {
        channels["items"].as_array().unwrap().iter().find(|it| it["channel"] == name).cloned().unwrap_or_default()
    };
    let (messenger, echo) = (of("messenger"), of("echo"));
    assert_eq!((&messenger["quick_replies"], &echo["quick_replies"]), (&json!(13), &json!(0)));
    assert_eq!(messenger["text"], json!({ "limit": 1_999, "whole": 20_000, "unit": "characters" }));
    assert_eq!(echo["text"], json!({ "limit": protocol::LONGEST, "whole": 200, "unit": "bytes" }));
    assert_eq!(messenger["files"]["image"]["limit"], 25 * 1024 * 1024);
    assert_eq!(echo["window"]["standard_seconds"], 3_600);
    echoed.it.stop().await;
}
