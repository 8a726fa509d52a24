//! What a Page shows before the first message: greeting, Get Started, ice breakers, menu. The wanted profile is
//! stored here, sent to Meta when it changes, and compared with Meta's. What it may contain: `channels::messenger::profile`.

use std::sync::Arc;

use channels::messenger::profile::{LIMITS, MessengerProfile as Wanted, ProfileDifference};
use domain::audit_detail::AuditDetail;
use domain::channel::Channel;
use domain::id::{GatewayId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Batch;
use store::table::setting;
use utoipa::ToSchema;

use crate::account_tokens::{account_token, read as ask, send};
use crate::audit::act_by;
use crate::clients::graph::AccountToken;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::pages::subscribe::refusal;

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
    /// What `GET` adds is ignored, so that its answer can be sent back.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<Vec<Object>>)]
    pub drift: Ignored,
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<Object>)]
    pub limits: Ignored,
}

/// A field whose value does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Ignored(serde::de::IgnoredAny);

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
    /// How much each part may hold.
    pub limits: ProfileLimitsView,
}

/// How much each part of a profile may hold; lengths in characters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessengerProfileLimits)]
pub struct ProfileLimitsView {
    pub greeting: usize,
    /// Ice breakers in one language.
    pub questions: usize,
    pub question: usize,
    /// Items of a menu in one language.
    pub menu_items: usize,
    pub menu_title: usize,
    pub payload: usize,
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

fn shown(wanted: Wanted, found: &Wanted) -> MessengerProfileView {
    let drift =
        |it: ProfileDifference| ProfileDrift { field: it.property.to_owned(), wanted: it.wanted, found: it.found };
    let drift = wanted.differences(found).into_iter().map(drift).collect();
    let Wanted { greeting, get_started, ice_breakers, persistent_menu } = wanted;
    let limits = ProfileLimitsView {
        greeting: LIMITS.greeting,
        questions: LIMITS.questions,
        question: LIMITS.question,
        menu_items: LIMITS.menu_items,
        menu_title: LIMITS.menu_title,
        payload: LIMITS.payload,
    };
    MessengerProfileView { greeting, get_started, ice_breakers, persistent_menu, drift, limits }
}

fn key(gateway: GatewayId, page: &str) -> String {
    format!("messenger_profile {gateway} {page}")
}

/// A Page's wanted profile and what differs at Meta. If nothing was set here yet, it is Meta's.
pub async fn read(app: &Engine, gateway: GatewayId, page: &str) -> Result<MessengerProfileView> {
    let found = Reached::page(app, gateway, page).await?.profile().await?;
    let stored = setting::get(&app.store, &key(gateway, page)).await?;
    let wanted = stored.and_then(|text| serde_json::from_str(&text).ok());
    Ok(shown(wanted.unwrap_or_else(|| found.clone()), &found))
}

/// Sets a Page's profile, here and at Meta. Empty properties are removed there.
pub async fn update(
    app: &Engine,
    by: UserId,
    gateway: GatewayId,
    page: &str,
    profile: MessengerProfile,
) -> Result<MessengerProfileView> {
    let MessengerProfile { greeting, get_started, ice_breakers, persistent_menu, .. } = profile;
    let wanted = Wanted { greeting, get_started, ice_breakers, persistent_menu };
    let mut fields = Fields::default();
    wanted.problems().into_iter().for_each(|it| fields.bad(&it.pointer, it.detail));
    fields.done()?;
    let reached = Reached::page(app, gateway, page).await?;
    for call in wanted.apply(&reached.node, &reached.profile().await?) {
        send(app, &reached.gateway, &reached.token, call, None).await.map_err(|refused| refusal(&refused))?;
    }
    let mut batch = Batch::new();
    setting::put(&mut batch, &key(gateway, page), &store::json::json(&wanted));
    let what = format!("gateway {gateway}");
    act_by(app, &mut batch, Some(by), "messenger_profile.update", what, AuditDetail::named(page));
    app.store.commit(batch).await?;
    Ok(shown(wanted, &reached.profile().await?))
}

/// A Page that Meta can be asked about.
struct Reached<'a> {
    app: &'a Engine,
    gateway: Arc<GatewayEntry>,
    token: AccountToken,
    node: String,
}

impl<'a> Reached<'a> {
    async fn page(app: &'a Engine, gateway: GatewayId, page: &str) -> Result<Self> {
        let directory = app.directory();
        let account = directory.account(gateway, page).filter(|account| account.channel == Channel::MESSENGER);
        let node = account.ok_or_else(|| Error::NotFound("page"))?.node.clone();
        let known = directory.gateways.get(&gateway).cloned().ok_or_else(|| Error::NotFound("gateway"))?;
        let token = account_token(app, gateway, page).await?;
        let unreached = || Error::conflict("No connected account reaches this Page: press Reconnect.");
        Ok(Self { app, gateway: known, token: token.ok_or_else(unreached)?, node })
    }

    /// The profile as Meta has it.
    async fn profile(&self) -> Result<Wanted> {
        let call = Wanted::fetch(&self.node);
        let answer = ask::<Value>(self.app, &self.gateway, &self.token, call).await;
        Ok(Wanted::read(&answer.map_err(|refused| refusal(&refused))?))
    }
}
