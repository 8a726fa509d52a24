//! Reads the list of a new campaign. All of it is checked before anything is stored, so bad input changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::campaign::{MOST_RECIPIENTS, Skip};
use domain::channel::Account;
use domain::id::ContactId;
use domain::message_template::{MessageTemplate, Variables};
use store::table::campaign_recipient::NewRecipient as Entry;
use store::table::contact::{self, Identity};
use store::table::identity;

use super::NewCampaign;
use crate::conversation_start::recipient;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::fields::Fields;
use crate::message_templates::bad_variables;

/// The maximum number of errors that are listed.
const MOST_ERRORS: usize = 100;

/// Checks that there is exactly one list, and that it is not too long.
pub fn check_number(fields: &mut Fields, new: &NewCampaign) {
    let (numbers, contacts) = (new.recipients.len(), new.contact_ids.len());
    let (place, number) = if contacts > 0 { ("/contact_ids", contacts) } else { ("/recipients", numbers) };
    if numbers > 0 && contacts > 0 {
        fields.bad(place, "Name the recipients either by number or as contacts, not both.");
    } else if number == 0 {
        fields.bad(place, "Name at least one recipient.");
    } else if number > MOST_RECIPIENTS {
        let detail = format!(
            "There are {number} recipients; a campaign has at most {MOST_RECIPIENTS}. Divide them among several campaigns."
        );
        fields.bad(place, detail);
    }
}

/// All recipients in the list, in order. Those who cannot be written to are included with the reason.
pub async fn read(
    app: &Engine,
    new: &NewCampaign,
    account: &Account,
    template: &MessageTemplate,
) -> Result<Vec<Entry>> {
    let mut all = if new.contact_ids.is_empty() {
        by_number(new, template)?
    } else {
        template
            .fill(&new.template.variables)
            .map_err(|wrong| Error::Invalid(bad_variables(wrong, "/template/variables")))?;
        by_contact(app, &new.contact_ids, account).await?
    };
    skip_duplicates(&mut all);
    Ok(all)
}

/// Each recipient by their number or id, with a template that they can get.
fn by_number(new: &NewCampaign, template: &MessageTemplate) -> Result<Vec<Entry>> {
    let shared = &new.template.variables;
    let (mut rows, mut errors) = (Vec::with_capacity(new.recipients.len()), Vec::<FieldError>::new());
    for (index, given) in new.recipients.iter().enumerate() {
        let user = match recipient(&given.to) {
            Ok((user, _)) => user,
            Err(detail) => {
                let pointer = format!("/recipients/{index}/to");
                errors.push(FieldError { pointer, detail: detail.to_owned() });
                String::new()
            }
        };
        if let Err(wrong) = template.fill(&merged(shared, &given.variables)) {
            // Errors in the shared variables are reported once, not for each recipient.
            let (own, common): (Vec<_>, Vec<_>) = wrong
                .into_iter()
                .partition(|bad| given.variables.contains_key(&bad.key) || !shared.contains_key(&bad.key));
            errors.extend(bad_variables(own, &format!("/recipients/{index}/variables")));
            for bad in bad_variables(common, "/template/variables") {
                if !errors.contains(&bad) {
                    errors.push(bad);
                }
            }
        }
        if errors.len() >= MOST_ERRORS {
            break;
        }
        rows.push(Entry { recipient: user, contact: None, variables: given.variables.clone(), skip: None });
    }
    if errors.is_empty() { Ok(rows) } else { Err(Error::Invalid(errors)) }
}

/// What one recipient gets: their own variables override the shared ones.
pub fn merged(shared: &Variables, own: &Variables) -> Variables {
    let mut all = shared.clone();
    all.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    all
}

