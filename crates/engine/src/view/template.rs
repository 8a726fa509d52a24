//! Templates in the API's description. `domain::template` reads and writes them under these names; the types here are
//! for OpenAPI only, and a test compares the two.
#![expect(dead_code, clippy::large_enum_variant, reason = "shapes are described, never built")]

use domain::template::MediaType;
use serde::Deserialize;
use utoipa::ToSchema;

/// Cards and buttons; `GET /channels` has their limits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TemplateShape {
    /// A text with buttons.
    Button {
        /// The text.
        text: String,
        /// At least one.
        buttons: Vec<ButtonShape>,
    },
    /// A card, or several side by side.
    Generic {
        /// At least one.
        elements: Vec<CardShape>,
    },
    /// A picture or video with buttons under it.
    Media {
        /// What it is.
        media_type: MediaType,
        /// An upload; or `url`.
        attachment_id: Option<String>,
        /// An address on facebook.com.
        url: Option<String>,
        /// The buttons.
        #[serde(default)]
        buttons: Vec<ButtonShape>,
    },
    /// What was bought. Amounts are in the currency's main unit.
    Receipt {
        /// The buyer's name.
        recipient_name: String,
        /// The order number; each can be used once.
        order_number: String,
        /// ISO 4217.
        currency: String,
        /// How it was paid, as text.
        payment_method: String,
        /// Where the order can be seen.
        order_url: Option<String>,
        /// Seconds since 1970.
        timestamp: Option<i64>,
        /// The shipping address.
        address: Option<AddressShape>,
        /// What it costs.
        summary: SummaryShape,
        /// Discounts and the like.
        #[serde(default)]
        adjustments: Vec<AdjustmentShape>,
        /// The items.
        #[serde(default)]
        elements: Vec<ItemShape>,
    },
}

/// A button that stays below the message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ButtonShape {
    /// Opens an address.
    WebUrl {
        /// What is shown.
        title: String,
        /// Where it leads.
        url: String,
    },
    /// Returned when the customer taps it.
    Postback {
        /// What is shown.
        title: String,
        /// The payload. The customer does not see it.
        payload: String,
    },
    /// Calls a phone number.
    PhoneNumber {
        /// What is shown.
        title: String,
        /// The number with its country code, `+4915100000`.
        payload: String,
    },
}

/// One card. It needs a title and at least one other element.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardShape {
    /// Its heading.
    title: String,
    /// The text under the heading.
    subtitle: Option<String>,
    /// A picture that Meta can fetch.
    image_url: Option<String>,
    /// Where a tap on the card leads.
    url: Option<String>,
    /// The buttons.
    #[serde(default)]
    buttons: Vec<ButtonShape>,
}

/// A postal address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressShape {
    street_1: String,
    street_2: Option<String>,
    city: String,
    postal_code: String,
    state: String,
    /// Two letters.
    country: String,
}

/// What an order costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryShape {
    subtotal: Option<f64>,
    shipping_cost: Option<f64>,
    total_tax: Option<f64>,
    total_cost: f64,
}

/// A discount or the like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentShape {
    name: String,
    amount: f64,
}

/// A line of a receipt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemShape {
    title: String,
    subtitle: Option<String>,
    quantity: Option<f64>,
    price: f64,
    currency: Option<String>,
    image_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use domain::template::Template;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_described_is_what_is_read() {
        let buttons = json!([{ "type": "web_url", "title": "Shop", "url": "https://x.test" },
            { "type": "postback", "title": "Buy", "payload": "B" }, { "type": "phone_number", "title": "Call", "payload": "+1" }]);
        let card = json!({ "title": "t", "subtitle": "s", "image_url": "https://x.test", "url": "https://x.test", "buttons": buttons });
        for whole in [
            json!({ "type": "button", "text": "x", "buttons": buttons }),
            json!({ "type": "generic", "elements": [card] }),
            json!({ "type": "media", "media_type": "image", "attachment_id": "7", "url": "https://x.test", "buttons": buttons }),
            json!({ "type": "receipt", "recipient_name": "O", "order_number": "7", "currency": "UAH", "payment_method": "Cash",
                "order_url": "https://x.test", "timestamp": 1, "summary": { "subtotal": 1.5, "shipping_cost": 1.5, "total_tax": 1.5, "total_cost": 1.5 },
                "address": { "street_1": "a", "street_2": "b", "city": "c", "postal_code": "d", "state": "e", "country": "UA" },
                "adjustments": [{ "name": "n", "amount": 1.5 }],
                "elements": [{ "title": "t", "subtitle": "s", "quantity": 1.5, "price": 1.5, "currency": "UAH", "image_url": "https://x.test" }] }),
        ] {
            serde_json::from_value::<TemplateShape>(whole.clone()).expect("it is described");
            let read: Template = serde_json::from_value(whole.clone()).expect("it is read");
            assert_eq!(serde_json::to_value(read).unwrap(), whole, "and shown as it was written");
        }
    }
}
