//! What a Page shows before the first message: greeting, Get Started, ice breakers, menu. The wanted profile is
//! stored here, sent to Meta when it changes, and compared with Meta's.

use channels::meta::graph::{Call, Method};
use domain::audit_detail::AuditDetail;
use domain::channel::Channel;
use domain::id::{GatewayId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Batch;
use store::table::setting;
use utoipa::ToSchema;

use crate::account_tokens::{account_token, read as ask, send};
use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::pages::subscribe::refusal;

/// The properties, in the order that Meta needs: a menu needs Get Started.
const PROPERTIES: [&str; 4] = ["greeting", "get_started", "ice_breakers", "persistent_menu"];
/// The most questions of ice breakers.
const MOST_QUESTIONS: usize = 4;
/// The largest profile, in bytes.
const LARGEST: usize = 64 * 1024;

/// What a Page shows before the first message, in Meta's own format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessengerProfile {
    /// `[{"locale": "default", "text": "…"}]`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub greeting: Vec<Value>,
    /// `{"payload": "…"}`, which the flow gets as a tap; null for no button.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub get_started: Option<Value>,
    /// `[{"locale": "default", "call_to_actions": [{"question": "…", "payload": "…"}]}]`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub ice_breakers: Vec<Value>,
    /// `[{"locale": "default", "call_to_actions": […]}]`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub persistent_menu: Vec<Value>,
}

/// The wanted profile, and what differs at Meta.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessengerProfileView {
    #[schema(value_type = Vec<Object>)]
    pub greeting: Vec<Value>,
    #[schema(value_type = Option<Object>)]
    pub get_started: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    pub ice_breakers: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    pub persistent_menu: Vec<Value>,
    /// Differences at Meta, because it was changed there. Sending the profile again removes them.
    pub drift: Vec<ProfileDrift>,
}

/// A property that is different at Meta.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProfileDrift {
    /// `greeting`, `get_started`, `ice_breakers` or `persistent_menu`.
    pub field: String,
    /// As it is here; null for none.
    #[schema(value_type = Option<Object>)]
    pub wanted: Value,
    /// As Meta has it; null for none.
    #[schema(value_type = Option<Object>)]
    pub found: Value,
}

impl MessengerProfile {
    fn shown(self, drift: Vec<ProfileDrift>) -> MessengerProfileView {
        let Self { greeting, get_started, ice_breakers, persistent_menu } = self;
        MessengerProfileView { greeting, get_started, ice_breakers, persistent_menu, drift }
    }

    fn property(&self, name: &str) -> Value {
        let list = |list: &Vec<Value>| if list.is_empty() { Value::Null } else { json!(list) };
        match name {
            "greeting" => list(&self.greeting),
            "get_started" => self.get_started.clone().unwrap_or_default(),
            "ice_breakers" => list(&self.ice_breakers),
            _ => list(&self.persistent_menu),
        }
    }

    fn checked(&self) -> Result<()> {
        let mut fields = Fields::default();
        if json!(self).to_string().len() > LARGEST {
            fields.bad("", "This profile is too large: at most 64 KiB are possible.");
        }
        for (index, greeting) in self.greeting.iter().enumerate() {
            let here = format!("/greeting/{index}");
            text(&mut fields, &format!("{here}/text"), &greeting["text"], 160);
            text(&mut fields, &format!("{here}/locale"), &greeting["locale"], 10);
        }
        if let Some(button) = &self.get_started {
            text(&mut fields, "/get_started/payload", &button["payload"], 1_000);
        }
        for (index, breakers) in self.ice_breakers.iter().enumerate() {
            let here = format!("/ice_breakers/{index}/call_to_actions");
            let Some(questions) = breakers["call_to_actions"].as_array() else {
                fields.bad(&here, "This must be a list of questions.");
                continue;
            };
            if questions.is_empty() || questions.len() > MOST_QUESTIONS {
                fields.bad(&here, format!("There must be 1 to {MOST_QUESTIONS} questions."));
            }
            for (place, question) in questions.iter().enumerate() {
                text(&mut fields, &format!("{here}/{place}/question"), &question["question"], 80);
                text(&mut fields, &format!("{here}/{place}/payload"), &question["payload"], 1_000);
            }
        }
        for (index, menu) in self.persistent_menu.iter().enumerate() {
            let here = format!("/persistent_menu/{index}");
            text(&mut fields, &format!("{here}/locale"), &menu["locale"], 10);
            let actions = menu["call_to_actions"].as_array().map(Vec::as_slice).unwrap_or_default();
            if actions.len() > 20 {
                fields.bad(&format!("{here}/call_to_actions"), "A menu has 20 items at most.");
            }
            for (place, action) in actions.iter().enumerate() {
                text(&mut fields, &format!("{here}/call_to_actions/{place}/title"), &action["title"], 30);
            }
        }
        if !self.persistent_menu.is_empty() && self.get_started.is_none() {
            fields.bad("/get_started", "A menu needs the Get Started button: give it a payload.");
        }
        fields.done()
    }
}

