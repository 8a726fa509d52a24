//! Configuration: what every request and turn needs and what rarely changes, i.e. gateways, accounts, queues and flows. Read
//! into memory as a whole, and replaced as a whole when one of them has changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::agent::Agent;
use domain::calendar::OpeningHours;
use domain::conversation::FlowRef;
use domain::entry_point::EntryPoint;
use domain::flow::FlowBody;
use domain::form::Form;
use domain::id::{CalendarId, EntryPointId, FlowId, FormId, GatewayId, QueueId, UserId};
use domain::inbound::InboundEvent;
use domain::opt_out::OptOutWords;
use domain::role::Role;
use domain::secret::Secret;
use domain::service::Qualifications;
use domain::sla::Targets;
use domain::time::{Day, Micros};
use domain::turn::QueueFacts;
use domain::visibility::Viewer;
use store::table::account::{self, Account};
use store::table::conversation::Waiting;
use store::table::gateway::{self, Gateway};
use store::table::queue::{self, Queue};
use store::table::{calendar, entry_point, flow, flow_secret, form};
use store::{Error, Store};

use crate::opening_hours;
use crate::roster::Roster;
use crate::secrets::Cipher;
use crate::time_zone;

/// A gateway in the form that requests need: with its decrypted secret, if the key matches.
#[derive(Debug, Clone)]
pub struct GatewayEntry {
    pub row: Gateway,
    /// The App Secret; None when it was encrypted with another key and must be entered again.
    pub secret: Option<Secret>,
    /// The secret of the app for Instagram Login, if there is one.
    pub instagram_secret: Option<Secret>,
}

impl GatewayEntry {
    /// Decrypts its secrets.
    pub fn open(row: Gateway, cipher: &Cipher) -> Self {
        let secret = cipher.open(&row.app_secret, &secret_purpose(row.id)).map(Secret);
        let sealed = Some(&*row.instagram_app_secret).filter(|sealed| !sealed.is_empty());
        let purpose = instagram_secret_purpose(row.id);
        let instagram_secret = sealed.and_then(|sealed| cipher.open(sealed, &purpose)).map(Secret);
        Self { row, secret, instagram_secret }
    }

    /// The secrets with which Meta may sign what it delivers here: the app's, and that of Instagram Login.
    pub fn signing_secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secret.iter().chain(self.instagram_secret.iter())
    }
}

/// A snapshot of the whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    pub gateways: HashMap<GatewayId, Arc<GatewayEntry>>,
    /// By the last part of their address.
    pub by_uri: HashMap<String, GatewayId>,
    /// By gateway and Meta's id.
    pub accounts: HashMap<(GatewayId, String), Account>,
    /// In order of age: the first is the default queue.
    pub queues: Vec<Queue>,
    /// When queues are open.
    pub calendars: HashMap<CalendarId, Arc<OpeningHours>>,
    /// The forms.
    pub forms: HashMap<FormId, Arc<Form>>,
    /// The versions that new runs use.
    pub flows: HashMap<FlowId, (i64, Arc<FlowBody>)>,
    /// Secrets of flows by name, encrypted.
    pub flow_secrets: BTreeMap<String, String>,
    /// Links and code words, in order of age.
    pub entry_points: Vec<EntryPoint>,
    /// The time zone of the installation: where its days begin.
    pub time_zone: time_zone::Named,
    /// The words by which customers refuse marketing messages.
    pub opt_out: OptOutWords,
}

/// The purpose for which an App Secret is encrypted.
pub fn secret_purpose(id: GatewayId) -> String {
    format!("gateway {id} app_secret")
}

/// The purpose for which the secret of the app for Instagram Login is encrypted.
pub fn instagram_secret_purpose(id: GatewayId) -> String {
    format!("gateway {id} instagram_app_secret")
}

/// The purpose for which a token of a gateway is encrypted.
pub fn token_purpose(id: GatewayId) -> String {
    format!("gateway {id} token")
}

impl Directory {
    /// The day of the installation's time zone that this moment is in.
    pub fn day(&self, at: Micros) -> Day {
        at.day(&self.time_zone.zone)
    }

    /// Reads the whole configuration.
    pub async fn read(store: &Store, cipher: &Cipher) -> Result<Self, Error> {
        let mut it = Self::default();
        for row in gateway::list(store).await? {
            it.by_uri.insert(row.uri.clone(), row.id);
            it.gateways.insert(row.id, Arc::new(GatewayEntry::open(row, cipher)));
        }
        for account in account::all(store).await? {
            it.accounts.insert((account.gateway, account.account_id.clone()), account);
        }
        it.queues = queue::list(store).await?;
        for calendar in calendar::list(store).await? {
            it.calendars.insert(calendar.id, Arc::new(opening_hours::of(&calendar)));
        }
        for form in form::list(store).await? {
            it.forms.insert(form.id, Arc::new(form.form));
        }
        for version in flow::published(store).await? {
            match domain::flow::parse(&version.body) {
                Ok(body) => {
                    it.flows.insert(version.flow, (version.number, Arc::new(body)));
                }
                Err(problems) => {
                    tracing::error!(
                        flow = version.flow.0,
                        problems = problems.len(),
                        "a published flow cannot be read"
                    );
                }
            }
        }
        it.flow_secrets = flow_secret::list(store).await?.into_iter().collect();
        it.entry_points = entry_point::list(store).await?;
        it.time_zone = time_zone::read(store).await?;
        it.opt_out = crate::opt_out::read(store).await?;
        Ok(it)
    }