/// The phone number of a stored recipient, in digits; None if it is a user id.
pub fn phone(recipient: &str) -> Option<&str> {
    Some(recipient).filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Each contact as the account knows them, else by the phone number of the contact.
async fn by_contact(app: &Engine, ids: &[String], account: &Account) -> Result<Vec<Entry>> {
    let mut errors = Vec::new();
    let mut contacts = Vec::with_capacity(ids.len());
    for (index, text) in ids.iter().enumerate() {
        match text.parse::<ContactId>() {
            Ok(id) => contacts.push(id),
            Err(_) => errors.push(unknown(index)),
        }
    }
    let mut known: BTreeMap<ContactId, Identity> = BTreeMap::new();
    let wanted: BTreeSet<ContactId> = contacts.iter().copied().collect();
    for it in identity::of_contacts(&app.store, &wanted).await? {
        let is_newer = known.get(&it.contact).is_none_or(|before| it.last_user_at > before.last_user_at);
        if it.address.account == *account && it.comment().is_none() && is_newer {
            known.insert(it.contact, it);
        }
    }
    let mut rows = Vec::with_capacity(contacts.len());
    for (index, id) in contacts.into_iter().enumerate() {
        let (user, skip) = match known.get(&id) {
            Some(identity) => (identity.address.user.clone(), None),
            None => match contact::find(&app.store, id).await? {
                Some(person) => by_phone(person.phone.as_deref()),
                None => {
                    errors.push(unknown(index));
                    continue;
                }
            },
        };
        rows.push(Entry { recipient: user, contact: Some(id), variables: Variables::new(), skip });
    }
    errors.truncate(MOST_ERRORS);
    if errors.is_empty() { Ok(rows) } else { Err(Error::Invalid(errors)) }
}

fn unknown(index: usize) -> FieldError {
    FieldError { pointer: format!("/contact_ids/{index}"), detail: "There is no such contact.".into() }
}

/// The recipient for a contact's phone number, or why there is none.
fn by_phone(phone: Option<&str>) -> (String, Option<Skip>) {
    match phone.filter(|phone| !phone.trim().is_empty()) {
        None => (String::new(), Some(Skip::NoNumber)),
        Some(phone) => match recipient(phone) {
            Ok((user, _)) => (user, None),
            Err(_) => (String::new(), Some(Skip::InvalidNumber)),
        },
    }
}

/// A recipient who is in the list more than once gets only the first message.
fn skip_duplicates(all: &mut [Entry]) {
    let mut seen = HashSet::new();
    for it in all.iter_mut().filter(|it| it.skip.is_none()) {
        if !seen.insert(it.recipient.clone()) {
            it.skip = Some(Skip::Duplicate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(recipient: &str, skip: Option<Skip>) -> Entry {
        Entry { recipient: recipient.into(), contact: None, variables: Variables::new(), skip }
    }

    #[test]
    fn who_is_in_the_list_twice_is_written_to_once() {
        let mut all =
            vec![row("4915100", None), row("", Some(Skip::NoNumber)), row("4915100", None), row("49", None)];
        skip_duplicates(&mut all);
        let skips: Vec<_> = all.iter().map(|row| row.skip).collect();
        assert_eq!(skips, [None, Some(Skip::NoNumber), Some(Skip::Duplicate), None]);
    }

    #[test]
    fn a_contact_is_reached_by_a_number_with_its_country() {
        assert_eq!(by_phone(Some("+49 151 00")), ("4915100".into(), None));
        assert_eq!(by_phone(Some("0151 000000")), (String::new(), Some(Skip::InvalidNumber)));
        assert_eq!(by_phone(Some(" ")), (String::new(), Some(Skip::NoNumber)));
        assert_eq!(by_phone(None), (String::new(), Some(Skip::NoNumber)));
    }

    #[test]
    fn a_stored_recipient_is_a_number_or_an_id() {
        assert_eq!((phone("4915100"), phone("DE.123abc"), phone("")), (Some("4915100"), None, None));
    }

    #[test]
    fn a_recipients_own_variables_go_before_those_of_all() {
        let variables = |pairs: &[(&str, &str)]| -> Variables {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let all = merged(&variables(&[("1", "all"), ("2", "both")]), &variables(&[("1", "Ann")]));
        assert_eq!(all, variables(&[("1", "Ann"), ("2", "both")]));
    }
}
