//! Instagram accounts at run time, and who a customer is on Instagram (§2.7, §4.2).

use super::World;
use crate::crypto::stable_hash;
use crate::seed::{InstagramPerson, InstagramSeed};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A professional account with what was set at run time.
#[derive(Clone, Serialize, Deserialize)]
pub struct Instagram {
    pub seed: InstagramSeed,
    /// App id → permissions that its owner granted in Instagram Login (§1.10).
    pub grants: BTreeMap<String, BTreeSet<String>>,
    /// Apps that subscribed through Instagram Login (§5.1).
    pub subscribed_apps: BTreeSet<String>,
    /// Apps whose webhooks failed for an hour: silent until they subscribe again (§2.3).
    pub disabled_apps: BTreeSet<String>,
    /// Ice breakers and menu (§5.3).
    pub profile: Map<String, Value>,
}

impl Instagram {
    pub fn new(seed: InstagramSeed) -> Self {
        Self {
            seed,
            grants: BTreeMap::new(),
            subscribed_apps: BTreeSet::new(),
            disabled_apps: BTreeSet::new(),
            profile: Map::new(),
        }
    }

    /// The app-scoped id of `me` on Instagram's own host, which is not the IGID (§2.7).
    pub fn scoped_id(&self, app_id: &str) -> String {
        let number = stable_hash(&format!("{}/{app_id}", self.seed.id)) % 9_000_000_000_000_000;
        (20_000_000_000_000_000 + number).to_string()
    }
}

impl World {
    /// The Instagram account that is linked to a Page.
    pub fn instagram_of_page(&self, page_id: &str) -> Option<&Instagram> {
        self.instagram.values().find(|account| account.seed.page_id.as_deref() == Some(page_id))
    }

    /// The customer's profile on Instagram, with generated values for what the seed omits.
    pub fn instagram_person(&self, customer_id: &str) -> InstagramPerson {
        let Some(customer) = self.customers.get(customer_id) else { return InstagramPerson::default() };
        let mut person = customer.instagram.clone();
        if person.username.is_empty() {
            let plain = |text: &str| -> String {
                let letters = text.chars().filter(char::is_ascii_alphanumeric);
                letters.collect::<String>().to_ascii_lowercase().chars().take(12).collect()
            };
            let parts = [plain(&customer.first_name), plain(&customer.last_name)];
            let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
            let number = stable_hash(customer_id) % 10_000;
            person.username = if name.is_empty() { format!("user{number}") } else { format!("{name}{number}") };
        }
        person
    }

    /// Address of an Instagram account's picture.
    pub fn instagram_picture(&self, account_id: &str) -> String {
        format!("{}/cdn/avatar/page-ig-{account_id}.png", self.base_url)
    }

    /// A new Instagram message id: longer than Messenger's, and of another form.
    pub fn next_instagram_mid(&mut self) -> String {
        let number = self.next();
        format!("aWdfZAG1faXRlbToxOk{}{number:012}ZD", self.run)
    }
}
