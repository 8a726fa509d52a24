//! WhatsApp from end to end: what customers write, whose thread it is, what is sent, and what is reported about it.
//! Graph is a stand-in of these tests, so that each response can be chosen.

mod campaigns;
mod files;
mod flows;
mod identity;
mod messages;
mod meta;
mod opt_out;
mod special;

use aws_lc_rs::hmac;
use channels::Channels;
use domain::channel::Channel;
use domain::id::GatewayId;
use domain::role::Role;
use engine::directory::token_purpose;
use engine::secrets::Cipher;
use reqwest::StatusCode;
use serde_json::{Value, json};
use store::table::account::{self, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::{Batch, Signal};

pub use self::meta::{Hosted, Meta};
use crate::app::{ANNA, APP_SECRET, Engine, TestApp};
use crate::meta_proxy::ACCOUNT_TOKEN;

/// The number of the business, and the business account that it belongs to.
const NUMBER: &str = "700";
const BUSINESS: &str = "WABA";
/// A customer by phone number and by user id.
pub const PHONE: &str = "4915100";
pub const USER: &str = "DE.123abc";

/// How Meta names a customer in an event.
#[derive(Clone, Copy)]
pub struct Named {
    pub phone: Option<&'static str>,
    pub user: Option<&'static str>,
}

pub const BOTH: Named = Named { phone: Some(PHONE), user: Some(USER) };
pub const BY_PHONE: Named = Named { phone: Some(PHONE), user: None };
pub const BY_USER: Named = Named { phone: None, user: Some(USER) };

/// An installation with a WhatsApp number.
pub struct WhatsApp {
    pub it: TestApp,
    pub meta: Meta,
    webhook_url: String,
    pub gateway: String,
}

impl WhatsApp {
    pub async fn start(engine: Engine) -> Option<Self> {
        let meta = Meta::start().await;
        let settings = [("meta_graph_url", meta.url()), ("meta_media_hosts", "127.0.0.1")];
        let it = TestApp::start_with_channels(engine, &settings, Channels::default()).await?;
        Some(Self::on(it, meta).await)
    }

    /// The same with the real binary, as a process that can be killed.
    pub async fn start_process(engine: Engine) -> Option<Self> {
        let meta = Meta::start().await;
        let settings = [("meta_graph_url", meta.url()), ("meta_media_hosts", "127.0.0.1")];
        let it = TestApp::start_process_with(engine, &settings).await?;
        Some(Self::on(it, meta).await)
    }

    async fn on(it: TestApp, meta: Meta) -> Self {
        meta.pass_on_to(it.sandbox.url());
        let gateway = it.connected().await;
        let shown = it.get(&it.admin, &format!("/gateways/{gateway}")).await;
        let webhook_url = shown["webhook_url"].as_str().unwrap().to_owned();
        let whatsapp = Self { it, meta, webhook_url, gateway };
        connect_number(&whatsapp.it, &whatsapp.gateway).await;
        whatsapp
    }

    /// A change of the number's messages.
    pub fn value(&self, content: Value) -> Value {
        let mut value = json!({ "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550001", "phone_number_id": NUMBER } });
        value.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        change("messages", &value)
    }

    /// A message of a customer, in Meta's form.
    pub fn message(&self, who: Named, id: &str, content: Value) -> Value {
        let seconds = (self.it.clock.now().0 / 1_000_000).to_string();
        let mut message = json!({ "id": id, "timestamp": seconds });
        let mut contact = json!({ "profile": { "name": "Ann" } });
        if let Some(phone) = who.phone {
            (message["from"], contact["wa_id"]) = (phone.into(), phone.into());
        }
        if let Some(user) = who.user {
            (message["from_user_id"], contact["user_id"]) = (user.into(), user.into());
        }
        message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        self.value(json!({ "contacts": [contact], "messages": [message] }))
    }

    /// The customer writes.
    pub async fn writes(&self, who: Named, id: &str, text: &str) {
        let body = self.message(who, id, json!({ "type": "text", "text": { "body": text } }));
        self.deliver(&body).await;
    }

    /// Meta delivers a body.
    pub async fn deliver(&self, body: &Value) {
        let body = body.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let request = self.it.http().post(&self.webhook_url);
        let request = request.header("x-hub-signature-256", format!("sha256={hex}")).body(body);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }

    /// Waits until all that was delivered has an outcome.
    pub async fn settled(&self) {
        self.it
            .until("the end of all deliveries", async || {
                let waiting = self.it.get(&self.it.admin, "/deliveries?state=pending").await;
                waiting["items"].as_array()?.is_empty().then_some(())
            })
            .await;
    }

    /// The conversations of WhatsApp, newest first.
    pub async fn conversations(&self) -> Vec<Value> {
        let all = self.it.get(&self.it.admin, "/conversations?limit=200").await;
        all["items"].as_array().unwrap().iter().filter(|it| it["channel"] == "whatsapp").cloned().collect()
    }

    /// The messages of a conversation.
    pub async fn thread(&self, id: &Value) -> Vec<Value> {
        let path = format!("/conversations/{}/messages?limit=200", id.as_str().unwrap());
        self.it.get(&self.it.admin, &path).await["items"].as_array().unwrap().clone()
    }

    /// A customer writes and is assigned to an agent; returns the agent's token and the conversation.
    pub async fn held(&self) -> (String, String) {
        let ben = self.it.user("Ben Agent", Role::Agent).await;
        self.it.online(&ben).await;
        self.writes(BOTH, "wamid.in.1", "Hello").await;
        let menu = self
            .it
            .until("the bot's menu", async || {
                self.meta.sent().into_iter().find(|it| it.get("interactive").is_some())
            })
            .await;
        let action = &menu["interactive"]["action"];
        let choices = action["buttons"].as_array().or(action["sections"][0]["rows"].as_array()).unwrap();
        let choice = |it: &Value| it.get("reply").unwrap_or(it).clone();
        let agent = choices.iter().map(choice).find(|it| it["title"] == "Talk to an agent").unwrap();
        let reply = json!({ "type": "button_reply", "button_reply": agent });
        let tap = self.message(BOTH, "wamid.in.2", json!({ "type": "interactive", "interactive": reply }));
        self.deliver(&tap).await;
        let offer = self.it.offered(&ben).await;
        let id = offer["id"].as_str().unwrap().to_owned();
        self.it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
        (ben, id)
    }
}

