//! Searches a Page's conversations at Meta for messages that no webhook delivered: after downtime, after a lost
//! subscription was renewed, and on demand (meta-platform.md §2.3, §4.3). Newest first, until everything is older
//! than the gap. Missing messages are put into the inbox as if they had been delivered, with Meta's time, in one
//! write with the position of the search. So a crash loses nothing, and nothing is found twice.

mod thread;

use std::time::Duration;

use channels::meta::error::Class;
use channels::meta::graph::{Listed, Thread};
use domain::audit_detail::AuditDetail;
use domain::catch_up::SearchProblem;
use domain::failure::Failure;
use domain::id::{GatewayId, UserId};
use domain::time::{DAY, MINUTE, Micros, SECOND};
use store::table::account::Account;
use store::table::catch_up::{self, Progress, Search};
use store::table::event;
use store::{Batch, Error};

use crate::account_tokens::{account_token, conversations, platform};
use crate::audit::{act_by, object_of};
use crate::clients::graph::Refused;
use crate::clock;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error;
use crate::optimistic::commit_if_first;
use crate::worker::{Context, Next, Schedule, Worker};

/// A Page that was silent for this long before the start may have missed something.
const SILENT: i64 = 5 * MINUTE;
/// The time of the last event is stored to the minute.
const ROUNDING: i64 = MINUTE;
/// The furthest that a search goes back.
const LONGEST: i64 = 7 * DAY;
/// The least that a search on demand goes back.
const ON_DEMAND: i64 = DAY;
/// The number of failed attempts in a row that end a search.
const TRIES: i64 = 12;

/// Searches for messages that no webhook delivered.
#[derive(Debug)]
pub struct CatchUp {
    app: Engine,
    /// Whether Pages that were silent before the start have been searched.
    begun: bool,
}

impl Worker for CatchUp {
    const SCHEDULE: Schedule = Schedule { patience: Duration::from_secs(600), ..Schedule::new("catch_up", None) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), begun: false }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        if !self.begun {
            after_downtime(&self.app).await?;
            self.begun = true;
        }
        Ok(if turn(&self.app).await? { Next::Now } else { Next::Poll })
    }
}

/// Deskbell received nothing before this start: searches silent Pages from their last event on.
async fn after_downtime(app: &Engine) -> Result<(), Error> {
    let (mut batch, at, activity) = (Batch::new(), app.clock.now(), app.activity());
    for page in app.directory().accounts.values().filter(|page| page.subscribed && is_searchable(app, page)) {
        let last = activity.last_event_of(page.gateway, &page.account_id);
        if last.is_some_and(|last| at.since(last) > SILENT) {
            catch_up::want(&mut batch, page.gateway, &page.account_id, gap(page, last, at), at);
        }
    }
    commit(app, batch).await.map(|_| ())
}

/// Whether Meta has a record of its channel that can be searched.
fn is_searchable(app: &Engine, page: &Account) -> bool {
    platform(app, page.channel).is_some()
}

/// Since when messages of a page may be missing: since its last event, or since it was connected.
fn gap(page: &Account, last: Option<Micros>, now: Micros) -> Micros {
    let last = last.map_or(page.connected_at, |last| last.plus(-ROUNDING));
    last.max(page.connected_at).max(now.plus(-LONGEST))
}

/// A page's subscription was lost and renewed: requests a search for what was missed in between.
pub async fn after_renewal(app: &Engine, gateway: GatewayId, page: &str) -> Result<(), Error> {
    let Some(page) = app.directory().account(gateway, page).cloned() else { return Ok(()) };
    if !is_searchable(app, &page) {
        return Ok(());
    }
    let (mut batch, at) = (Batch::new(), app.clock.now());
    let last = app.activity().last_event_of(gateway, &page.account_id);
    catch_up::want(&mut batch, gateway, &page.account_id, gap(&page, last, at), at);
    commit(app, batch).await.map(|_| ())
}

/// Starts a search that an administrator requested. It continues in the background.
pub async fn begin(app: &Engine, by: UserId, known: &GatewayEntry, page: &Account) -> error::Result<()> {
    if !page.subscribed || !known.row.enabled {
        let detail = "Message retrieval of this Page is switched off: switch it on first.";
        return Err(error::Error::conflict(detail));
    }
    if !is_searchable(app, page) {
        let name = app.channels.capabilities(page.channel).name;
        let detail = format!("Meta keeps no record of {name} conversations that could be searched.");
        return Err(error::Error::conflict(detail));
    }
    let mut batch = Batch::new();
    let last = app.activity().last_event_of(page.gateway, &page.account_id);
    on_demand(&mut batch, page, last, app.clock.now());
    let object = object_of(page.gateway, &page.account_id);
    act_by(app, &mut batch, Some(by), "account.catch_up", object, AuditDetail::Nothing {});
    app.store.commit(batch).await?;
    Ok(())
}

/// Requests a search on demand: a day back, or to the last event if that is longer ago.
pub fn on_demand(batch: &mut Batch, page: &Account, last: Option<Micros>, at: Micros) {
    let since = gap(page, last, at).min(at.plus(-ON_DEMAND)).max(page.connected_at);
    catch_up::want(batch, page.gateway, &page.account_id, since, at);
    event::gateway_changed(batch, page.gateway, at);
}

