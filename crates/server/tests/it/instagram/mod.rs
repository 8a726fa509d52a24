//! An Instagram account that is found through its Page, from the webhook to the requests: what differs from Messenger.

mod meta;

use aws_lc_rs::hmac;
use domain::channel::Channel;
use domain::id::{GatewayId, MediumId};
use domain::role::Role;
use engine::directory::token_purpose;
use engine::secrets::Cipher;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::table::account::{self, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::testing::{self, params};
use store::{Batch, Signal};

use self::meta::Meta;
use crate::app::{ANNA, APP_SECRET, Engine, LAVKA, TestApp};
use crate::fixture::account_is_known;
use crate::meta_proxy::ACCOUNT_TOKEN;

const ACCOUNT: &str = "17841400000000777";
const CUSTOMER: &str = "8800000000000001";

struct Instagram {
    it: TestApp,
    meta: Meta,
    webhook_url: String,
    gateway: String,
}

impl Instagram {
    async fn start(engine: Engine) -> Option<Self> {
        let meta = Meta::start().await;
        let settings = [("meta_graph_url", meta.url()), ("meta_media_hosts", meta.host())];
        let it = TestApp::start_with_channels(engine, &settings, channels::Channels::default()).await?;
        meta.pass_on_to(it.sandbox.url());
        let gateway = it.connected().await;
        let known = it.get(&it.admin, &format!("/gateways/{gateway}")).await;
        let webhook_url = known["webhook_url"].as_str().unwrap().to_owned();
        let connected = Self { it, meta, webhook_url, gateway };
        connected.connect_account().await;
        Some(connected)
    }

    /// What the login writes down.
    async fn connect_account(&self) {
        let gateway = GatewayId(self.gateway.parse().unwrap());
        let token = Cipher::load(&self.it.config).unwrap().seal(ACCOUNT_TOKEN, &token_purpose(gateway));
        let mut batch = Batch::new();
        let named = NewAccount::named(1, gateway, Channel::INSTAGRAM, ACCOUNT, "lavka");
        let new = NewAccount { node: LAVKA, parent_id: Some(LAVKA), ..named };
        account::upsert(&mut batch, &new, self.it.clock.now());
        account::set_subscribed(&mut batch, gateway, ACCOUNT, true, None);
        let tasks = ["MESSAGING".to_owned()];
        let access = NewAccess { gateway, account_id: ACCOUNT, person: ANNA, token: &token, tasks: &tasks };
        account_access::upsert(&mut batch, &access);
        batch.notify(Signal::Config);
        self.it.store.commit(batch).await.unwrap();
        account_is_known(&self.it, gateway, ACCOUNT).await;
    }

    async fn post(&self, entry: Value) {
        let body = json!({ "object": "instagram", "entry": [entry] }).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let request =
            self.it.http().post(&self.webhook_url).header("x-hub-signature-256", format!("sha256={hex}"));
        assert_eq!(request.body(body).send().await.unwrap().status(), StatusCode::OK);
    }

    /// Something of the customer happens now.
    async fn happens(&self, what: &str, content: Value) {
        let at = self.it.clock.now().millis();
        let mut item = json!({ "sender": { "id": CUSTOMER }, "recipient": { "id": ACCOUNT }, "timestamp": at });
        item[what] = content;
        self.post(json!({ "id": ACCOUNT, "time": at, "messaging": [item] })).await;
    }

    async fn says(&self, message: Value) {
        self.happens("message", message).await;
    }

    /// The customer's messages that have come so far, waiting for as many as `count`.
    async fn thread(&self, count: usize) -> Vec<Value> {
        self.it
            .until(&format!("{count} messages of the customer"), async || {
                let list = self.it.get(&self.it.admin, "/conversations?limit=200").await;
                let mine = |it: &&Value| it["contact"]["identities"][0]["external_id"] == CUSTOMER;
                let id = list["items"].as_array()?.iter().find(mine)?["id"].as_str()?.to_owned();
                let path = format!("/conversations/{id}/messages?limit=200");
                let all = self.it.get(&self.it.admin, &path).await["items"].as_array()?.clone();
                let theirs: Vec<Value> = all.into_iter().filter(|it| it["direction"] == "in").collect();
                (theirs.len() >= count).then_some(theirs)
            })
            .await
    }

    /// Waits until something was sent, and returns the newest.
    async fn hears(&self, what: &str, found: impl Fn(&Value) -> bool) -> Value {
        self.it
            .until(&format!("{what} at the customer's"), async || {
                self.meta.sent().into_iter().rev().find(|sent| found(sent))
            })
            .await
    }

    async fn uploads(&self, agent: &str, conversation: &str, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form =
            reqwest::multipart::Form::new().text("conversation_id", conversation.to_owned()).part("file", part);
        let request = self.it.http().post(format!("{}/api/v1/media", self.it.url)).bearer_auth(agent);
        let answer = request.multipart(form).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

fn text(sent: &Value) -> &str {
    sent["message"]["text"].as_str().unwrap_or_default()
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

async fn a_customer_is_answered_within_instagrams_limits(engine: Engine) {
    let Some(ig) = Instagram::start(engine).await else { return };
    let it = &ig.it;
    let ben = it.user("Ben Agent", Role::Agent).await;
    it.online(&ben).await;

    // The bot answers on the Page's node, to the customer's id of the account.
    ig.says(json!({ "mid": "c1", "text": "Hello" })).await;
    let menu = ig.hears("the menu", |sent| sent["message"]["quick_replies"].is_array()).await;
    assert_eq!(menu["recipient"]["id"], CUSTOMER);
    ig.says(json!({ "mid": "c2", "text": "Talk to an agent" })).await;
    let offer = it.offered(&ben).await;
    let id = offer["id"].as_str().unwrap().to_owned();
    assert_eq!((&offer["channel"], &offer["account"]["id"]), (&json!("instagram"), &json!(ACCOUNT)), "{offer}");
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "heart": true })).await;
    ig.hears("a heart", |sent| sent["message"]["attachment"]["type"] == "like_heart").await;
    it.until("the customer's name", async || {
        let shown = it.get(&ben, &format!("/conversations/{id}")).await;
        (shown["contact"]["name"] == "@olena.k").then_some(())
    })
    .await;

    // A long text is sent in parts of at most 1,000 bytes, none of which splits the family emoji.
    let family = "👩‍👩‍👧‍👦";
    let long = family.repeat(100);
    let path = format!("/conversations/{id}/messages");
    let first = it.post(&ben, &path, json!({ "text": long })).await;
    let whole = it
        .until("all parts", async || {
            let parts: Vec<String> = ig
                .meta
                .sent()
                .iter()
                .map(|sent| text(sent).to_owned())
                .filter(|text| text.contains(family))
                .collect();
            (parts.concat() == long).then_some(parts)
        })
        .await;
    assert!(whole.len() > 2 && whole.iter().all(|part| part.len() <= 1_000 && part.len() % family.len() == 0));

    // What it does not take is refused before it is asked, with a sentence.
    let (status, problem) =
        ig.uploads(&ben, &id, "dance.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("Instagram takes pictures as PNG or JPEG; this one is GIF."), "{detail}");
    let react = async |emoji: &str| {
        let theirs = ig.thread(2).await;
        let path = format!("/conversations/{id}/messages/{}/reactions", theirs[1]["id"].as_str().unwrap());
        it.call(&ben, Method::POST, &path, Some(json!({ "emoji": emoji }))).await
    };
    let (status, problem) = react("🎉").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Instagram takes only ❤ as a reaction"), "{problem}");
    let (status, problem) = react("❤️").await;
    assert!(status.is_success(), "{problem}");
    let heart = ig.hears("the heart", |sent| sent["sender_action"] == "react").await;
    assert_eq!(heart["payload"], json!({ "message_id": "c2", "reaction": "love" }));

    // Pictures are uploaded to Meta for Instagram and sent together.
    let mut pictures = Vec::new();
    for name in ["a.png", "b.png"] {
        let (status, medium) = ig.uploads(&ben, &id, name, PNG.to_vec()).await;
        assert_eq!(status, StatusCode::CREATED, "{medium}");
        pictures.push(medium["id"].clone());
    }
    let last = it.post(&ben, &path, json!({ "attachment_ids": pictures })).await;
    let shown = ig.hears("both pictures", |sent| sent["message"]["attachments"].is_array()).await;
    assert_eq!(shown["message"]["attachments"].as_array().unwrap().len(), 2);
    assert!(ig.meta.uploads().iter().all(|form| form.contains("name=\"platform\"\r\n\r\ninstagram")));

    // Reading one message reads all before it.
    let mid = format!("ig_{}", ig.meta.sent().len());
    let status_of = async |message: &Value| {
        let list = it.get(&ben, &format!("{path}?limit=200")).await;
        let found = list["items"].as_array().unwrap().iter().find(|it| it["id"] == message["id"]).cloned();
        found.unwrap()["status"].clone()
    };
    it.until("the pictures are sent", async || (status_of(&last).await == "sent").then_some(())).await;
    ig.happens("read", json!({ "mid": mid })).await;
    it.until("both are read", async || {
        (status_of(&last).await == "read" && status_of(&first).await == "read").then_some(())
    })
    .await;
    ig.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_answered_within_instagrams_limits_on_sqlite() {
    a_customer_is_answered_within_instagrams_limits(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_answered_within_instagrams_limits_on_postgres() {
    a_customer_is_answered_within_instagrams_limits(Engine::Postgres).await;
}

async fn a_message_that_is_taken_back_leaves_nothing(engine: Engine) {
    let Some(ig) = Instagram::start(engine).await else { return };
    let picture = json!([{ "type": "image", "payload": { "url": format!("{}/cdn/secret.gif", ig.meta.url()) } }]);
    ig.says(json!({ "mid": "c1", "text": "My card", "attachments": picture })).await;
    let medium = ig
        .it
        .until("the picture is here", async || {
            let file = ig.thread(1).await[0]["attachments"][0].clone();
            (file["status"] == "stored").then(|| file["id"].as_str().unwrap().to_owned())
        })
        .await;
    let id: MediumId = medium.parse().unwrap();
    assert!(ig.it.app().blobs.path(id).exists());
    ig.happens("message_edit", json!({ "mid": "c1", "text": "my changed secret", "num_edit": 1 })).await;
    ig.says(json!({ "mid": "c1", "is_deleted": true })).await;
    ig.it.until("it is taken back", async || ig.thread(1).await[0]["unsent_at"].is_string().then_some(())).await;
    let left = &ig.thread(1).await[0];
    assert!(left["text"].is_null() && left["attachments"].as_array().unwrap().is_empty(), "{left}");
    let (status, _) = ig.it.call(&ig.it.admin, Method::GET, &format!("/media/{medium}"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // What Meta delivered has its content no longer; who wrote it, and when, stays.
    let deliveries = ig.it.get(&ig.it.admin, "/deliveries?limit=200").await;
    let mut bodies = String::new();
    for delivery in deliveries["items"].as_array().unwrap() {
        let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
        bodies.push_str(&ig.it.get(&ig.it.admin, &path).await["body"].to_string());
    }
    assert!(
        !bodies.contains("My card") && !bodies.contains("my changed secret") && !bodies.contains("secret.gif"),
        "{bodies}"
    );
    assert!(bodies.contains("c1") && bodies.contains(CUSTOMER), "{bodies}");
    ig.it.until("the file is gone", async || (!ig.it.app().blobs.path(id).exists()).then_some(())).await;
    ig.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_taken_back_leaves_nothing_on_sqlite() {
    a_message_that_is_taken_back_leaves_nothing(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_taken_back_leaves_nothing_on_postgres() {
    a_message_that_is_taken_back_leaves_nothing(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_is_shown_from_its_address_and_never_fetched() {
    let ig = Instagram::start(Engine::Sqlite).await.unwrap();
    let at = |name: &str| format!("{}/cdn/{name}", ig.meta.url());
    let mention = json!([{ "type": "story_mention", "payload": { "url": at("story.gif") } }]);
    ig.says(json!({ "mid": "c1", "attachments": mention })).await;
    let reply = json!({ "story": { "url": at("ours.gif"), "id": "1" } });
    let picture = json!([{ "type": "image", "payload": { "url": at("picture.gif") } }]);
    ig.says(json!({ "mid": "c2", "text": "This one?", "reply_to": reply, "attachments": picture })).await;
    let thread = ig.thread(2).await;
    assert_eq!(thread[0]["story"], json!({ "url": at("story.gif"), "kind": "mention" }));
    assert_eq!(
        (&thread[0]["kind"], &thread[0]["text"]),
        (&json!("share"), &json!("Mentioned you in their story"))
    );
    assert_eq!(thread[1]["story"], json!({ "url": at("ours.gif"), "kind": "reply" }));
    ig.it
        .until("the picture is fetched", async || {
            ig.meta.fetched().iter().any(|name| name == "picture.gif").then_some(())
        })
        .await;
    assert_eq!(ig.meta.fetched(), ["picture.gif"], "stories are not");
    let page = ig.it.http().get(format!("{}/", ig.it.url)).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self' blob: data: https://*.fbcdn.net"), "{policy}");
    assert!(policy.contains(ig.meta.url()), "{policy}");
    ig.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_has_its_private_reply_on_the_pages_node() {
    let ig = Instagram::start(Engine::Sqlite).await.unwrap();
    let it = &ig.it;
    let comment = json!({ "id": "17900000000000001", "from": { "id": CUSTOMER, "username": "olena.k" },
        "text": "How much?", "media": { "id": "1800" } });
    let seconds = it.clock.now().millis() / 1_000;
    ig.post(json!({ "id": ACCOUNT, "time": seconds, "changes": [{ "field": "comments", "value": comment }] }))
        .await;
    let path = format!("/pages/{ACCOUNT}/comments");
    let shown = it
        .until("the comment", async || it.get(&it.admin, &path).await["items"].as_array()?.first().cloned())
        .await;
    assert_eq!((&shown["channel"], &shown["from_name"]), (&json!("instagram"), &json!("olena.k")));
    assert!(shown["reply_until"].is_string(), "{shown}");
    let reply = format!("{path}/{}/reply", shown["id"].as_str().unwrap());
    let (status, problem) =
        it.call(&it.admin, Method::POST, &reply, Some(json!({ "text": "ж".repeat(501) }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("1002 bytes; Instagram takes at most 1000"), "{detail}");
    it.post(&it.admin, &reply, json!({ "text": "2,490 ₴" })).await;
    let sent = ig.hears("the private reply", |sent| text(sent) == "2,490 ₴").await;
    assert_eq!(sent["recipient"], json!({ "comment_id": "17900000000000001" }));
    // Meta takes 750 in an hour; the next one is refused before it is sent.
    let mut others = Batch::new();
    for n in 0..750_i64 {
        let insert = "INSERT INTO comment (id, gateway_id, page_id, comment_id, is_post, state, written_at, changed_at, replied_at)
            VALUES ($1, $2, $3, $4, 0, 'shown', $5, $5, $6)";
        let gateway: i64 = ig.gateway.parse().unwrap();
        let (comment, now) = (format!("other-{n}"), it.clock.now());
        // Older than the second comment, so that it is on the first page.
        let written = now.0 - 30 * domain::time::MINUTE;
        testing::push(&mut others, insert, params![n + 1, gateway, ACCOUNT, comment, written, now.0]);
    }
    it.store.commit(others).await.unwrap();
    let second = json!({ "id": "17900000000000002", "from": { "id": CUSTOMER, "username": "olena.k" }, "text": "And this?",
        "media": { "id": "1800" } });
    ig.post(json!({ "id": ACCOUNT, "time": seconds, "changes": [{ "field": "comments", "value": second }] }))
        .await;
    let again = it
        .until("the second comment", async || {
            let list = it.get(&it.admin, &format!("{path}?limit=200")).await;
            list["items"].as_array()?.iter().find(|it| it["text"] == "And this?").cloned()
        })
        .await;
    let again = format!("{path}/{}/reply", again["id"].as_str().unwrap());
    let (status, problem) = it.call(&it.admin, Method::POST, &again, Some(json!({ "text": "Yes" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("750 private replies"), "{problem}");
    it.clock.advance(2 * domain::time::HOUR);
    assert_eq!(
        it.call(&it.admin, Method::POST, &again, Some(json!({ "text": "Yes" }))).await.0,
        StatusCode::CREATED
    );
    it.until("the comment is answered", async || {
        it.get(&it.admin, &path).await["items"][0]["replied_at"].is_string().then_some(())
    })
    .await;
    ig.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_webhook_brought_is_found_in_instagrams_own_record() {
    let ig = Instagram::start(Engine::Sqlite).await.unwrap();
    let it = &ig.it;
    let time = engine::clock::rfc3339(it.clock.now()).replace('Z', "+0000");
    let account = json!({ "id": ACCOUNT, "username": "lavka" });
    let customer = json!({ "id": CUSTOMER, "username": "olena.k" });
    let missed =
        json!({ "id": "m_missed", "created_time": time, "from": customer, "message": "Is anyone there?" });
    ig.meta.lists(json!([{ "id": "t_1", "updated_time": time, "participants": { "data": [account, customer] },
        "messages": { "data": [missed] } }]));
    it.post(&it.admin, &format!("/gateways/{}/accounts/{ACCOUNT}/catch-up", ig.gateway), json!({})).await;
    let found = ig.thread(1).await;
    assert_eq!((&found[0]["text"], &found[0]["caught_up"]), (&json!("Is anyone there?"), &json!(true)));
    assert_eq!(ig.meta.asked()[0]["platform"], "instagram");
    ig.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_keeps_apps_out_is_told_what_to_switch_on() {
    let ig = Instagram::start(Engine::Sqlite).await.unwrap();
    let it = &ig.it;
    let ben = it.user("Ben Agent", Role::Agent).await;
    it.online(&ben).await;
    ig.says(json!({ "mid": "c1", "text": "Hello" })).await;
    ig.hears("the menu", |sent| sent["message"]["quick_replies"].is_array()).await;
    ig.says(json!({ "mid": "c2", "text": "Talk to an agent" })).await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.until("all that waits is sent", async || {
        let list = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        list["items"].as_array()?.iter().all(|it| it["status"] != "queued").then_some(())
    })
    .await;
    ig.meta.refuses(json!({ "code": 200, "error_subcode": 2_534_041, "message": "…" }));
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Good day" })).await;
    let failed = it
        .until("it fails", async || {
            let list = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            let found = list["items"].as_array()?.iter().find(|it| it["id"] == sent["id"])?.clone();
            (found["status"] == "failed").then(|| found["error"].clone())
        })
        .await;
    assert!(failed["action"].as_str().unwrap().contains("Allow access to messages"), "{failed}");
    let finding = it
        .until("Health says so", async || {
            let health = it.get(&it.admin, &format!("/gateways/{}/health", ig.gateway)).await;
            let about = |it: &&Value| it.to_string().contains("Allow access to messages");
            health["findings"].as_array()?.iter().find(about).cloned()
        })
        .await;
    assert!(finding["page_id"] == ACCOUNT || finding.to_string().contains("lavka"), "{finding}");
    ig.it.stop().await;
}
