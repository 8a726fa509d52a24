//! What screens show of campaigns: the outcomes of recipients, counted and one by one.

use domain::campaign::{Pause, Skip, State};
use domain::id::CampaignId;
use domain::message_template::Variables;
use serde::Serialize;
use store::table::campaign::{self, Campaign};
use store::table::campaign_recipient::{self, Count, Outcome, Recipient};
use utoipa::ToSchema;

use super::recipients::phone;
use super::{english, one};
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::Result;
use crate::view::{FailureView, Named, words};

/// A campaign.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct CampaignView {
    #[schema(value_type = String)]
    pub id: CampaignId,
    pub name: String,
    /// The channel.
    #[schema(value_type = words::Channel)]
    pub channel: domain::channel::Channel,
    /// The account that sends it; the name is empty if it was removed.
    pub account: Named,
    pub template: CampaignTemplate,
    pub state: State,
    /// Why it is paused; null if it is not.
    pub pause: Option<PauseView>,
    /// The rate, in messages per minute.
    pub per_minute: i64,
    /// The number of recipients.
    pub recipients: i64,
    /// How many of them have not been written to; 0 once it has ended.
    pub waiting: i64,
    pub consent: Consent,
    /// When it was complete or cancelled.
    pub ended_at: Option<String>,
}

/// The template of a campaign.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignTemplate {
    pub name: String,
    pub language: String,
    /// The variables that all recipients share.
    pub variables: Variables,
}

/// Why a campaign is paused: a code with its arguments, and a sentence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignPauseReason)]
pub struct PauseView {
    #[serde(flatten)]
    pub reason: Pause,
    /// The same in English, with what to do.
    pub detail: String,
}

/// Who stated that the recipients agreed, and when: the user who started the campaign.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignConsent)]
pub struct Consent {
    pub by: Named,
    pub at: String,
}

/// A campaign with the outcomes of its recipients.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignReport {
    #[serde(flatten)]
    pub campaign: CampaignView,
    pub counts: Counts,
    /// Why recipients were skipped, and how many.
    pub skipped: Vec<SkippedCount>,
    /// Why messages failed, and how many.
    pub failed: Vec<FailedCount>,
}

/// How many recipients have each outcome. The sum is `recipients`.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = CampaignCounts)]
pub struct Counts {
    /// It is not their turn yet, or their message is on its way.
    pub waiting: i64,
    pub sent: i64,
    pub delivered: i64,
    pub read: i64,
    /// The message may have been sent: there was no readable answer.
    pub uncertain: i64,
    pub failed: i64,
    pub skipped: i64,
}

/// How many recipients were skipped for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignSkippedCount)]
pub struct SkippedCount {
    pub reason: Skip,
    /// The reason in English.
    pub detail: String,
    pub count: i64,
}

/// How many messages failed for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignFailedCount)]
pub struct FailedCount {
    pub error: FailureView,
    pub count: i64,
}

/// A recipient with their outcome.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignRecipient)]
pub struct RecipientView {
    /// The place in the list, from 1.
    pub position: i64,
    /// The phone number with its country, or the user id; null if there is none, or if it was erased.
    pub to: Option<String>,
    /// The contact, if the list names contacts.
    pub contact_id: Option<String>,
    /// Their own variables.
    pub variables: Variables,
    pub state: Outcome,
    /// Why they were skipped.
    pub skipped: Option<SkipView>,
    /// Why the message failed.
    pub error: Option<FailureView>,
    /// Their message, if there is one.
    pub message_id: Option<String>,
    /// Its conversation.
    pub conversation_id: Option<String>,
}

/// Why a recipient was skipped: a code and a sentence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignSkipReason)]
pub struct SkipView {
    pub reason: Skip,
    pub detail: String,
}

/// Campaigns with ids below one, newest first.
pub async fn list(app: &Engine, below: i64, limit: i64) -> Result<Vec<CampaignView>> {
    let all = campaign::list(&app.store, below, limit).await?;
    Ok(all.into_iter().map(|(campaign, waiting)| view(app, campaign, waiting)).collect())
}