/// Reads the next part of the search that is due. Returns whether there was one.
async fn turn(app: &Engine) -> Result<bool, Error> {
    let Some(search) = catch_up::due(&app.store, app.clock.now()).await? else { return Ok(false) };
    let directory = app.directory();
    let page = directory.account(search.gateway, &search.page).filter(|page| page.subscribed);
    let known = directory.gateways.get(&search.gateway).filter(|known| known.row.enabled);
    let (Some(page), Some(known)) = (page, known) else {
        fail(app, &search, &SearchProblem::SwitchedOff {}).await?;
        return Ok(true);
    };
    let Some(token) = account_token(app, search.gateway, &search.page).await? else {
        fail(app, &search, &SearchProblem::NotReached {}).await?;
        return Ok(true);
    };
    let Some(platform) = platform(app, page.channel) else {
        fail(app, &search, &SearchProblem::NotReached {}).await?;
        return Ok(true);
    };
    match conversations(app, known, &token, platform, None, search.cursor.as_deref()).await {
        Ok(listed) => read(app, &search, page, listed).await?,
        Err(refused) => refused_by_meta(app, &search, &refused).await?,
    }
    Ok(true)
}

/// Processes one part of the list.
async fn read(app: &Engine, search: &Search, page: &Account, listed: Listed<Thread>) -> Result<(), Error> {
    let (mut batch, mut checked, mut found, mut unreadable) = (Batch::new(), 0_i64, 0_i64, 0_i64);
    let mut reached = false;
    for thread in &listed.items {
        let updated = thread.updated_time.as_deref().and_then(clock::read);
        // Meta's times are whole seconds.
        if updated.is_some_and(|updated| updated.plus(SECOND) < search.since) {
            reached = true;
            break;
        }
        let seen = thread::compare(app, search, page, thread, &mut batch).await?;
        checked += 1;
        found += seen.found;
        unreadable += i64::from(seen.unreadable);
    }
    let at = app.clock.now();
    let cursor = listed.after.filter(|_| !reached);
    let is_over = cursor.is_none();
    let progress = Progress { cursor, checked, found, unreadable };
    catch_up::advance(&mut batch, search, &progress, at);
    if is_over {
        let found = search.found + found;
        catch_up::finish(&mut batch, search, at);
        tracing::info!(
            page = search.page,
            found,
            "a Page's conversations were looked through for missed messages"
        );
    }
    event::gateway_changed(&mut batch, search.gateway, at);
    commit(app, batch).await.map(|_| ())
}

/// Meta did not answer: tries again later, or gives up.
async fn refused_by_meta(app: &Engine, search: &Search, refused: &Refused) -> Result<(), Error> {
    let class = refused.error.class();
    if class == Class::Permission {
        return fail(app, search, &SearchProblem::NotAllowed { code: refused.error.code }).await;
    }
    let failure = Failure::from(&refused.error);
    if !refused.is_passing() || search.tries >= TRIES {
        return fail(app, search, &SearchProblem::Refused { failure }).await;
    }
    let pause = match refused.wait_seconds {
        Some(seconds) => i64::from(seconds) * SECOND,
        None if class == Class::Throttled => MINUTE,
        None => ((2 * SECOND) << search.tries.clamp(0, 7)).min(5 * MINUTE),
    };
    let mut batch = Batch::new();
    let at = app.clock.now().plus(pause);
    catch_up::retry(&mut batch, search, at, &SearchProblem::Delayed { failure });
    commit(app, batch).await.map(|_| ())
}

async fn fail(app: &Engine, search: &Search, why: &SearchProblem) -> Result<(), Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    catch_up::fail(&mut batch, search, why, at);
    event::gateway_changed(&mut batch, search.gateway, at);
    commit(app, batch).await.map(|_| ())
}

/// Commits. A conflict means that the search was restarted or read by another process, and needs no action.
async fn commit(app: &Engine, batch: Batch) -> Result<bool, Error> {
    if batch.is_empty() {
        return Ok(true);
    }
    commit_if_first(&app.store, batch).await
}

#[cfg(test)]
mod tests {
    use domain::channel::Channel;
    use domain::time::HOUR;

    use super::*;

    #[test]
    fn a_search_goes_back_to_the_last_event_but_never_before_the_page_was_ours() {
        let now = Micros(1_000 * DAY);
        let back = |connected: i64, last: Option<i64>| {
            let page = Account {
                connected_at: now.plus(-connected),
                ..Account::named(GatewayId(2), Channel::MESSENGER, "200", "Shop")
            };
            now.since(gap(&page, last.map(|ago| now.plus(-ago)), now))
        };
        assert_eq!(back(30 * DAY, Some(2 * HOUR)), 2 * HOUR + MINUTE);
        assert_eq!(back(30 * DAY, Some(20 * DAY)), 7 * DAY);
        assert_eq!(back(HOUR, None), HOUR);
        assert_eq!(back(HOUR, Some(HOUR)), HOUR);
    }
}
