//! Decides which request is sent next. Requests of one customer of an account are sent in sequence. Customers take
//! turns, so a long queue for one does not delay the others, and people's messages go before a bot's. Only the first
//! request of a customer is ever in memory, and only for as many customers as can be sent to now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::channel::Account;
use domain::id::IdentityId;
use domain::inbound::FileKind;
use domain::outbound::Part;
use domain::time::Micros;
use store::table::outbox::{self, Customers, Queued, State};
use store::{Batch, Error, Signal};
use tokio::task::JoinSet;

use super::pace::{Load, Pace, Wait};
use super::{HOLD, commit, one, record};
use crate::engine::Engine;
use crate::send_result;
use crate::worker::guarded;

/// Requests in progress at the same time.
const ABREAST: usize = 64;
/// The same for one account, so that one with hanging calls does not block the others.
const ABREAST_OF_PAGE: usize = 48;
/// The same under high load of webhooks.
const ABREAST_PRESSED: usize = 2;
/// Customers that are read together: about as many as Meta's limits allow at once.
const LOOK: i64 = 16;
/// The number of customers of an account that are checked in one round; the next round continues after them.
const LOOK_MOST: usize = 512;
/// An account that has to wait is checked again after this at the latest, because its pause may have been lifted.
const LOOK_AGAIN: i64 = domain::time::SECOND;
/// How long after an uncertain request stopped blocking others Meta is asked about it.
const ASK_AFTER: i64 = 15 * domain::time::SECOND;

/// Customers who have a request in progress, with their account.
type Busy = Arc<Mutex<HashMap<IdentityId, Account>>>;

/// The scheduler and the requests that it has started.
pub(super) struct SendScheduler {
    app: Engine,
    pace: Pace,
    busy: Busy,
    tasks: JoinSet<()>,
    /// The customer after which the next check begins: by account, for people's messages and for all.
    cursors: HashMap<(Account, bool), i64>,
    /// Until when no request of an account can be sent, whatever signals come.
    resting: HashMap<Account, Micros>,
    /// The account that comes first this time.
    turn: usize,
    /// The number of accounts that were checked.
    looks: usize,
}

/// How a walk through an account's customers continues.
enum Step {
    /// The next customer.
    On,
    /// Nothing more of this account can be sent now.
    Enough,
}

impl SendScheduler {
    pub(super) fn new(app: &Engine) -> Self {
        Self {
            app: app.clone(),
            pace: Pace::default(),
            busy: Busy::default(),
            tasks: JoinSet::new(),
            cursors: HashMap::new(),
            resting: HashMap::new(),
            turn: 0,
            looks: 0,
        }
    }

    /// Keeps the requests in progress and resets everything else.
    pub(super) fn afresh(self) -> Self {
        Self { busy: self.busy, tasks: self.tasks, pace: self.pace, ..Self::new(&self.app) }
    }

    /// Waits for the requests in progress.
    pub(super) async fn finish(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Sends all requests that may be sent now. Returns when the next one may be.
    pub(super) async fn round(&mut self) -> Result<Option<Micros>, Error> {
        while self.tasks.try_join_next().is_some() {}
        let mut next = self.release().await?;
        let mut accounts = outbox::accounts(&self.app.store).await?;
        if accounts.is_empty() {
            self.cursors.clear();
            return Ok(next);
        }
        let at = self.app.clock.now();
        self.resting.retain(|_, until| *until > at);
        self.turn = self.turn.wrapping_add(1);
        let first = self.turn % accounts.len();
        accounts.rotate_left(first);
        for account in accounts {
            // Every fourth walk starts with all requests, so that many messages of a person do not starve the bot.
            let order = if self.looks.is_multiple_of(4) { [false, true] } else { [true, false] };
            self.looks = self.looks.wrapping_add(usize::from(!self.resting.contains_key(&account)));
            for people in order {
                if let Some(until) = self.resting.get(&account) {
                    next = Some(next.map_or(*until, |known| known.min(*until)));
                    break;
                }
                if self.free(&account) == 0 {
                    break;
                }
                self.walk(&account, people, &mut next).await?;
            }
        }
        Ok(next)
    }

    /// Stops requests whose time is over from blocking others. Returns when the next one is due.
    async fn release(&self) -> Result<Option<Micros>, Error> {
        let due = outbox::next_release(&self.app.store).await?;
        let at = self.app.clock.now();
        if due.is_none_or(|due| due > at) {
            return Ok(due);
        }
        let mut batch = Batch::new();
        outbox::release(&mut batch, at, at.plus(ASK_AFTER));
        commit(&self.app, batch).await?;
        Ok(None)
    }

    /// How many requests of an account may begin now.
    fn free(&self, account: &Account) -> usize {
        let abreast = if self.app.pressure.is_hard() { ABREAST_PRESSED } else { ABREAST };
        let busy = self.busy.lock().expect("nothing panics while it is held");
        let own = busy.values().filter(|other| *other == account).count();
        abreast.saturating_sub(busy.len()).min(ABREAST_OF_PAGE.saturating_sub(own))
    }

    /// Goes through the customers of an account in turn, from where the last walk ended, at most once around.
    async fn walk(&mut self, account: &Account, people: bool, next: &mut Option<Micros>) -> Result<(), Error> {
        let customers = if people { Customers::WithAgents } else { Customers::All };
        let key = (account.clone(), people);
        let begin = self.cursors.get(&key).copied().unwrap_or(0);
        let (mut behind, mut around, mut looked) = (begin, begin == 0, 0);
        'look: while looked < LOOK_MOST {
            let heads = outbox::next_of_customers(&self.app.store, account, customers, behind, LOOK).await?;
            let is_last = heads.len() < usize::try_from(LOOK).unwrap_or(usize::MAX);
            for (customer, head) in heads {
                if around && begin > 0 && customer.0 > begin {
                    break 'look;
                }
                looked += 1;
                if let Some(head) = head
                    && matches!(self.consider(customer, head, next), Step::Enough)
                {
                    // It is the first of the next walk.
                    behind = customer.0 - 1;
                    break 'look;
                }
                behind = customer.0;
            }
            if is_last {
                behind = 0;
                if around {
                    break;
                }
                around = true;
            }
        }
        self.cursors.insert(key, behind);
        Ok(())
    }