    /// The gateway that an address belongs to.
    pub fn gateway_at(&self, uri: &str) -> Option<&Arc<GatewayEntry>> {
        self.gateways.get(self.by_uri.get(uri)?)
    }

    /// The accounts of a gateway with this parent at Meta: the numbers of a business account.
    pub fn accounts_of(&self, gateway: GatewayId, parent: &str) -> Vec<&Account> {
        let of_gateway = self.accounts.values().filter(|account| account.gateway == gateway);
        of_gateway.filter(|account| account.parent_id.as_deref() == Some(parent)).collect()
    }

    /// One account of a gateway.
    pub fn account(&self, gateway: GatewayId, account: &str) -> Option<&Account> {
        self.accounts.get(&(gateway, account.to_owned()))
    }

    /// The business account that an account belongs to: on WhatsApp, the one that has the templates.
    pub fn business_of(&self, gateway: GatewayId, account: &str) -> Option<String> {
        self.account(gateway, account)?.parent_id.clone()
    }

    pub fn queue(&self, id: QueueId) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }

    fn published(&self, flow: FlowId) -> Option<(FlowRef, Arc<FlowBody>)> {
        let (version, body) = self.flows.get(&flow)?;
        Some((FlowRef { flow, version: *version }, Arc::clone(body)))
    }

    /// The flow that new runs of a conversation begin with: that of the entry point that began it, else the gateway's.
    pub fn flow_for(
        &self,
        gateway: GatewayId,
        entry_point: Option<EntryPointId>,
    ) -> Option<(FlowRef, Arc<FlowBody>)> {
        let own = self.entry_points.iter().find(|known| Some(known.id) == entry_point);
        own.and_then(|own| self.published(own.flow))
            .or_else(|| self.published(self.gateways.get(&gateway)?.row.flow))
    }

    /// The entry point that an event of an account uses at `at`.
    pub fn entry_point_used(
        &self,
        gateway: GatewayId,
        account: &str,
        what: &InboundEvent,
        at: Micros,
    ) -> Option<&EntryPoint> {
        self.entry_points.iter().find(|it| it.lives(at) && it.is_of(gateway, account) && it.is_used_by(what))
    }

    /// The gateway that a guest belongs to: the one whose entry points lead to their queues.
    pub fn gateway_of_guest(&self, user: UserId) -> Option<GatewayId> {
        let served = self.served_by(user, Role::Guest, &Qualifications::default());
        let leads = |it: &&EntryPoint| it.queue.is_some_and(|queue| served.contains(&queue));
        self.entry_points.iter().find(leads).map(|it| it.gateway)
    }

    /// The queues that an agent with these qualifications serves.
    pub fn served_by(&self, user: UserId, role: Role, with: &Qualifications) -> Vec<QueueId> {
        self.queues.iter().filter(|queue| queue.service.includes(user, role, with)).map(|queue| queue.id).collect()
    }

    /// An agent as a viewer, for the rules of visibility.
    pub fn viewer(&self, agent: &Agent) -> Viewer {
        Viewer {
            user: agent.user,
            role: agent.role,
            queues: self.served_by(agent.user, agent.role, &agent.qualifications),
        }
    }

    /// Whether a queue is open at a moment.
    pub fn is_open(&self, queue: &Queue, at: Micros) -> bool {
        self.hours(queue).is_none_or(|hours| hours.is_open(at))
    }

    /// When a queue is open; None for always.
    fn hours(&self, queue: &Queue) -> Option<&Arc<OpeningHours>> {
        queue.settings.calendar_id.and_then(|id| self.calendars.get(&id))
    }

    /// The targets of a queue, and when they run.
    pub fn targets(&self, queue: &Queue) -> Targets<'_> {
        Targets { sla: queue.settings.sla, hours: self.hours(queue).map(Arc::as_ref) }
    }

    /// The queues as a turn may use them. `counts`: the waiting customers, if they were counted.
    pub fn queue_facts(
        &self,
        roster: &Roster,
        now: Micros,
        counts: Option<&HashMap<QueueId, Waiting>>,
    ) -> Vec<QueueFacts> {
        self.queues
            .iter()
            .map(|queue| QueueFacts {
                id: queue.id,
                name: queue.name.clone(),
                settings: Arc::clone(&queue.settings),
                form: queue.settings.form_id.and_then(|id| self.forms.get(&id)).cloned(),
                online: roster.online(queue) > 0,
                open: self.is_open(queue, now),
                hours: self.hours(queue).cloned(),
                waiting: counts.map(|counts| counts.get(&queue.id).map_or(0, |waiting| waiting.count)),
                expected_wait: None,
                isolated: queue.is_isolated(),
            })
            .collect()
    }
}
