//! The state of the sandbox: one plain structure behind one mutex, changed by short synchronous functions. Nothing
//! here waits, sends or listens.

mod channel;
mod chaos;
mod comments;
mod faults;
mod instagram;
mod login;
mod outgoing;
mod patience;
mod saved;
mod whatsapp;

pub use channel::{Channel, Target};
pub use chaos::{CallFate, Plan};
pub use faults::{Fault, GraphCall, Kind, When};
pub use instagram::Instagram;
pub use login::{Code, Session, Token};
pub use outgoing::{Carrier, Change, Event, Outgoing, QueueKey};
#[cfg(test)]
pub use patience::DISABLE_MS;
pub use saved::Saved;
pub use whatsapp::{Number, Override, Waba, country_code, digits};

use crate::clock::now_ms;
use crate::crypto::{random_string, stable_hash};
use crate::media::MediaStore;
use crate::seed::{AppSeed, CustomerSeed, PageSeed, PersonSeed, Seed, Settings};
use crate::thread::Thread;
use chaos::Chaos;
use comments::Comment;
use patience::{Clock, Failing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use tokio::sync::{broadcast, mpsc};
use whatsapp::FoundCustomers;

/// How many customers may exist.
pub const CUSTOMER_LIMIT: usize = 20_000;

/// Everything the sandbox knows.
pub struct World {
    /// Address in all links, without a slash at the end.
    pub base_url: String,
    /// Differs from world to world, so that no message id is used twice.
    pub run: String,
    /// Behaviour of the sandbox itself.
    pub settings: Settings,
    pub apps: BTreeMap<String, App>,
    pub people: BTreeMap<String, Person>,
    pub pages: BTreeMap<String, Page>,
    /// Instagram professional accounts by IGID.
    pub instagram: BTreeMap<String, Instagram>,
    /// WhatsApp business accounts.
    pub wabas: BTreeMap<String, Waba>,
    /// WhatsApp numbers by `phone_number_id`.
    pub numbers: BTreeMap<String, Number>,
    /// Customers by their sandbox id.
    pub customers: BTreeMap<String, CustomerSeed>,
    /// PSID → (Page, customer), and IGSID → (Instagram account, customer).
    pub psids: HashMap<String, (String, String)>,
    /// Threads by (account, customer); the account is a Page, an Instagram account or a WhatsApp number.
    pub threads: HashMap<(String, String), Thread>,
    /// Comments and visitors' posts, by Meta's id.
    pub comments: HashMap<String, Comment>,
    pub tokens: HashMap<String, Token>,
    pub codes: HashMap<String, Code>,
    /// Login dialogs in progress.
    pub dialogs: HashMap<String, Session>,
    /// Names and faces under which Pages speak, by id (§3.6).
    pub personas: BTreeMap<String, Persona>,
    /// Uploaded and posted files.
    pub media: MediaStore,
    /// Addresses of WhatsApp's files: hash → (media id, until when) (§3.8).
    pub addresses: HashMap<String, (String, i64)>,
    /// WhatsApp: portfolio → people to whom it wrote first, and when (§7.4).
    pub first_written: HashMap<String, HashMap<String, i64>>,
    /// Faults that are switched on.
    pub faults: Vec<Fault>,
    /// Random faults by a seeded plan.
    pub chaos: Chaos,
    /// The clock of retries and unsubscribing (§2.3).
    pub clock: Clock,
    /// Webhooks that fail now, by (app, Page).
    pub failing: HashMap<(String, String), Failing>,
    /// Log of Graph calls, newest last.
    pub calls: VecDeque<Value>,
    /// Log of webhook attempts and callbacks, newest last.
    pub deliveries: VecDeque<Value>,
    /// Waiting webhook deliveries, one queue per app and conversation.
    pub queues: HashMap<QueueKey, VecDeque<Outgoing>>,
    /// Wakes the webhook dispatcher.
    pub wake: mpsc::UnboundedSender<QueueKey>,
    /// Notifies open pages of changes.
    pub live: broadcast::Sender<Live>,
    counter: u64,
    seeded_customers: BTreeSet<String>,
    found_customers: FoundCustomers,
}

/// Something changed: for open phone pages and dashboards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// A thread, by (Page, customer).
    Thread(String, String),
    /// Calls, deliveries, settings.
    Dashboard,
}

