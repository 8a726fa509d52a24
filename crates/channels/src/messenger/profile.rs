//! What a Page shows before the first message: greeting, Get Started, ice breakers, menu (meta-platform.md §5.3). A property is
//! passed on in Meta's own form: Meta adds fields to it now and then, and what people set there must not get lost here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::meta::graph::{Call, Method};

/// The properties, in the order in which Meta takes them: a menu needs Get Started.
const PROPERTIES: [&str; 4] = ["greeting", "get_started", "ice_breakers", "persistent_menu"];
/// The largest profile, in bytes.
const LARGEST: usize = 64 * 1024;
/// The longest name of a language.
const LOCALE: usize = 10;

/// How much each part may hold; lengths in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileLimits {
    /// A greeting.
    pub greeting: usize,
    /// Ice breakers in one language.
    pub questions: usize,
    /// The text of an ice breaker.
    pub question: usize,
    /// Items of a menu in one language.
    pub menu_items: usize,
    /// The title of an item.
    pub menu_title: usize,
    /// What the webhook brings for a tap.
    pub payload: usize,
}

/// Meta's limits.
pub const LIMITS: ProfileLimits =
    ProfileLimits { greeting: 160, questions: 4, question: 80, menu_items: 20, menu_title: 30, payload: 1_000 };

/// A Page's Messenger profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessengerProfile {
    /// `[{"locale": "default", "text": "…"}]`.
    #[serde(default)]
    pub greeting: Vec<Value>,
    /// `{"payload": "…"}`; None for no button.
    #[serde(default)]
    pub get_started: Option<Value>,
    /// `[{"locale": "default", "call_to_actions": [{"question": "…", "payload": "…"}]}]`.
    #[serde(default)]
    pub ice_breakers: Vec<Value>,
    /// `[{"locale": "default", "call_to_actions": […]}]`.
    #[serde(default)]
    pub persistent_menu: Vec<Value>,
}

/// Something in a profile that Meta would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileProblem {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What, as a sentence.
    pub detail: String,
}

/// A property that two profiles do not share.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileDifference {
    /// Its name.
    pub property: &'static str,
    /// As it is in the first; null for none.
    pub wanted: Value,
    /// As it is in the second; null for none.
    pub found: Value,
}

impl MessengerProfile {
    /// The request for the profile of the Page at `node`, whose answer is for [`MessengerProfile::read`].
    pub fn fetch(node: &str) -> Call {
        Call::get("GET /{page-id}/messenger_profile", path(node)).with("fields", PROPERTIES.join(","))
    }

    /// Reads the answer to [`MessengerProfile::fetch`]'s request: without a property there is no entry at all.
    pub fn read(answer: &Value) -> Self {
        let found = &answer["data"][0];
        let list = |name: &str| found[name].as_array().cloned().unwrap_or_default();
        Self {
            greeting: list("greeting"),
            get_started: found.get("get_started").cloned(),
            ice_breakers: list("ice_breakers"),
            persistent_menu: list("persistent_menu"),
        }
    }

    /// The requests that make the Page at `node` show this, where it shows `found` now.
    pub fn apply(&self, node: &str, found: &Self) -> Vec<Call> {
        let of = |name: &&str| ((*name).to_owned(), self.property(name));
        let set: Map<String, Value> = PROPERTIES.iter().map(of).filter(|(_, value)| !value.is_null()).collect();
        let is_gone = |name: &&str| self.property(name).is_null() && !found.property(name).is_null();
        let gone: Vec<&str> = PROPERTIES.into_iter().filter(is_gone).collect();
        let mut calls = Vec::new();
        if !set.is_empty() {
            calls.push(Call::post("POST /{page-id}/messenger_profile", path(node)).json(&Value::Object(set)));
        }
        if !gone.is_empty() {
            let call = Call::new(Method::Delete, "DELETE /{page-id}/messenger_profile", path(node));
            calls.push(call.with("fields", json!(gone).to_string()));
        }
        calls
    }

    /// What differs in another. Fields that the other has in addition are Meta's defaults, and no difference.
    pub fn differences(&self, found: &Self) -> Vec<ProfileDifference> {
        let differs = |property: &'static str| {
            let (wanted, found) = (self.property(property), found.property(property));
            let same = covers(&by_locale(&wanted), &by_locale(&found));
            (!same).then_some(ProfileDifference { property, wanted, found })
        };
        PROPERTIES.into_iter().filter_map(differs).collect()
    }

    /// What Meta would refuse.
    pub fn problems(&self) -> Vec<ProfileProblem> {
        let mut found = Problems(Vec::new());
        if json!(self).to_string().len() > LARGEST {
            found.add("", "This profile is too large: at most 64 KiB are possible.");
        }
        for (index, greeting) in self.greeting.iter().enumerate() {
            let here = format!("/greeting/{index}");
            found.text(&format!("{here}/text"), &greeting["text"], LIMITS.greeting);
            found.text(&format!("{here}/locale"), &greeting["locale"], LOCALE);
        }
        if let Some(button) = &self.get_started {
            found.text("/get_started/payload", &button["payload"], LIMITS.payload);
        }
        for (index, breakers) in self.ice_breakers.iter().enumerate() {
            found.questions(&format!("/ice_breakers/{index}/call_to_actions"), &breakers["call_to_actions"]);
        }
        for (index, menu) in self.persistent_menu.iter().enumerate() {
            let here = format!("/persistent_menu/{index}");
            found.text(&format!("{here}/locale"), &menu["locale"], LOCALE);
            found.items(&format!("{here}/call_to_actions"), &menu["call_to_actions"]);
        }
        if !self.persistent_menu.is_empty() && self.get_started.is_none() {
            found.add("/get_started", "A menu needs the Get Started button: give it a payload.");
        }
        found.0
    }

    fn property(&self, name: &str) -> Value {
        let list = |list: &Vec<Value>| if list.is_empty() { Value::Null } else { json!(list) };
        match name {
            "greeting" => list(&self.greeting),
            "get_started" => self.get_started.clone().unwrap_or_default(),
            "ice_breakers" => list(&self.ice_breakers),
            _ => list(&self.persistent_menu),
        }
    }
}

