//! Every event of §2.5–§2.8 ready to be sent, and every error of §6.2–§6.4 ready to be switched on: data for the dashboard
//! and for tests against the sandbox.

use super::customer::check;
use super::files::sample;
use super::{Answer, bad, read};
use crate::avatar::{Motif, png};
use crate::clock::{now_ms, now_s};
use crate::graph::whatsapp::{checksum, store};
use crate::phone;
use crate::shared::Shared;
use crate::thread::Direction;
use crate::world::{Carrier, Channel, World};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// An event as it could be sent. Words that begin with `$` are placeholders for values that are known only then:
/// `$psid`, `$page`, `$app`, `$mid` and `$out_mid` (the customer's and the Page's last message), `$new_mid`, `$now`
/// and `$now_s` (the time), `$base`, `$picture`, `$video`, `$audio`, `$file` (addresses). On WhatsApp also `$waba`,
/// `$display` (our phone in digits), `$phone`, `$user_id`, `$name` (the customer), `$media` and `$sha256` (a picture
/// of theirs).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    title: String,
    field: String,
    carrier: Carrier,
    item: Value,
}

fn parsed<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a test reads what is compiled in")
}

static MESSENGER: LazyLock<Vec<Sample>> = LazyLock::new(|| parsed(include_str!("../kinds.json")));
static INSTAGRAM: LazyLock<Vec<Sample>> = LazyLock::new(|| parsed(include_str!("../kinds-instagram.json")));
static WHATSAPP: LazyLock<Vec<Sample>> = LazyLock::new(|| parsed(include_str!("../kinds-whatsapp.json")));
static ERRORS: LazyLock<Value> = LazyLock::new(|| parsed(include_str!("../errors.json")));
static WHATSAPP_ERRORS: LazyLock<Value> = LazyLock::new(|| parsed(include_str!("../errors-whatsapp.json")));

fn samples(channel: Channel) -> &'static [Sample] {
    match channel {
        Channel::Messenger => &MESSENGER,
        Channel::Instagram => &INSTAGRAM,
        Channel::WhatsApp => &WHATSAPP,
    }
}

/// Which channel's list is wanted; Messenger's if none is named.
#[derive(Deserialize)]
pub struct Wanted {
    channel: Option<String>,
}

impl Wanted {
    fn channel(&self) -> Result<Channel, super::Refusal> {
        match self.channel.as_deref() {
            None | Some("messenger") => Ok(Channel::Messenger),
            Some("instagram") => Ok(Channel::Instagram),
            Some("whatsapp") => Ok(Channel::WhatsApp),
            Some(other) => Err(bad(format!("channel is messenger, instagram or whatsapp, not {other}."))),
        }
    }
}

/// `GET /control/kinds`.
pub async fn kinds(Query(wanted): Query<Wanted>) -> Answer {
    Ok(Json(json!({"items": samples(wanted.channel()?)})))
}