/// An app with what was subscribed at run time.
#[derive(Clone, Serialize, Deserialize)]
pub struct App {
    pub settings: AppSeed,
    /// Webhook subscriptions by object (`page`, …), §1.9.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// How many Graph calls were made.
    pub calls: u64,
}

/// The webhook subscription of an app to one object type (§1.9).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    /// Where events go.
    pub callback_url: String,
    /// Returned in the verification call.
    pub verify_token: String,
    /// Subscribed fields.
    pub fields: BTreeSet<String>,
}

/// A name and face under which a Page speaks (§3.6).
#[derive(Clone, Serialize, Deserialize)]
pub struct Persona {
    pub page_id: String,
    pub name: String,
    pub picture: String,
}

/// A person and what they granted to apps.
#[derive(Clone, Serialize, Deserialize)]
pub struct Person {
    pub seed: PersonSeed,
    /// Grants by app id.
    pub grants: BTreeMap<String, Grant>,
}

/// What a person granted to an app.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Grant {
    /// Permission → granted (`true`) or declined (`false`).
    pub permissions: BTreeMap<String, bool>,
    /// Pages that were ticked; `None` means all, present and future (§1.6).
    pub pages: Option<BTreeSet<String>>,
    /// WhatsApp business accounts that were shared; `None` means all.
    #[serde(default)]
    pub whatsapp: Option<BTreeSet<String>>,
}

impl Grant {
    /// Whether the permission is granted.
    pub fn has(&self, permission: &str) -> bool {
        self.permissions.get(permission).copied().unwrap_or(false)
    }

    /// Whether the Page was ticked.
    pub fn covers(&self, page_id: &str) -> bool {
        self.pages.as_ref().is_none_or(|pages| pages.contains(page_id))
    }

    /// Whether the WhatsApp business account was shared.
    pub fn covers_waba(&self, waba_id: &str) -> bool {
        self.whatsapp.as_ref().is_none_or(|accounts| accounts.contains(waba_id))
    }
}

/// A Page with what was set at run time.
#[derive(Clone, Serialize, Deserialize)]
pub struct Page {
    pub seed: PageSeed,
    /// App id → subscribed fields (§5.1).
    pub subscribed_apps: BTreeMap<String, BTreeSet<String>>,
    /// Messenger profile properties (§5.3).
    pub profile: Map<String, Value>,
}

impl Page {
    /// The person's tasks on the Page.
    pub fn tasks(&self, person_id: &str) -> &[String] {
        self.seed.roles.get(person_id).map_or(&[], Vec::as_slice)
    }

    /// Whether the person has the task, in the old or the New-Pages-Experience spelling (§1.7).
    pub fn has_task(&self, person_id: &str, task: &str) -> bool {
        self.tasks(person_id).iter().any(|held| {
            let held = held.trim_start_matches("PROFILE_PLUS_");
            held == task || held == "MANAGE" || held == "FULL_CONTROL"
        })
    }
}

impl World {
    /// A fresh world from its seed.
    pub fn new(
        seed: Seed,
        base_url: String,
        wake: mpsc::UnboundedSender<QueueKey>,
        live: broadcast::Sender<Live>,
    ) -> Self {
        let apps = seed
            .apps
            .into_iter()
            .map(|settings| (settings.id.clone(), App { settings, subscriptions: BTreeMap::new(), calls: 0 }));
        let people =
            seed.people.into_iter().map(|seed| (seed.id.clone(), Person { seed, grants: BTreeMap::new() }));
        let pages = seed
            .pages
            .into_iter()
            .map(|seed| (seed.id.clone(), Page { seed, subscribed_apps: BTreeMap::new(), profile: Map::new() }));
        let customers: BTreeMap<_, _> = seed.customers.into_iter().map(|seed| (seed.id.clone(), seed)).collect();
        let instagram = seed.instagram.into_iter().map(|seed| (seed.id.clone(), Instagram::new(seed))).collect();
        let mut world = Self {
            base_url,
            run: random_string(8),
            settings: seed.settings,
            apps: apps.collect(),
            people: people.collect(),
            pages: pages.collect(),
            instagram,
            wabas: BTreeMap::new(),
            numbers: BTreeMap::new(),
            found_customers: FoundCustomers::new(),
            seeded_customers: customers.keys().cloned().collect(),
            customers,
            psids: HashMap::new(),
            threads: HashMap::new(),
            comments: HashMap::new(),
            tokens: HashMap::new(),
            codes: HashMap::new(),
            dialogs: HashMap::new(),
            personas: BTreeMap::new(),
            media: MediaStore::default(),
            addresses: HashMap::new(),
            first_written: HashMap::new(),
            faults: Vec::new(),
            chaos: Chaos::default(),
            clock: Clock::default(),
            failing: HashMap::new(),
            calls: VecDeque::new(),
            deliveries: VecDeque::new(),
            queues: HashMap::new(),
            wake,
            live,
            counter: 0,
        };
        seed.whatsapp.into_iter().for_each(|account| world.add_waba(account));
        seed.system_users.into_iter().for_each(|user| world.add_system_user(user));
        world
    }

