//! Messages that are more than text or files: contact cards, orders, filled-in forms.

use domain::inbound::Card;
use serde_json::{Map, Value};

use super::customer::text;
use super::wire::{Form, Product};

/// The maximum number of a form's answers that become lines.
const MOST_ANSWERS: usize = 50;

/// A shared contact: name, numbers, addresses and organisation.
pub(super) fn contact(contact: &Map<String, Value>) -> Card {
    let name = contact.get("name").and_then(Value::as_object);
    let title = name.and_then(|name| {
        let parts = ["first_name", "middle_name", "last_name"].iter().filter_map(|part| text(name, part));
        let parts = parts.collect::<Vec<_>>().join(" ");
        text(name, "formatted_name").or(Some(parts).filter(|parts| !parts.is_empty()))
    });
    let list = |name: &str, field: &str| {
        let all = contact.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_object).filter_map(|one| text(one, field)).collect::<Vec<_>>()
    };
    let mut lines = list("phones", "phone");
    if lines.is_empty() {
        lines = list("phones", "wa_id").into_iter().map(|number| format!("+{number}")).collect();
    }
    lines.extend(list("emails", "email"));
    let organisation = contact.get("org").and_then(Value::as_object);
    lines.extend(organisation.and_then(|org| text(org, "company")));
    let link = list("urls", "url").into_iter().next();
    let subtitle = Some(lines.join(", ")).filter(|lines| !lines.is_empty());
    Card { title, subtitle, picture: None, link }
}

/// A card as text, for lists, searches and flows.
pub(super) fn words(card: &Card) -> Option<String> {
    match (&card.title, &card.subtitle) {
        (Some(title), Some(subtitle)) => Some(format!("{title} ({subtitle})")),
        (title, subtitle) => title.clone().or_else(|| subtitle.clone()),
    }
}

/// An order from the catalogue, item by item.
pub(super) fn order(order: &Map<String, Value>) -> String {
    let items = order.get("product_items").and_then(Value::as_array).into_iter().flatten();
    let mut lines: Vec<String> = items.filter_map(Value::as_object).map(item).collect();
    lines.extend(text(order, "text"));
    if lines.is_empty() { "An order".into() } else { lines.join("\n") }
}

/// "2 × SKU-7, 49.9 EUR each".
fn item(item: &Map<String, Value>) -> String {
    let quantity = text(item, "quantity").unwrap_or_else(|| "1".into());
    let name = text(item, "product_retailer_id").unwrap_or_else(|| "a product".into());
    let mut line = format!("{quantity} × {name}");
    if let Some(price) = text(item, "item_price") {
        let currency = text(item, "currency").unwrap_or_default();
        line.push_str(format!(", {price} {currency}").trim_end());
        line.push_str(" each");
    }
    line
}

/// A product of the catalogue that the customer asks about.
pub(super) fn product(product: &Product) -> Option<Card> {
    let title = product.product_retailer_id.own()?;
    let subtitle = product.catalog_id.own().map(|id| format!("Catalogue {id}"));
    Some(Card { title: Some(title), subtitle, ..Card::default() })
}

/// A filled-in form: its answers, line by line. The token that identifies the form is not an answer.
pub(super) fn form(form: &Form) -> Option<String> {
    let json = form.response_json.get()?;
    let answers: Map<String, Value> = serde_json::from_str(json).ok()?;
    let line = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Null | Value::Object(_) => return None,
            Value::Array(list) => list.iter().filter_map(plain).collect::<Vec<_>>().join(", "),
            other => plain(other)?,
        };
        Some(format!("{name}: {value}").replace('\0', ""))
    };
    let lines: Vec<String> =
        answers.iter().filter(|(name, _)| *name != "flow_token").filter_map(line).take(MOST_ANSWERS).collect();
    Some(lines.join("\n")).filter(|lines| !lines.is_empty())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.into()),
        _ => None,
    }
}
