//! WhatsApp business accounts and numbers at run time, and who a customer is on WhatsApp (§2.8, §3.8).

use super::World;
use crate::crypto::stable_hash;
use crate::seed::{NumberSeed, TemplateSeed, WhatsAppPerson, WhatsAppSeed};
use crate::thread::Direction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// A callback in place of the app's own (§5.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Override {
    pub callback_url: String,
    pub verify_token: String,
}

/// A business account. Its numbers are in [`World::numbers`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Waba {
    pub seed: WhatsAppSeed,
    /// App id → its separate callback for this account, if it has one.
    pub subscribed_apps: BTreeMap<String, Option<Override>>,
}

/// A business number.
#[derive(Clone, Serialize, Deserialize)]
pub struct Number {
    pub seed: NumberSeed,
    pub waba_id: String,
    /// App id → callback for this number alone.
    pub overrides: BTreeMap<String, Override>,
    /// The business profile.
    pub profile: Map<String, Value>,
    /// The code of the SMS or call that is under way.
    pub code: Option<String>,
    /// Wrong PINs since the last right one.
    pub pin_failures: u32,
    /// When the last messages were sent, by the sandbox's clock: the throughput (§7.4).
    #[serde(skip)]
    pub sent_ms: VecDeque<i64>,
}

impl Number {
    pub fn new(seed: NumberSeed, waba_id: &str) -> Self {
        Self {
            seed,
            waba_id: waba_id.to_owned(),
            overrides: BTreeMap::new(),
            profile: Map::new(),
            code: None,
            pin_failures: 0,
            sent_ms: VecDeque::new(),
        }
    }

    /// Its digits, without `+`.
    pub fn digits(&self) -> String {
        digits(&self.seed.display_phone)
    }
}

/// A customer as one business number knows them.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The phone in digits.
    pub phone: String,
    /// Whether webhooks name the phone.
    pub shows_phone: bool,
    /// The business-scoped user id (BSUID).
    pub user_id: String,
    pub username: Option<String>,
    pub profile_name: String,
}

impl Identity {
    /// The entry of `contacts[]` in webhooks.
    pub fn contact(&self) -> Value {
        let mut profile = json!({"name": self.profile_name});
        if let Some(username) = &self.username {
            profile["username"] = json!(format!("@{username}"));
        }
        let mut contact = json!({"profile": profile, "user_id": self.user_id});
        if self.shows_phone {
            contact["wa_id"] = json!(self.phone);
        }
        contact
    }
}

/// Only the digits.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Some countries by their code; longer codes first.
const CODES: [(&str, &str); 10] = [
    ("380", "UA"),
    ("966", "SA"),
    ("49", "DE"),
    ("48", "PL"),
    ("44", "GB"),
    ("34", "ES"),
    ("55", "BR"),
    ("86", "CN"),
    ("91", "IN"),
    ("1", "US"),
];

/// The country code of a phone in digits; two digits if the sandbox does not know the country.
pub fn country_code(phone: &str) -> String {
    let known = CODES.iter().find(|(code, _)| phone.starts_with(code)).map(|(code, _)| (*code).to_owned());
    known.unwrap_or_else(|| phone.chars().take(2).collect())
}

/// The country of a phone, as the beginning of a BSUID.
fn country(phone: &str) -> &'static str {
    CODES.iter().find(|(code, _)| phone.starts_with(code)).map_or("FR", |(_, country)| country)
}

impl World {
    /// Makes the accounts and numbers of a seed.
    pub fn add_waba(&mut self, mut seed: WhatsAppSeed) {
        for number in std::mem::take(&mut seed.numbers) {
            self.numbers.insert(number.id.clone(), Number::new(number, &seed.id));
        }
        for (index, template) in seed.templates.iter_mut().enumerate() {
            if template.id.is_empty() {
                template.id = format!("{}{:03}", &seed.id[..seed.id.len().min(12)], index + 1);
            }
        }
        self.wabas.insert(seed.id.clone(), Waba { seed, subscribed_apps: BTreeMap::new() });
    }

    /// The business account with this id, or of this number.
    pub fn waba_of(&self, id: &str) -> Option<&Waba> {
        self.wabas.get(self.numbers.get(id).map_or(id, |number| &number.waba_id))
    }

