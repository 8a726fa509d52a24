//! The recipient of a WhatsApp message: a phone, with the trap of the missing `+`, or a business-scoped user id
//! (§3.8).

use super::content::{invalid, missing};
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::world::{World, digits};
use serde_json::{Value, json};

/// The recipient of a message.
pub struct Recipient {
    /// The phone in digits; empty if only a BSUID was named.
    pub phone: String,
    /// The BSUID, if that was named.
    pub user_id: String,
    /// `None` if the phone number is not on WhatsApp.
    pub customer_id: Option<String>,
    /// The entry of `contacts[]` in the answer.
    pub contact: Value,
}

/// `to` wins over `recipient`.
pub fn read(world: &mut World, call: &Call, phone_id: &str) -> Result<Recipient, GraphError> {
    let to = call.text("to").filter(|text| !text.trim().is_empty());
    let user_id = call.text("recipient").filter(|text| !text.trim().is_empty());
    match (to, user_id) {
        (Some(to), _) => by_phone(world, phone_id, to),
        (None, Some(user_id)) => {
            let plain = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.');
            let (country, rest) = user_id.split_once('.').unwrap_or_default();
            if country.len() != 2 || rest.is_empty() || !plain(rest) {
                return Err(invalid(format_args!("{user_id} is not a business-scoped user id.")));
            }
            let customer_id = world.customer_by_user_id(phone_id, &user_id);
            let customer_id =
                customer_id.ok_or_else(|| invalid("There is no user with this id in this portfolio."))?;
            let contact = json!({"input": user_id, "user_id": user_id});
            Ok(Recipient { phone: String::new(), user_id, customer_id: Some(customer_id), contact })
        }
        (None, None) => Err(missing("Parameter 'to' or 'recipient' is mandatory")),
    }
}

fn by_phone(world: &mut World, phone_id: &str, to: String) -> Result<Recipient, GraphError> {
    let given = digits(&to);
    let plain = to.chars().all(|letter| letter.is_ascii_digit() || " +-().".contains(letter));
    if !plain || !(6..=15).contains(&given.len()) {
        return Err(GraphError::parameter("Invalid parameter: the phone number of param to is malformed."));
    }
    let number = world.numbers.get(phone_id);
    let code = number.map(|number| number.seed.country_code.clone()).unwrap_or_default();
    // Without a plus Meta takes it for a number of our own country (§12.27).
    let phone = if to.trim_start().starts_with('+') { given } else { format!("{code}{given}") };
    let customer_id = world.customer_by_phone(&phone);
    let contact = json!({"input": to, "wa_id": phone});
    Ok(Recipient { phone, user_id: String::new(), customer_id, contact })
}
