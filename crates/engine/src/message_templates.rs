//! Message templates of WhatsApp business accounts: read from Meta, listed, and filled in to be sent.

use std::collections::BTreeSet;

use channels::whatsapp::template::{self, ListedTemplate, Templates};
use domain::channel::{Account, Channel};
use domain::id::GatewayId;
use domain::inbound::AccountEvent;
use domain::message_template::{
    BadVariable, Component, FilledTemplate, MessageTemplate, TemplateToSend, Variable,
};
use serde::Serialize;
use store::Batch;
use store::table::message_template::{self, Changed, StoredTemplate};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};

/// The maximum number of parts of a list that are read: Meta allows about 6,000 templates.
const MOST_PAGES: usize = 100;

/// A template as in API responses.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MessageTemplate)]
pub struct TemplateView {
    /// Its name.
    pub name: String,
    /// Its language: `en_US`.
    pub language: String,
    /// Meta's term: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` …
    pub status: String,
    /// What a message of it costs: `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    pub category: String,
    /// How customers rate it: `GREEN`, `YELLOW`, `RED` or `UNKNOWN`; null if Meta does not report it.
    pub quality: Option<String>,
    /// Header, body, footer and buttons.
    pub components: Vec<Component>,
    /// The variables that have to be filled in.
    pub variables: Vec<Variable>,
    /// Meta's id of the business account that it belongs to.
    pub business_id: String,
    /// When it was read from Meta.
    pub synced_at: String,
}

impl From<StoredTemplate> for TemplateView {
    fn from(it: StoredTemplate) -> Self {
        let variables = it.template.variables();
        let template = it.template;
        Self {
            name: template.name,
            language: template.language,
            status: template.status,
            category: template.category,
            quality: template.quality,
            components: template.components,
            variables,
            business_id: it.business,
            synced_at: rfc3339(it.synced_at),
        }
    }
}

/// The templates of a gateway: of one number's business account, in one status, or all of them.
pub async fn list(
    app: &Engine,
    gateway: GatewayId,
    account: Option<&str>,
    status: Option<&str>,
) -> Result<Vec<TemplateView>> {
    let business = match account {
        Some(account) => {
            let known = app.directory().business_of(gateway, account);
            Some(known.ok_or(Error::NotFound("number"))?)
        }
        None => None,
    };
    let all = message_template::of_gateway(&app.store, gateway).await?;
    let fits = |it: &StoredTemplate| {
        business.as_ref().is_none_or(|business| it.business == *business)
            && status.is_none_or(|status| it.template.status.eq_ignore_ascii_case(status))
    };
    Ok(all.into_iter().filter(fits).map(TemplateView::from).collect())
}

/// Reads the templates of all business accounts from Meta.
pub async fn sync(app: &Engine, gateway: GatewayId) -> Result<Vec<TemplateView>> {
    let directory = app.directory();
    let known = directory.gateways.get(&gateway).ok_or(Error::NotFound("gateway"))?;
    let numbers =
        directory.accounts.values().filter(|it| it.gateway == gateway && it.channel == Channel::WHATSAPP);
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for number in numbers {
        let Some(business) = number.parent_id.as_deref().filter(|business| !done.contains(business)) else {
            continue;
        };
        let Some(token) = crate::account_tokens::account_token(app, gateway, &number.account_id).await? else {
            continue;
        };
        done.insert(business);
        let at = app.clock.now();
        let (mut batch, mut after) = (Batch::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let call = template::list(business, after.as_deref());
            let answer = crate::account_tokens::read::<Templates>(app, known, &token, call).await;
            let page = answer.map_err(|refused| Error::Unavailable(refused.error.to_string()))?;
            for template in page.items.into_iter().filter_map(ListedTemplate::template) {
                message_template::upsert(&mut batch, gateway, business, &template, at);
            }
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        message_template::remove_older(&mut batch, gateway, business, at);
        app.store.commit(batch).await?;
    }
    if done.is_empty() {
        return Err(Error::conflict(
            "No WhatsApp number of this gateway is connected: connect one, then synchronise the templates.",
        ));
    }
    list(app, gateway, None, None).await
}

/// A template filled in, with its text as the customer reads it. Its errors have pointers below `/template`.
pub async fn fill(
    app: &Engine,
    gateway: GatewayId,
    account: &Account,
    to_send: &TemplateToSend,
) -> Result<(FilledTemplate, String)> {
    let TemplateToSend { name, language, variables } = to_send;
    let template = sendable(app, gateway, account, name, language).await?;
    template.fill(variables).map_err(|wrong| Error::Invalid(bad_variables(wrong, "/template/variables")))
}

/// The invalid fields, with pointers below a place.
pub(crate) fn bad_variables(wrong: Vec<BadVariable>, place: &str) -> Vec<FieldError> {
    let field = |it: BadVariable| FieldError {
        pointer: format!("{place}/{}", it.key.replace('~', "~0").replace('/', "~1")),
        detail: it.detail,
    };
    wrong.into_iter().map(field).collect()
}

/// A template that an account can send now. Its errors have pointers below `/template`.
pub(crate) async fn sendable(
    app: &Engine,
    gateway: GatewayId,
    account: &Account,
    name: &str,
    language: &str,
) -> Result<MessageTemplate> {
    let has_templates = app.channels.capabilities(account.channel).message_templates;
    if !has_templates || app.directory().business_of(gateway, &account.id).is_none() {
        return Err(Error::field("/template", "Templates with a name are WhatsApp's: this account has none."));
    }
    let Some(template) = stored(app, gateway, account, name, language).await? else {
        let detail = format!(
            "There is no template {name} in {language}. Synchronise the templates under Chat gateways, or choose another."
        );
        return Err(Error::field("/template/name", detail));
    };
    if !template.is_approved() {
        let status = &template.status;
        let detail = format!("Meta has not approved this template: its status is {status}. Choose another.");
        return Err(Error::field("/template/name", detail));
    }
    Ok(template)
}

/// A template of an account, as last listed by Meta.
pub(crate) async fn stored(
    app: &Engine,
    gateway: GatewayId,
    account: &Account,
    name: &str,
    language: &str,
) -> Result<Option<MessageTemplate>, store::Error> {
    let Some(business) = app.directory().business_of(gateway, &account.id) else { return Ok(None) };
    let found = message_template::one(&app.store, gateway, &business, name, language).await?;
    Ok(found.map(|found| found.template))
}

/// Stores what Meta reports about a template. False if the event is about something else.
pub fn changed(batch: &mut Batch, gateway: GatewayId, business: &str, event: &AccountEvent) -> bool {
    let (template, what) = match event {
        AccountEvent::TemplateStatus { template, status, .. } => (template, Changed::Status(status)),
        AccountEvent::TemplateQuality { template, quality } => (template, Changed::Quality(quality)),
        AccountEvent::TemplateCategory { template, category } => (template, Changed::Category(category)),
        _ => return false,
    };
    message_template::set(batch, gateway, business, (&template.name, &template.language), what);
    true
}
