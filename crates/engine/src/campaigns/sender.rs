//! Writes to the recipients of running campaigns, one after the other, at the pace of each campaign.
//!
//! A recipient's message, their row and the campaign's next moment are one batch. A process that dies has done all of
//! it or nothing, so no recipient is left out or written to twice. A pause conflicts with that batch: after it no
//! message of the campaign is added.

use domain::audit_detail::AuditDetail;
use domain::campaign::{Pause, Skip, State};
use domain::channel::Address;
use domain::message_template::Variables;
use domain::time::{MINUTE, Micros, SECOND};
use domain::turn::OutgoingContent;
use store::table::campaign::{self, Campaign};
use store::table::campaign_recipient::{self, Waiting};
use store::table::outbox;
use store::{Batch, Signal};

use super::recipients::{merged, phone};
use super::{object, obstacle};
use crate::audit::act_by;
use crate::conversation_start::thread_with;
use crate::engine::Engine;
use crate::message_templates;
use crate::optimistic::{Attempt, commit_if_first, optimistic};
use crate::turns::{TurnError, decide, ignore_refusal};
use crate::worker::{Context, Next, Schedule, Worker};

/// The number of campaigns per round.
const TOGETHER: i64 = 20;
/// While an account has this many requests waiting, no campaign adds more, so that a pause takes effect at once.
const BUSY: i64 = 40;
/// How long a campaign waits for a busy account.
const REST: i64 = SECOND / 4;

/// Sends what campaigns have to send.
pub struct Campaigns {
    app: Engine,
}

impl Worker for Campaigns {
    const SCHEDULE: Schedule = Schedule::new("campaigns", Some(Signal::Campaigns));

    fn new(app: &Engine) -> Self {
        Self { app: app.clone() }
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        for campaign in campaign::due(&self.app.store, self.app.clock.now(), TOGETHER).await? {
            if *context.stop().borrow() {
                break;
            }
            step(&self.app, &campaign).await?;
            context.progress();
        }
        Ok(match campaign::next(&self.app.store).await? {
            Some(at) if at <= self.app.clock.now() => Next::Now,
            next => Next::At(next),
        })
    }
}

/// Sends to the next recipient of a campaign, or ends it, or pauses it.
async fn step(app: &Engine, campaign: &Campaign) -> Result<(), store::Error> {
    if let Some(why) = obstacle(app, campaign).await? {
        return pause(app, campaign, &why).await;
    }
    if let Some(until) = throttled(app, campaign).await? {
        let mut batch = Batch::new();
        campaign::advance(&mut batch, campaign, until);
        return commit_if_first(&app.store, batch).await.map(drop);
    }
    let Some(next) = campaign_recipient::next(&app.store, campaign.id).await? else {
        return end(app, campaign).await;
    };
    let Some(content) = content(app, campaign, &next).await? else {
        return pause(app, campaign, &Pause::TemplateChanged {}).await;
    };
    let written = optimistic(&app.store, "campaign", |_| write(app, campaign, &next, &content));
    match written.await {
        // The channel no longer accepts the template.
        Err(TurnError::Refused(_)) => return pause(app, campaign, &Pause::TemplateChanged {}).await,
        written => ignore_refusal(written)?,
    };
    match campaign_recipient::next(&app.store, campaign.id).await? {
        None => end(app, campaign).await,
        Some(_) => Ok(()),
    }
}

/// Everyone was written to or skipped.
async fn end(app: &Engine, campaign: &Campaign) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    campaign::end(&mut batch, campaign.id, State::Done, app.clock.now());
    commit_if_first(&app.store, batch).await.map(drop)
}

/// Pauses a campaign for a reason of its own, unless another writer was faster.
async fn pause(app: &Engine, campaign: &Campaign, why: &Pause) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    campaign::pause(&mut batch, campaign.id, why);
    act_by(app, &mut batch, None, "campaign.pause", object(campaign.id), AuditDetail::named(&campaign.name));
    if commit_if_first(&app.store, batch).await? {
        tracing::warn!(campaign = %campaign.id, "a campaign paused on its own: its report says why");
    }
    Ok(())
}

/// Until when the account accepts no more requests.
async fn throttled(app: &Engine, campaign: &Campaign) -> Result<Option<Micros>, store::Error> {
    let now = app.clock.now();
    let directory = app.directory();
    let account = directory.account(campaign.gateway, &campaign.account.id);
    if let Some(until) = account.and_then(|account| account.paused_until).filter(|until| *until > now) {
        return Ok(Some(until));
    }
    let waiting = outbox::count_of_account(&app.store, &campaign.account, BUSY).await?;
    Ok((waiting >= BUSY).then(|| now.plus(REST)))
}

/// What a recipient gets; None if the template no longer has these variables.
async fn content(
    app: &Engine,
    campaign: &Campaign,
    next: &Waiting,
) -> Result<Option<OutgoingContent>, store::Error> {
    let (name, language) = (&campaign.template, &campaign.language);
    let template = message_templates::stored(app, campaign.gateway, &campaign.account, name, language).await?;
    let variables: Variables = merged(&campaign.variables, &next.variables);
    let filled = template.and_then(|template| template.fill(&variables).ok());
    Ok(filled.map(|(approved, text)| OutgoingContent {
        text: Some(text),
        approved: Some(Box::new(approved)),
        client_id: Some(format!("campaign:{}:{}", campaign.id, next.n)),
        ..OutgoingContent::default()
    }))
}

/// Writes to a recipient, or skips them.
async fn write(
    app: &Engine,
    campaign: &Campaign,
    next: &Waiting,
    content: &OutgoingContent,
) -> Result<Attempt<()>, TurnError> {
    let current = campaign::one(&app.store, campaign.id).await?;
    // Paused, ended, or sent by another process in the meantime.
    if current.is_none_or(|it| it.state != State::Running || it.next_at != campaign.next_at) {
        return Ok(Attempt::Done(()));
    }
    let now = app.clock.now();
    let mut batch = Batch::new();
    let skip = async |mut batch: Batch, why: Skip| {
        // A skipped recipient does not delay the others.
        campaign::advance(&mut batch, campaign, now);
        campaign_recipient::skipped(&mut batch, campaign.id, next.n, why);
        Ok(Attempt::Commit(batch, ()))
    };
    let phone = phone(&next.recipient);
    let address = Address::new(campaign.account.clone(), next.recipient.clone());
    let (state, _) = thread_with(app, campaign.gateway, &address, phone).await?;
    if campaign_recipient::was_written(&app.store, campaign.id, state.identity.id).await? {
        return skip(batch, Skip::AlreadyWritten).await;
    }
    let decided = decide(app, state, |turn| turn.send_campaign(&campaign.name, content.clone())).await?;
    let Some(message) = decided.value else { return skip(batch, Skip::OptedOut).await };
    campaign::advance(&mut batch, campaign, now.plus(MINUTE / campaign.per_minute.max(1)));
    campaign_recipient::sent(&mut batch, campaign.id, next.n, message);
    decided.write(&mut batch);
    Ok(Attempt::Commit(batch, ()))
}
