//! Campaigns: a template for a list of recipients, started, monitored, paused and ended by supervisors.
//! `recipients.rs` reads the list, `sender.rs` is the worker that sends the messages, `report.rs` is what the screens
//! show.

mod english;
mod recipients;
mod report;
mod sender;

use domain::audit_detail::AuditDetail;
use domain::campaign::{Pause, Sending, State, USUAL_RATE};
use domain::channel::Account;
use domain::id::CampaignId;
use domain::message_template::{TemplateToSend, Variables};
use domain::turn::Actor;
use serde::Deserialize;
use store::table::campaign::{self, Campaign};
use store::table::campaign_recipient;
use store::{Batch, CommitError, Store};
use utoipa::ToSchema;

pub use self::report::{CampaignReport, CampaignView, RecipientView, list, recipients, report};
pub use self::sender::Campaigns;
use crate::account_tokens::account_token;
use crate::audit::act_by;
use crate::conversation_start::gateway_of;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::message_templates;
use crate::resend::resend;
use crate::view::words;

/// The longest name.
const NAME: usize = 100;

/// A campaign to be started.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Its name.
    pub name: String,
    /// The channel.
    #[schema(value_type = words::Channel)]
    pub channel: domain::channel::Channel,
    /// Meta's id of the account that sends it: the id of the WhatsApp number.
    pub account_id: String,
    /// The template, with the variables that all recipients share.
    pub template: TemplateToSend,
    /// The recipients, at most 10,000. Either this or `contact_ids`.
    #[serde(default)]
    pub recipients: Vec<NewRecipient>,
    /// The contacts it goes to, at most 10,000. A contact who has never written to the account is reached by their
    /// phone number.
    #[serde(default)]
    pub contact_ids: Vec<String>,
    /// The rate in messages per minute, at most what the channel allows; 60 if left out.
    pub per_minute: Option<i64>,
    /// The user states that the recipients agreed to get such messages. It must be true, and is stored with their name and the time.
    #[serde(default)]
    pub consent: bool,
    /// The sender's own key: a request with the same key returns the same campaign.
    pub client_id: Option<String>,
}

/// A recipient of a campaign.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCampaignRecipient)]
pub struct NewRecipient {
    /// A phone number with its country, `+4915100…`, or a business-scoped user id.
    pub to: String,
    /// Their own variables, which override those that all recipients share.
    #[serde(default)]
    pub variables: Variables,
}