    /// Sends the first request of a customer, if it may be sent.
    fn consider(&mut self, customer: IdentityId, head: Queued, next: &mut Option<Micros>) -> Step {
        let at = self.app.clock.now();
        {
            let busy = self.busy.lock().expect("nothing panics while it is held");
            if busy.contains_key(&customer) || head.state != State::Queued {
                return Step::On;
            }
        }
        if head.next_at > at {
            *next = Some(next.map_or(head.next_at, |known| known.min(head.next_at)));
            return Step::On;
        }
        let directory = self.app.directory();
        let paused = directory.account(head.gateway, &head.account.id).and_then(|page| page.paused_until);
        if let Some(until) = paused.filter(|until| *until > at) {
            self.rest(&head.account, until, at, next);
            return Step::Enough;
        }
        if self.free(&head.account) == 0 {
            return Step::Enough;
        }
        let rate = directory.gateways.get(&head.gateway).map_or(1, |known| known.row.page_rate);
        let usage = self.app.graph.usage(head.gateway, &head.account.id);
        let limits = &self.app.channels.capabilities(head.account.channel).rates;
        match self.pace.take(&head.account, load(&head), rate, limits, usage, at) {
            Ok(()) => {}
            Err(Wait::Media(until)) => {
                *next = Some(next.map_or(until, |known| known.min(until)));
                return Step::On;
            }
            Err(Wait::Account(until)) => {
                self.rest(&head.account, until, at, next);
                return Step::Enough;
            }
        }
        self.begin(customer, head);
        Step::On
    }

    /// Nothing of an account is sent before `until`.
    fn rest(&mut self, account: &Account, until: Micros, at: Micros, next: &mut Option<Micros>) {
        let until = until.min(at.plus(LOOK_AGAIN));
        self.resting.insert(account.clone(), until);
        *next = Some(next.map_or(until, |known| known.min(until)));
    }

    fn begin(&mut self, customer: IdentityId, request: Queued) {
        let (app, busy) = (self.app.clone(), Arc::clone(&self.busy));
        busy.lock().expect("nothing panics while it is held").insert(customer, request.account.clone());
        self.tasks.spawn(async move {
            match guarded(one(&app, &request)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::warn!(%error, "a request could not be taken for sending; it stays queued and is tried \
                        again");
                }
                None => {
                    tracing::error!(request = %request.id, "sending panicked; the message is uncertain");
                    let mut batch = Batch::new();
                    let at = app.clock.now();
                    send_result::uncertain(&mut batch, &request, at.plus(HOLD), at);
                    record(&app, batch).await;
                }
            }
            busy.lock().expect("nothing panics while it is held").remove(&customer);
            app.notify(Signal::Outbox);
        });
    }
}

fn load(request: &Queued) -> Load {
    match &request.part {
        Some(Part::File { file: FileKind::Audio | FileKind::Video, .. }) => Load::Media,
        _ => Load::Light,
    }
}
