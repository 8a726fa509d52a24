//! Cards and buttons that we send: what the channel calls templates (meta-platform.md §3.4), with its names for
//! their parts. [`check`] compares them with the limits of a channel.

pub mod check;

use serde::{Deserialize, Serialize};

use crate::id::MediumId;

/// A message that is more than text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Template {
    /// A text with buttons.
    Button {
        /// The text.
        text: String,
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// A card, or several side by side.
    Generic {
        /// The cards.
        elements: Vec<Card>,
    },
    /// A picture or video with buttons under it.
    Media {
        /// What it is.
        media_type: MediaType,
        /// A file from the media store.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attachment_id: Option<MediumId>,
        /// Or the address of one on Facebook.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Button>,
    },
    /// What was bought.
    Receipt(Box<Receipt>),
}

/// A button that stays below the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Button {
    /// Opens an address.
    WebUrl {
        /// What is shown.
        title: String,
        /// Where it leads.
        url: String,
    },
    /// Reports to us that it was tapped.
    Postback {
        /// The title, which is also returned as the customer's text.
        title: String,
        /// The payload. The customer does not see it.
        payload: String,
    },
    /// Calls a phone number.
    PhoneNumber {
        /// What is shown.
        title: String,
        /// The number, with its country: `+4915100`.
        payload: String,
    },
}

/// One card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its headline.
    pub title: String,
    /// The text under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// The address of its picture; Meta fetches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Where a tap on the card leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// What a media template shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    /// A picture.
    Image,
    /// A video.
    Video,
}

/// A receipt. Amounts are in the currency's main unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The buyer's name.
    pub recipient_name: String,
    /// Our order number; each can be used once.
    pub order_number: String,
    /// ISO 4217, `UAH`.
    pub currency: String,
    /// How it was paid, as text, such as the last digits of a card.
    pub payment_method: String,
    /// Where the order can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_url: Option<String>,
    /// When it was ordered, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// The shipping address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What it costs.
    pub summary: Summary,
    /// Discounts and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Item>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// First line.
    pub street_1: String,
    /// Second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_2: Option<String>,
    /// City.
    pub city: String,
    /// Postal code.
    pub postal_code: String,
    /// State or region.
    pub state: String,
    /// Country, two letters.
    pub country: String,
}

/// What an order costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Before shipping and tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtotal: Option<f64>,
    /// Shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_cost: Option<f64>,
    /// Tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tax: Option<f64>,
    /// The total.
    pub total_cost: f64,
}

/// A discount or the like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// What it is for.
    pub name: String,
    /// The amount.
    pub amount: f64,
}

/// A line of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is.
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// The number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<f64>,
    /// Its price.
    pub price: f64,
    /// The currency, if it differs from the receipt's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The address of its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

impl Template {
    /// The same template, with every text that may contain variables passed through `fill`.
    pub fn map_texts(mut self, fill: &mut dyn FnMut(&str) -> String) -> Self {
        let mut put = |text: &mut String| *text = fill(text);
        let buttons: Vec<&mut Button> = match &mut self {
            Template::Button { text, buttons } => {
                put(text);
                buttons.iter_mut().collect()
            }
            Template::Generic { elements } => {
                let mut all = Vec::new();
                for card in elements {
                    put(&mut card.title);
                    card.subtitle.iter_mut().chain(&mut card.image_url).chain(&mut card.url).for_each(&mut put);
                    all.extend(&mut card.buttons);
                }
                all
            }
            Template::Media { buttons, .. } => buttons.iter_mut().collect(),
            Template::Receipt(_) => Vec::new(),
        };
        for button in buttons {
            let (Button::WebUrl { title, url: rest }
            | Button::Postback { title, payload: rest }
            | Button::PhoneNumber { title, payload: rest }) = button;
            put(title);
            put(rest);
        }
        self
    }

    /// The file from the media store that it shows.
    pub fn medium(&self) -> &[MediumId] {
        match self {
            Template::Media { attachment_id: Some(medium), .. } => std::slice::from_ref(medium),
            _ => &[],
        }
    }

    /// Its type in the API.
    pub fn word(&self) -> &'static str {
        match self {
            Template::Button { .. } => "button",
            Template::Generic { .. } => "generic",
            Template::Media { .. } => "media",
            Template::Receipt(_) => "receipt",
        }
    }

    /// A one-line summary for lists.
    pub fn headline(&self) -> Option<&str> {
        match self {
            Template::Button { text, .. } => Some(text),
            Template::Generic { elements } => elements.first().map(|card| card.title.as_str()),
            Template::Receipt(receipt) => Some(&receipt.order_number),
            Template::Media { .. } => None,
        }
    }
}