/// Starts a campaign. Nothing is stored if anything in it is wrong.
pub async fn create(app: &Engine, by: Actor<'_>, new: NewCampaign) -> Result<CampaignReport> {
    if let Some(key) = &new.client_id
        && let Some(before) = campaign::by_client_id(&app.store, by.user, key).await?
    {
        return report(app, before.id).await;
    }
    let name = checked(app, &new)?;
    let account = Account::new(new.channel, new.account_id.clone());
    let gateway = gateway_of(app, &account)?;
    let TemplateToSend { name: template, language, variables } = &new.template;
    let sendable = message_templates::sendable(app, gateway, &account, template, language).await?;
    let all = recipients::read(app, &new, &account, &sendable).await?;
    let now = app.clock.now();
    let campaign = Campaign {
        id: CampaignId(app.ids.next()),
        name,
        gateway,
        account,
        template: template.clone(),
        language: language.clone(),
        variables: variables.clone(),
        recipients: i64::try_from(all.len()).unwrap_or(i64::MAX),
        per_minute: new.per_minute.unwrap_or(USUAL_RATE),
        state: State::Running,
        pause: None,
        consent_by: by.user,
        consent_name: by.name.to_owned(),
        consent_at: now,
        client_id: new.client_id.clone(),
        resumed_at: now,
        next_at: now,
        ended_at: None,
    };
    if let Some(obstacle) = obstacle(app, &campaign).await? {
        return Err(Error::conflict(english::pause(&obstacle)).with("reason", obstacle));
    }
    let mut batch = Batch::new();
    campaign::insert(&mut batch, &campaign);
    campaign_recipient::insert(&mut batch, campaign.id, &all);
    let detail = AuditDetail::Campaign { name: campaign.name.clone(), recipients: campaign.recipients };
    act_by(app, &mut batch, Some(by.user), "campaign.create", object(campaign.id), detail);
    match (app.store.commit(batch).await, &new.client_id) {
        (Ok(_), _) => report(app, campaign.id).await,
        // The same request arrived twice at once.
        (Err(CommitError::Duplicate), Some(key)) => {
            let first = campaign::by_client_id(&app.store, by.user, key).await?;
            report(app, first.ok_or(CommitError::Duplicate)?.id).await
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// Checks what needs no read of the store. Returns the name.
fn checked(app: &Engine, new: &NewCampaign) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, NAME);
    if !new.consent {
        let detail =
            "State that the recipients agreed to get such messages: without their consent none may be sent.";
        fields.bad("/consent", detail);
    }
    fields.client_id(new.client_id.as_deref());
    let channel = app.channels.get(new.channel).filter(|channel| channel.capabilities().message_templates);
    match channel {
        Some(channel) => {
            let most = i64::from(channel.capabilities().rates.per_second) * 60;
            fields.between("/per_minute", new.per_minute.unwrap_or(USUAL_RATE), 1, most);
        }
        None => fields.bad("/channel", "Only WhatsApp has templates, which campaigns consist of."),
    }
    recipients::check_number(&mut fields, new);
    fields.done()?;
    Ok(name)
}

/// Pauses a campaign. Messages that are being sent still arrive.
pub async fn pause(app: &Engine, by: Actor<'_>, id: CampaignId) -> Result<CampaignReport> {
    let found = one(&app.store, id).await?;
    let mut batch = Batch::new();
    campaign::pause(&mut batch, id, &Pause::User { by: by.name.to_owned() });
    act_by(app, &mut batch, Some(by.user), "campaign.pause", object(id), AuditDetail::named(&found.name));
    commit(app, batch, &found, "paused").await
}

/// Resumes a paused campaign, if the cause of the pause is gone.
pub async fn resume(app: &Engine, by: Actor<'_>, id: CampaignId) -> Result<CampaignReport> {
    let mut found = one(&app.store, id).await?;
    let now = app.clock.now();
    // Earlier refusals of single messages no longer count: the next message shows whether they are over.
    found.resumed_at = now;
    if let Some(obstacle) = obstacle(app, &found).await?.filter(|_| found.state == State::Paused) {
        return Err(Error::conflict(english::pause(&obstacle)).with("reason", obstacle));
    }
    let mut batch = Batch::new();
    campaign::resume(&mut batch, id, now);
    act_by(app, &mut batch, Some(by.user), "campaign.resume", object(id), AuditDetail::named(&found.name));
    commit(app, batch, &found, "resumed").await?;
    // Refused for what paused it, and not for the recipient: these were on their way when it happened.
    for (message, conversation, failure) in campaign_recipient::refused(&app.store, id).await? {
        if channels::meta::error::stops_campaign(&failure) {
            resend(app, conversation, message).await?;
        }
    }
    report(app, id).await
}

/// Ends a campaign: the remaining recipients get no message.
pub async fn cancel(app: &Engine, by: Actor<'_>, id: CampaignId) -> Result<CampaignReport> {
    let found = one(&app.store, id).await?;
    let mut batch = Batch::new();
    campaign::end(&mut batch, id, State::Cancelled, app.clock.now());
    campaign_recipient::skip_waiting(&mut batch, id, domain::campaign::Skip::Cancelled);
    act_by(app, &mut batch, Some(by.user), "campaign.cancel", object(id), AuditDetail::named(&found.name));
    commit(app, batch, &found, "cancelled").await
}

async fn commit(app: &Engine, batch: Batch, before: &Campaign, verb: &str) -> Result<CampaignReport> {
    match app.store.commit(batch).await {
        Ok(_) => report(app, before.id).await,
        Err(CommitError::Conflict) => {
            let state = match one(&app.store, before.id).await?.state {
                State::Running => "is running",
                State::Paused => "is paused",
                State::Done => "is complete",
                State::Cancelled => "was cancelled",
            };
            Err(Error::conflict(format!("This campaign {state}, so it cannot be {verb}.")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn one(store: &Store, id: CampaignId) -> Result<Campaign> {
    campaign::one(store, id).await?.ok_or(Error::NotFound("campaign"))
}

/// Its name in the audit log.
fn object(id: CampaignId) -> String {
    format!("campaign {id}")
}

/// Why a campaign may not send now; None if all is well.
async fn obstacle(app: &Engine, campaign: &Campaign) -> Result<Option<Pause>, store::Error> {
    let directory = app.directory();
    let known = directory.gateways.get(&campaign.gateway).filter(|known| known.row.enabled);
    let account = known.and(directory.account(campaign.gateway, &campaign.account.id));
    let Some(account) = account.filter(|account| account.subscribed) else {
        return Ok(Sending::default().obstacle());
    };
    let token = account_token(app, campaign.gateway, &campaign.account.id).await?;
    let (name, language) = (&campaign.template, &campaign.language);
    let template = message_templates::stored(app, campaign.gateway, &campaign.account, name, language).await?;
    let failures = campaign_recipient::failures(&app.store, campaign.id, campaign.resumed_at).await?;
    let stops = |failure: &&domain::failure::Failure| channels::meta::error::stops_campaign(failure);
    // While the account itself may not send, nothing else matters.
    let restricted = account.paused_until.is_some_and(|until| until > app.clock.now());
    let restriction = account.pause_reason.as_ref().filter(|_| restricted);
    Ok(Sending {
        is_on: true,
        has_token: token.is_some(),
        quality: account.details.quality.as_deref(),
        template: template.as_ref().map(|template| &*template.status),
        is_approved: template.as_ref().is_some_and(|template| template.is_approved()),
        refused: restriction.into_iter().chain(&failures).find(stops),
    }
    .obstacle())
}