    /// Now, by the sandbox's clock: ahead of true time by what `POST /control/clock` added.
    pub fn now_ms(&self) -> i64 {
        now_ms() + i64::try_from(self.clock.ahead_ms()).unwrap_or(i64::MAX / 2)
    }

    /// The next number; ids are made of these.
    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A new message id.
    pub fn next_mid(&mut self) -> String {
        let number = self.next();
        format!("m_{}{number:010}", self.run)
    }

    /// The customer's id on the Page (a PSID): 17 digits, beyond 2^53, the same in every run for seeded customers.
    pub fn psid(&mut self, page_id: &str, customer_id: &str) -> String {
        let salt = if self.seeded_customers.contains(customer_id) { "" } else { self.run.as_str() };
        let mut number = 20_000_000_000_000_000
            + stable_hash(&format!("{page_id}/{customer_id}/{salt}")) % 60_000_000_000_000_000;
        loop {
            let psid = number.to_string();
            match self.psids.get(&psid) {
                Some((page, customer)) if page == page_id && customer == customer_id => {
                    return psid;
                }
                Some(_) => number += 1,
                None => {
                    self.psids.insert(psid.clone(), (page_id.to_owned(), customer_id.to_owned()));
                    return psid;
                }
            }
        }
    }

    /// The thread of a customer with a Page, made on first use.
    pub fn thread(&mut self, page_id: &str, customer_id: &str) -> &mut Thread {
        self.threads.entry((page_id.to_owned(), customer_id.to_owned())).or_default()
    }

    /// Notifies open phone pages that the thread changed.
    pub fn touch(&self, page_id: &str, customer_id: &str) {
        let _ = self.live.send(Live::Thread(page_id.to_owned(), customer_id.to_owned()));
    }

    /// The person's grant to the app.
    pub fn grant(&self, app_id: &str, person_id: &str) -> Option<&Grant> {
        self.people.get(person_id)?.grants.get(app_id)
    }

    /// Adds an entry to the log of Graph calls.
    pub fn log_call(&mut self, entry: Value) {
        push(&mut self.calls, entry, self.settings.log_limit);
        let _ = self.live.send(Live::Dashboard);
    }

    /// Adds an entry to the log of deliveries.
    pub fn log_delivery(&mut self, mut entry: Value) {
        entry["id"] = Value::from(self.next());
        entry["at_ms"] = Value::from(now_ms());
        push(&mut self.deliveries, entry, self.settings.log_limit);
        let _ = self.live.send(Live::Dashboard);
    }

    /// Address of a customer's picture; `None` if they have none.
    pub fn customer_picture(&self, customer_id: &str) -> Option<String> {
        let customer = self.customers.get(customer_id)?;
        customer.picture.then(|| format!("{}/cdn/avatar/customer-{customer_id}.png", self.base_url))
    }

    /// Address of a Page's picture.
    pub fn page_picture(&self, page_id: &str) -> String {
        format!("{}/cdn/avatar/page-{page_id}.png", self.base_url)
    }
}

fn push(log: &mut VecDeque<Value>, entry: Value, limit: usize) {
    while log.len() >= limit.max(1) {
        log.pop_front();
    }
    log.push_back(entry);
}