    /// The account and the template with this id.
    pub fn template(&self, id: &str) -> Option<(&Waba, &TemplateSeed)> {
        self.wabas.values().find_map(|waba| {
            waba.seed.templates.iter().find(|template| template.id == id).map(|template| (waba, template))
        })
    }

    /// The customer's profile on WhatsApp, with generated values for what the seed omits.
    pub fn whatsapp_person(&self, customer_id: &str) -> WhatsAppPerson {
        let Some(customer) = self.customers.get(customer_id) else { return WhatsAppPerson::default() };
        let mut person = customer.whatsapp.clone();
        if person.phone.is_empty() {
            let salt = if self.seeded_customers.contains(customer_id) { "" } else { self.run.as_str() };
            let number = 100_000_000 + stable_hash(&format!("phone/{customer_id}/{salt}")) % 900_000_000;
            person.phone = format!("+380{number}");
        }
        if person.profile_name.is_empty() {
            person.profile_name = format!("{} {}", customer.first_name, customer.last_name).trim().to_owned();
        }
        person
    }

    /// How a number knows a customer.
    pub fn identity(&self, phone_id: &str, customer_id: &str) -> Identity {
        let person = self.whatsapp_person(customer_id);
        let phone = digits(&person.phone);
        let business = self.waba_of(phone_id).map_or("", |waba| &waba.seed.business_id);
        let known = self.threads.get(&(phone_id.to_owned(), customer_id.to_owned()));
        Identity {
            user_id: user_id(business, customer_id, &phone),
            shows_phone: !person.hides_phone || known.is_some_and(|thread| thread.phone_known),
            phone,
            username: person.username,
            profile_name: person.profile_name,
        }
    }

    /// The customer with this phone (digits), if anyone on WhatsApp has it.
    pub fn customer_by_phone(&mut self, phone: &str) -> Option<String> {
        self.look_up(format!("phone/{phone}"), |world, id| digits(&world.whatsapp_person(id).phone) == phone)
    }

    /// The customer with this BSUID for a number.
    pub fn customer_by_user_id(&mut self, phone_id: &str, wanted: &str) -> Option<String> {
        let business = self.waba_of(phone_id)?.seed.business_id.clone();
        self.look_up(format!("{business}/{wanted}"), |world, id| {
            user_id(&business, id, &digits(&world.whatsapp_person(id).phone)) == wanted
        })
    }

    /// Finds a customer; the answer is remembered, and checked when it is used again.
    fn look_up(&mut self, key: String, is: impl Fn(&Self, &str) -> bool) -> Option<String> {
        if let Some(known) = self.found_customers.get(&key).cloned()
            && is(self, &known)
        {
            return Some(known);
        }
        let found = self.customers.keys().find(|id| is(self, id)).cloned()?;
        self.found_customers.insert(key, found.clone());
        Some(found)
    }

    /// Who wrote a message to a number.
    pub fn writer(&mut self, phone_id: &str, id: &str) -> Option<String> {
        self.look_up(format!("{phone_id}/{id}"), |world, customer| {
            let thread = world.threads.get(&(phone_id.to_owned(), customer.to_owned()));
            thread.is_some_and(|thread| {
                let mut messages = thread.messages.iter().rev();
                messages.any(|message| message.mid == id && message.direction == Direction::In)
            })
        })
    }

    /// Remembers who wrote a message, so that it need not be searched.
    pub fn remember_writer(&mut self, phone_id: &str, id: &str, customer_id: &str) {
        if self.found_customers.len() > 100_000 {
            self.found_customers.clear();
        }
        self.found_customers.insert(format!("{phone_id}/{id}"), customer_id.to_owned());
    }

    /// A new WhatsApp message id.
    pub fn next_wamid(&mut self) -> String {
        let number = self.next();
        format!("wamid.HBgM{}{number:014}A=", self.run)
    }
}

/// It belongs to the portfolio, and changes with the phone (§2.8).
fn user_id(business: &str, customer_id: &str, phone: &str) -> String {
    format!("{}.{}", country(phone), stable_hash(&format!("bsuid/{business}/{customer_id}/{phone}")))
}

/// Customers that were looked up by phone or BSUID.
pub type FoundCustomers = HashMap<String, String>;