/// A campaign with the outcomes of its recipients.
pub async fn report(app: &Engine, id: CampaignId) -> Result<CampaignReport> {
    let campaign = one(&app.store, id).await?;
    let rows = campaign_recipient::report(&app.store, id).await?;
    let (mut counts, mut skipped, mut failed) = (Counts::default(), Vec::new(), Vec::<FailedCount>::new());
    for Count { outcome, skip, failure, count } in rows {
        let place = match outcome {
            Outcome::Waiting => &mut counts.waiting,
            Outcome::Sent => &mut counts.sent,
            Outcome::Delivered => &mut counts.delivered,
            Outcome::Read => &mut counts.read,
            Outcome::Uncertain => &mut counts.uncertain,
            Outcome::Failed => &mut counts.failed,
            Outcome::Skipped => &mut counts.skipped,
        };
        *place += count;
        if let (Outcome::Skipped, Some(reason)) = (outcome, skip) {
            skipped.push(SkippedCount { reason, detail: reason.english().into(), count });
        }
        if let (Outcome::Failed, Some(failure)) = (outcome, failure) {
            let error = FailureView::from(failure);
            // Failures that differ only in Meta's id of the error are one reason.
            let same = |it: &&mut FailedCount| {
                it.error.reason == error.reason && (it.error.code, it.error.subcode) == (error.code, error.subcode)
            };
            match failed.iter_mut().find(same) {
                Some(known) => known.count += count,
                None => failed.push(FailedCount { error, count }),
            }
        }
    }
    failed.sort_by_key(|it| std::cmp::Reverse(it.count));
    let waiting = if campaign.ended_at.is_some() { 0 } else { counts.waiting };
    Ok(CampaignReport { campaign: view(app, campaign, waiting), counts, skipped, failed })
}

/// The recipients of a campaign after a place, with one outcome or all.
pub async fn recipients(
    app: &Engine,
    id: CampaignId,
    behind: i64,
    wanted: Option<Outcome>,
    limit: i64,
) -> Result<Vec<RecipientView>> {
    one(&app.store, id).await?;
    let found = campaign_recipient::list(&app.store, id, behind, wanted, limit).await?;
    Ok(found.into_iter().map(recipient).collect())
}

fn recipient(it: Recipient) -> RecipientView {
    let to = phone(&it.recipient).map_or_else(|| it.recipient.clone(), |phone| format!("+{phone}"));
    RecipientView {
        position: it.n,
        to: Some(to).filter(|_| !it.recipient.is_empty()),
        contact_id: it.contact.map(|id| id.to_string()),
        variables: it.variables,
        state: it.outcome,
        skipped: it
            .skip
            .filter(|_| it.outcome == Outcome::Skipped)
            .map(|reason| SkipView { reason, detail: reason.english().into() }),
        error: it.failure.map(FailureView::from),
        message_id: it.message.map(|id| id.to_string()),
        conversation_id: it.conversation.map(|id| id.to_string()),
    }
}

fn view(app: &Engine, it: Campaign, waiting: i64) -> CampaignView {
    let directory = app.directory();
    let account = directory.account(it.gateway, &it.account.id);
    let pause = it.pause.map(|reason| PauseView { detail: english::pause(&reason), reason });
    CampaignView {
        id: it.id,
        name: it.name,
        channel: it.account.channel,
        account: Named {
            name: account.map(|account| account.name.clone()).unwrap_or_default(),
            id: it.account.id,
        },
        template: CampaignTemplate { name: it.template, language: it.language, variables: it.variables },
        state: it.state,
        pause,
        per_minute: it.per_minute,
        recipients: it.recipients,
        waiting,
        consent: Consent {
            by: Named { id: it.consent_by.to_string(), name: it.consent_name },
            at: rfc3339(it.consent_at),
        },
        ended_at: it.ended_at.map(rfc3339),
    }
}
