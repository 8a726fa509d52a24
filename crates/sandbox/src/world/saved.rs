//! What of a world outlives the process: everything that people, Pages and apps did. Logs, faults, logins in progress
//! and deliveries that wait are not part of it.

use super::{App, Comment, Instagram, Live, Number, Page, Person, Persona, QueueKey, Token, Waba, World};
use crate::media::Medium;
use crate::seed::{CustomerSeed, Seed, Settings};
use crate::thread::Thread;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio::sync::{broadcast, mpsc};

/// A world as it is stored.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    /// The address in all links of this world.
    pub base_url: String,
    run: String,
    counter: u64,
    settings: Settings,
    apps: BTreeMap<String, App>,
    people: BTreeMap<String, Person>,
    pages: BTreeMap<String, Page>,
    #[serde(default)]
    instagram: BTreeMap<String, Instagram>,
    #[serde(default)]
    wabas: BTreeMap<String, Waba>,
    #[serde(default)]
    numbers: BTreeMap<String, Number>,
    customers: BTreeMap<String, CustomerSeed>,
    seeded_customers: BTreeSet<String>,
    psids: HashMap<String, (String, String)>,
    threads: Vec<((String, String), Thread)>,
    comments: HashMap<String, Comment>,
    tokens: HashMap<String, Token>,
    personas: BTreeMap<String, Persona>,
    /// Files, oldest first; their bytes are stored separately.
    pub media: Vec<Medium>,
}

impl World {
    /// A copy of what is stored.
    pub fn saved(&self) -> Saved {
        let threads = self.threads.iter().map(|(key, thread)| (key.clone(), thread.clone()));
        Saved {
            base_url: self.base_url.clone(),
            run: self.run.clone(),
            counter: self.counter,
            settings: self.settings.clone(),
            apps: self.apps.clone(),
            people: self.people.clone(),
            pages: self.pages.clone(),
            instagram: self.instagram.clone(),
            wabas: self.wabas.clone(),
            numbers: self.numbers.clone(),
            customers: self.customers.clone(),
            seeded_customers: self.seeded_customers.clone(),
            psids: self.psids.clone(),
            threads: threads.collect(),
            comments: self.comments.clone(),
            tokens: self.tokens.clone(),
            personas: self.personas.clone(),
            media: self.media.all(),
        }
    }

    /// The world that was stored, at today's address. One from before Instagram and WhatsApp gets them from the seed.
    pub fn restored(
        saved: Saved,
        seed: Seed,
        base_url: String,
        wake: mpsc::UnboundedSender<QueueKey>,
        live: broadcast::Sender<Live>,
    ) -> Self {
        let mut world = Self {
            run: saved.run,
            counter: saved.counter,
            settings: saved.settings,
            apps: saved.apps,
            people: saved.people,
            pages: saved.pages,
            instagram: saved.instagram,
            wabas: saved.wabas,
            numbers: saved.numbers,
            customers: saved.customers,
            seeded_customers: saved.seeded_customers,
            psids: saved.psids,
            threads: saved.threads.into_iter().collect(),
            comments: saved.comments,
            tokens: saved.tokens,
            personas: saved.personas,
            ..Self::new(Seed::default(), base_url, wake, live)
        };
        saved.media.into_iter().for_each(|medium| world.media.insert(medium));
        if world.instagram.is_empty() && world.wabas.is_empty() {
            world.add_channels(seed);
        }
        world
    }

    /// Instagram's and WhatsApp's part of a seed, as far as it fits into this world.
    fn add_channels(&mut self, seed: Seed) {
        for app in seed.apps {
            let Some(own) = self.apps.get_mut(&app.id).map(|own| &mut own.settings) else { continue };
            own.instagram_app_id = own.instagram_app_id.take().or(app.instagram_app_id);
            own.instagram_app_secret = own.instagram_app_secret.take().or(app.instagram_app_secret);
            for config in app.login_configs {
                if own.login_configs.iter().all(|known| known.id != config.id) {
                    own.login_configs.push(config);
                }
            }
        }
        for account in seed.instagram {
            if account.page_id.as_ref().is_none_or(|page| self.pages.contains_key(page)) {
                self.instagram.insert(account.id.clone(), Instagram::new(account));
            }
        }
        seed.whatsapp.into_iter().for_each(|account| self.add_waba(account));
        for user in seed.system_users {
            if self.apps.contains_key(&user.app_id) {
                self.add_system_user(user);
            }
        }
    }
}