fn path(node: &str) -> String {
    format!("{node}/messenger_profile")
}

/// Meta answers languages in an order of its own.
fn by_locale(property: &Value) -> Value {
    let mut property = property.clone();
    if let Some(list) = property.as_array_mut() {
        list.sort_by_key(|entry| entry["locale"].as_str().unwrap_or_default().to_owned());
    }
    property
}

/// Whether `found` says all that `wanted` says.
fn covers(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, value)| found.get(name).is_some_and(|found| covers(value, found)))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| covers(wanted, found))
        }
        _ => wanted == found,
    }
}

fn is_address(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
}

struct Problems(Vec<ProfileProblem>);

impl Problems {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(ProfileProblem { pointer: pointer.to_owned(), detail: detail.into() });
    }

    fn text(&mut self, pointer: &str, value: &Value, most: usize) {
        match value.as_str().map(|text| text.chars().count()) {
            Some(length) if (1..=most).contains(&length) => {}
            Some(0) | None => self.add(pointer, "This text is missing."),
            Some(length) => {
                self.add(pointer, format!("This has {length} characters, at most {most} are possible."));
            }
        }
    }

    fn questions(&mut self, here: &str, given: &Value) {
        let questions = given.as_array().map(Vec::as_slice).unwrap_or_default();
        if !(1..=LIMITS.questions).contains(&questions.len()) {
            self.add(here, format!("There must be 1 to {} questions.", LIMITS.questions));
        }
        for (place, question) in questions.iter().enumerate() {
            self.text(&format!("{here}/{place}/question"), &question["question"], LIMITS.question);
            self.text(&format!("{here}/{place}/payload"), &question["payload"], LIMITS.payload);
        }
    }

    fn items(&mut self, here: &str, given: &Value) {
        let items = given.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.len() > LIMITS.menu_items {
            self.add(here, format!("A menu has {} items at most.", LIMITS.menu_items));
        }
        for (place, item) in items.iter().enumerate() {
            let here = format!("{here}/{place}");
            self.text(&format!("{here}/title"), &item["title"], LIMITS.menu_title);
            match item["type"].as_str() {
                Some("postback") => self.text(&format!("{here}/payload"), &item["payload"], LIMITS.payload),
                Some("web_url") if !item["url"].as_str().is_some_and(is_address) => {
                    self.add(
                        &format!("{here}/url"),
                        "This must be an address that begins with https:// or http://.",
                    );
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(of: Value) -> MessengerProfile {
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn what_meta_adds_and_how_it_sorts_languages_is_no_difference() {
        let ours = profile(json!({
            "greeting": [{ "locale": "default", "text": "Hi" }, { "locale": "uk_UA", "text": "Вітаємо" }],
            "persistent_menu": [{ "locale": "default", "call_to_actions": [{ "type": "postback", "title": "Help", "payload": "H" }] }],
        }));
        let mut theirs = ours.clone();
        theirs.greeting.reverse();
        theirs.persistent_menu[0]["composer_input_disabled"] = json!(false);
        assert_eq!(ours.differences(&theirs), []);
        theirs.greeting[0]["text"] = json!("Привіт");
        theirs.persistent_menu.clear();
        let named: Vec<_> = ours.differences(&theirs).iter().map(|it| it.property).collect();
        assert_eq!(named, ["greeting", "persistent_menu"]);
        assert_eq!(ours.differences(&theirs)[1].found, Value::Null);
    }

    #[test]
    fn one_request_sets_and_another_removes_what_was_there() {
        let ours = profile(json!({ "get_started": { "payload": "START" } }));
        let found = profile(json!({ "greeting": [{ "locale": "default", "text": "Hi" }] }));
        let calls = ours.apply("200", &found);
        assert_eq!(calls.len(), 2);
        assert!(ours.apply("200", &ours).len() == 1 && MessengerProfile::default().apply("200", &ours).len() == 1);
        assert!(MessengerProfile::default().apply("200", &MessengerProfile::default()).is_empty());
    }

    #[test]
    fn each_problem_has_its_place() {
        let long = profile(json!({
            "greeting": [{ "locale": "default", "text": "x".repeat(161) }],
            "ice_breakers": [{ "locale": "default", "call_to_actions": [] }],
            "persistent_menu": [{ "locale": "default", "call_to_actions": [
                { "type": "postback", "title": "T" }, { "type": "web_url", "title": "", "url": "shop.example" },
            ] }],
        }));
        let places: Vec<_> = long.problems().into_iter().map(|it| it.pointer).collect();
        assert_eq!(
            places,
            [
                "/greeting/0/text",
                "/ice_breakers/0/call_to_actions",
                "/persistent_menu/0/call_to_actions/0/payload",
                "/persistent_menu/0/call_to_actions/1/title",
                "/persistent_menu/0/call_to_actions/1/url",
                "/get_started",
            ]
        );
    }

    #[test]
    fn an_answer_without_an_entry_is_an_empty_profile() {
        assert_eq!(MessengerProfile::read(&json!({ "data": [] })), MessengerProfile::default());
        let answer = json!({ "data": [{ "get_started": { "payload": "S" } }] });
        assert_eq!(MessengerProfile::read(&answer).get_started, Some(json!({ "payload": "S" })));
    }
}