fn text(fields: &mut Fields, pointer: &str, value: &Value, most: usize) {
    match value.as_str().map(|text| text.chars().count()) {
        Some(length) if (1..=most).contains(&length) => {}
        Some(0) | None => fields.bad(pointer, "This text is missing."),
        Some(length) => fields.bad(pointer, format!("This has {length} characters, at most {most} are possible.")),
    }
}

fn key(gateway: GatewayId, page: &str) -> String {
    format!("messenger_profile {gateway} {page}")
}

async fn wanted(app: &Engine, gateway: GatewayId, page: &str) -> Result<Option<MessengerProfile>> {
    let text = setting::get(&app.store, &key(gateway, page)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// A Page's wanted profile and what differs at Meta. If nothing was set here yet, it is Meta's.
pub async fn read(app: &Engine, gateway: GatewayId, page: &str) -> Result<MessengerProfileView> {
    let found = at_meta(app, gateway, page).await?;
    let profile = wanted(app, gateway, page).await?.unwrap_or_else(|| of_meta(&found));
    let drift = drift(&profile, &found);
    Ok(profile.shown(drift))
}

/// Sets a Page's profile, here and at Meta. Empty properties are removed there.
pub async fn update(
    app: &Engine,
    by: UserId,
    gateway: GatewayId,
    page: &str,
    profile: MessengerProfile,
) -> Result<MessengerProfileView> {
    profile.checked()?;
    let found = at_meta(app, gateway, page).await?;
    let set: Map<String, Value> = PROPERTIES
        .into_iter()
        .map(|name| (name.to_owned(), profile.property(name)))
        .filter(|(_, value)| !value.is_null())
        .collect();
    let gone: Vec<&str> = PROPERTIES
        .into_iter()
        .filter(|name| profile.property(name).is_null() && found.contains_key(*name))
        .collect();
    if !set.is_empty() {
        let call = Call::post(ENDPOINT, path(app, gateway, page)?).json(&Value::Object(set));
        tell(app, gateway, page, call).await?;
    }
    if !gone.is_empty() {
        let fields = json!(gone).to_string();
        let call = Call::new(Method::Delete, ENDPOINT, path(app, gateway, page)?).with("fields", fields);
        tell(app, gateway, page, call).await?;
    }
    let mut batch = Batch::new();
    setting::put(&mut batch, &key(gateway, page), &store::json::json(&profile));
    let what = format!("gateway {gateway}");
    act_by(app, &mut batch, Some(by), "messenger_profile.update", what, AuditDetail::named(page));
    app.store.commit(batch).await?;
    read(app, gateway, page).await
}

const ENDPOINT: &str = "messenger_profile";

fn path(app: &Engine, gateway: GatewayId, page: &str) -> Result<String> {
    let directory = app.directory();
    let account = directory.account(gateway, page).filter(|account| account.channel == Channel::MESSENGER);
    Ok(format!("{}/messenger_profile", account.ok_or_else(|| Error::NotFound("page"))?.node))
}

async fn tell(app: &Engine, gateway: GatewayId, page: &str, call: Call) -> Result<()> {
    let (known, token) = reached(app, gateway, page).await?;
    send(app, &known, &token, call, None).await.map(drop).map_err(|refused| refusal(&refused))
}

async fn reached(
    app: &Engine,
    gateway: GatewayId,
    page: &str,
) -> Result<(std::sync::Arc<crate::directory::GatewayEntry>, crate::clients::graph::AccountToken)> {
    let known = app.directory().gateways.get(&gateway).cloned().ok_or_else(|| Error::NotFound("gateway"))?;
    let token = account_token(app, gateway, page).await?;
    let token =
        token.ok_or_else(|| Error::conflict("No connected account reaches this Page: press Reconnect."))?;
    Ok((known, token))
}

/// The profile as Meta has it.
async fn at_meta(app: &Engine, gateway: GatewayId, page: &str) -> Result<Map<String, Value>> {
    let call = Call::get(ENDPOINT, path(app, gateway, page)?).with("fields", PROPERTIES.join(","));
    let (known, token) = reached(app, gateway, page).await?;
    let answer = ask::<Value>(app, &known, &token, call).await.map_err(|refused| refusal(&refused))?;
    Ok(answer["data"][0].as_object().cloned().unwrap_or_default())
}

fn of_meta(found: &Map<String, Value>) -> MessengerProfile {
    let list = |name: &str| found.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    MessengerProfile {
        greeting: list("greeting"),
        get_started: found.get("get_started").cloned(),
        ice_breakers: list("ice_breakers"),
        persistent_menu: list("persistent_menu"),
    }
}

fn drift(profile: &MessengerProfile, found: &Map<String, Value>) -> Vec<ProfileDrift> {
    let differs = |name: &&str| {
        let (wanted, found) = (profile.property(name), found.get(*name).cloned().unwrap_or_default());
        (wanted != found).then(|| ProfileDrift { field: (*name).to_owned(), wanted, found })
    };
    PROPERTIES.iter().filter_map(differs).collect()
}