/// What connecting a number writes down.
pub async fn connect_number(it: &TestApp, gateway: &str) {
    let gateway = GatewayId(gateway.parse().unwrap());
    let token = Cipher::load(&it.config).unwrap().seal(ACCOUNT_TOKEN, &token_purpose(gateway));
    let mut batch = Batch::new();
    let named = NewAccount::named(2, gateway, Channel::WHATSAPP, NUMBER, "The Shop");
    let new = NewAccount { phone: Some("+1 555 0001"), parent_id: Some(BUSINESS), ..named };
    account::upsert(&mut batch, &new, it.clock.now());
    account::set_subscribed(&mut batch, gateway, NUMBER, true, None);
    let access = NewAccess { gateway, account_id: NUMBER, person: ANNA, token: &token, tasks: &[] };
    account_access::upsert(&mut batch, &access);
    batch.notify(Signal::Config);
    it.store.commit(batch).await.unwrap();
    // Templates are listed by number once it is in memory too.
    it.until("the number is known", async || {
        let path = format!("/gateways/{gateway}/whatsapp/templates?account={NUMBER}");
        let (status, _) = it.call(&it.admin, reqwest::Method::GET, &path, None).await;
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

/// A template as Meta lists it.
pub fn template(name: &str, status: &str, category: &str) -> Value {
    json!({ "id": "594425479261596", "name": name, "language": "en_US", "status": status, "category": category,
        "quality_score": { "score": "GREEN" }, "components": [
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
            { "type": "BODY", "text": "Hi {{1}}, your order is ready." },
            { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Thanks" }] }] })
}

impl WhatsApp {
    /// Meta has these templates, and Deskbell has read them.
    pub async fn knows(&self, templates: &[Value]) {
        self.meta.has_templates(templates);
        let path = format!("/gateways/{}/whatsapp/templates/sync", self.gateway);
        self.it.post(&self.it.admin, &path, json!({})).await;
    }
}

/// A body with one change.
pub fn change(field: &str, value: &Value) -> Value {
    json!({ "object": "whatsapp_business_account",
        "entry": [{ "id": BUSINESS, "changes": [{ "field": field, "value": value }] }] })
}

/// A test on both engines.
macro_rules! on_both_engines {
    ($($name:ident => $sqlite:ident, $postgres:ident;)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            $name(crate::whatsapp::WhatsApp::start(crate::app::Engine::Sqlite).await.unwrap()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            let Some(it) = crate::whatsapp::WhatsApp::start(crate::app::Engine::Postgres).await else { return };
            $name(it).await;
        }
    )* };
}
pub(crate) use on_both_engines;