/// `GET /control/errors`: code, subcode, status and message as a `graph_error` fault takes them, and what they mean.
pub async fn errors(Query(wanted): Query<Wanted>) -> Answer {
    let list = if wanted.channel()? == Channel::WhatsApp { &*WHATSAPP_ERRORS } else { &*ERRORS };
    Ok(Json(json!({"items": list})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventIn {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    carrier: Option<Carrier>,
    #[serde(default)]
    item: Option<Value>,
}

/// `POST …/event`: sends one event, a ready-made one or any other, to the apps that are subscribed to its field. The
/// phone does not show it: it comes from Meta, not from the customer.
pub async fn send(
    State(shared): State<Shared>,
    Path((page, customer)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let order: EventIn = read(&body)?;
    let channel = shared.world().channel(&page).unwrap_or(Channel::Messenger);
    let known = match &order.kind {
        Some(name) => Some(
            samples(channel)
                .iter()
                .find(|sample| sample.name == *name)
                .ok_or_else(|| bad(format!("There is no kind {name}; GET /control/kinds lists them.")))?,
        ),
        None => None,
    };
    let item = order.item.or_else(|| known.map(|sample| sample.item.clone()));
    let field = order.field.or_else(|| known.map(|sample| sample.field.clone()));
    let carrier = order.carrier.or(known.map(|sample| sample.carrier)).unwrap_or_default();
    let (Some(mut item), Some(field)) = (item, field) else {
        return Err(bad("Give a kind, or a field and an item."));
    };
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    let words = Placeholders::of(&mut world, &page, &customer);
    fill(&mut world, &words, &mut item)?;
    let value = &item["value"];
    let wrote = value["messages"].is_array() && value["messages"][0]["group_id"].is_null();
    if channel == Channel::WhatsApp {
        if wrote && value["messages"][0]["type"] != "system" {
            world.thread(&page, &customer).acted(0);
        }
    } else if ["message", "postback", "referral", "reaction", "optin"].iter().any(|key| item[*key].is_object()) {
        world.thread(&page, &customer).acted(0);
    }
    if field == "feed" {
        world.record_feed_change(&page, &customer, &item);
    }
    if channel == Channel::Instagram && matches!(field.as_str(), "comments" | "live_comments") {
        world.record_instagram_comment(&page, &customer, &item);
    }
    let receivers = world.emit_raw(&page, &customer, &field, carrier, item.clone());
    Ok(Json(json!({"receivers": receivers, "field": field, "carrier": carrier, "item": item})))
}

/// What the placeholders with `$` mean in one event.
struct Placeholders {
    page: String,
    fixed: Map<String, Value>,
}

impl Placeholders {
    fn of(world: &mut World, page: &str, customer: &str) -> Self {
        let last = |world: &mut World, direction| {
            let thread = world.thread(page, customer);
            let found = thread.messages.iter().rev().find(|message| message.direction == direction);
            found.map(|message| message.mid.clone())
        };
        let (mid, out_mid) = (last(world, Direction::In), last(world, Direction::Out));
        let whatsapp = world.channel(page) == Some(Channel::WhatsApp);
        let new_mid = if whatsapp { world.next_wamid() } else { phone::new_mid(world, page) };
        let app = world.attached(page, None).into_iter().next();
        let mut fixed = json!({
            "psid": if whatsapp { Value::Null } else { json!(world.psid(page, customer)) }, "page": page, "app": app.unwrap_or_default(), "base": world.base_url,
            "mid": mid.unwrap_or_else(|| new_mid.clone()), "out_mid": out_mid.unwrap_or_else(|| new_mid.clone()),
            "new_mid": new_mid, "now": now_ms(), "now_s": now_s(),
            "picture": format!("{}/cdn/avatar/customer-{customer}.png", world.base_url),
        });
        if whatsapp {
            let identity = world.identity(page, customer);
            let medium = store(
                world,
                page,
                "image",
                "picture.png".to_owned(),
                "image/png",
                png(Motif::Placeholder, customer).into(),
            );
            let number = world.numbers.get(page).map(|number| number.digits());
            for (name, value) in [
                ("waba", json!(world.waba_of(page).map(|waba| &waba.seed.id))),
                ("display", json!(number)),
                ("phone", json!(identity.phone)),
                ("user_id", json!(identity.user_id)),
                ("name", json!(identity.profile_name)),
                ("media", json!(medium.id)),
                ("sha256", json!(checksum(&medium.bytes))),
                // Seconds in a text (§12.10).
                ("now_s", json!(now_s().to_string())),
            ] {
                fixed[name] = value;
            }
        }
        let Value::Object(fixed) = fixed else { unreachable!("it was written as an object") };
        Self { page: page.to_owned(), fixed }
    }

    /// The value of a text that is a single placeholder, or the text with its placeholders replaced.
    fn value(&self, world: &mut World, text: &str) -> Result<Value, super::Refusal> {
        let Some(at) = text.find('$') else { return Ok(json!(text)) };
        if let Some(value) = self.fixed.get(&text[1..]).filter(|_| at == 0) {
            return Ok(value.clone());
        }
        if let "$video" | "$audio" | "$file" = text {
            return Ok(json!(sample(world, &self.page, &text[1..])?.url));
        }
        // Longer names first: `$new_mid` is not `$new` and a rest.
        let mut names: Vec<&String> = self.fixed.keys().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let filled = names.into_iter().fold(text.to_owned(), |text, name| {
            let value = &self.fixed[name];
            text.replace(&format!("${name}"), &value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        Ok(json!(filled))
    }
}

/// Replaces every word in an item, in keys too.
fn fill(world: &mut World, words: &Placeholders, value: &mut Value) -> Result<(), super::Refusal> {
    match value {
        Value::String(text) => *value = words.value(world, text)?,
        Value::Array(items) => {
            for item in items {
                fill(world, words, item)?;
            }
        }
        Value::Object(fields) => {
            for (name, mut field) in std::mem::take(fields) {
                fill(world, words, &mut field)?;
                let name = words.value(world, &name)?;
                fields.insert(name.as_str().map_or_else(|| name.to_string(), str::to_owned), field);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_can_be_read_and_holds_no_name_twice() {
        for kinds in [&*MESSENGER, &*INSTAGRAM, &*WHATSAPP] {
            let mut names: Vec<&str> = kinds.iter().map(|sample| sample.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), kinds.len());
        }
        assert!(ERRORS.as_array().is_some_and(|errors| errors.len() > 80));
    }

    /// The reference is the list: a code that it gains must be producible here too.
    #[test]
    fn every_error_of_the_reference_can_be_switched_on() {
        let text = include_str!("../../../../docs/meta-platform.md");
        let (_, section) = text.split_once("### 6.2").unwrap();
        let (section, whatsapp) = section.split_once("### 6.4").unwrap();
        assert!(all_known(section, &ERRORS) > 80);
        assert!(all_known(whatsapp.split("### 6.5").next().unwrap(), &WHATSAPP_ERRORS) > 50);
    }

    fn all_known(section: &str, errors: &Value) -> usize {
        let rows = section.lines().filter(|line| line.starts_with("| "));
        let known: Vec<i64> = errors
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|error| [error["code"].as_i64(), error["subcode"].as_i64()].into_iter().flatten())
            .collect();
        let mut checked = 0;
        for row in rows {
            let first = row.split('|').nth(1).unwrap();
            let numbers = first.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
            for number in numbers.map(|number| number.parse::<i64>().unwrap()) {
                // `HTTP 500 seen` and `v26` are no codes.
                if first.contains("HTTP") && number != 100 {
                    continue;
                }
                // A range, or calls that Deskbell does not make.
                if first.contains("200-299") && number == 299 || first.contains("138") {
                    continue;
                }
                assert!(known.contains(&number), "{number} of {row}");
                checked += 1;
            }
        }
        checked
    }
}
