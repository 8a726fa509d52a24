//! Contacts from a CSV file. A row changes the contact with its `id`, or else the only contact with its phone number
//! or e-mail address; any other row adds a contact. Empty cells change nothing. Numbers are compared by
//! [`same_phone`], so that a number without its country is found too; a row that several contacts fit is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::audit_detail::AuditDetail;
use domain::id::ContactId;
use domain::same::{digits, phone_end, same_phone};
use domain::time::Micros;
use domain::visibility::Viewer;
use store::table::contact::{self, Person};
use store::table::event;
use store::text::fold;
use store::{Batch, CommitError};

use super::{ContactChange, audit};
use crate::csv_table::{Imported, Table};
use crate::engine::Engine;
use crate::error::{Error, Result};

const COLUMNS: [&str; 5] = ["id", "name", "phone", "email", "note"];
/// Columns that the export writes and an import ignores.
const READ_ONLY: [&str; 2] = ["created_at", "conversations"];
/// Columns of attributes begin with this.
pub(super) const ATTRIBUTE: &str = "attributes.";

fn is_known(column: &str) -> bool {
    COLUMNS.contains(&column) || READ_ONLY.contains(&column) || column.starts_with(ATTRIBUTE)
}

/// Telephone numbers with what has them, found by their ends.
struct Phones<T>(HashMap<String, Vec<(String, T)>>);

impl<T> Default for Phones<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy> Phones<T> {
    fn add(&mut self, phone: &str, of: T) {
        let digits = digits(phone);
        if !digits.is_empty() {
            self.0.entry(phone_end(&digits).to_owned()).or_default().push((phone.to_owned(), of));
        }
    }

    /// What has the same number.
    fn same(&self, phone: &str) -> Vec<T> {
        let close = self.0.get(phone_end(&digits(phone))).map(Vec::as_slice).unwrap_or_default();
        close.iter().filter(|(known, _)| same_phone(known, phone)).map(|(_, of)| *of).collect()
    }
}

/// The contacts that rows may refer to.
struct Known {
    people: HashMap<ContactId, Person>,
    phones: Phones<ContactId>,
    by_email: HashMap<String, Vec<ContactId>>,
}

impl Known {
    /// Reads those whose id, phone number or address is in the table, and whom the viewer may see: for others a row must not even
    /// reveal that they exist.
    async fn of(app: &Engine, table: &Table, viewer: &Viewer) -> Result<Self> {
        let (mut ids, mut phones, mut emails) = (Vec::new(), Vec::new(), Vec::new());
        for (_, cells) in table.rows() {
            for (column, cell) in cells.unwrap_or_default() {
                match column {
                    "id" => ids.extend(cell.parse::<ContactId>()),
                    "phone" => phones.push(cell.to_owned()),
                    "email" => emails.push(fold(cell)),
                    _ => {}
                }
            }
        }
        let found = contact::known(&app.store, &ids, &phones, &emails).await?;
        let found = contact::visible(&app.store, found, viewer).await?;
        let (mut phones, mut by_email) = (Phones::default(), HashMap::<_, Vec<_>>::new());
        for person in &found {
            phones.add(person.phone.as_deref().unwrap_or_default(), person.id);
            if let Some(email) = person.email.as_deref().map(fold) {
                by_email.entry(email).or_default().push(person.id);
            }
        }
        let people = found.into_iter().map(|person| (person.id, person)).collect();
        Ok(Self { people, phones, by_email })
    }

    /// The contact that a row refers to; None for a new one.
    fn meant(&self, cells: &[(&str, &str)]) -> Result<Option<&Person>, String> {
        let cell = |name: &str| cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| *cell);
        if let Some(id) = cell("id") {
            let known = id.parse().ok().and_then(|id| self.people.get(&id));
            return known.map(Some).ok_or_else(|| format!("There is no contact with the id {id}."));
        }
        let by_phone = cell("phone").map(|phone| self.phones.same(phone)).unwrap_or_default();
        let by_email =
            cell("email").and_then(|email| self.by_email.get(&fold(email))).cloned().unwrap_or_default();
        let mut meant = BTreeSet::new();
        for (found, what) in [(by_phone, "phone number"), (by_email, "e-mail address")] {
            match found.as_slice() {
                [id] => {
                    meant.insert(*id);
                }
                [_, _, ..] => {
                    return Err(format!(
                        "Several contacts have this {what}, perhaps written differently: name the one you mean in a column id."
                    ));
                }
                [] => {}
            }
        }
        match (meant.first(), meant.len()) {
            (_, 2) => Err(
                "The phone number and the e-mail address belong to two contacts: name one of them in a column id."
                    .into(),
            ),
            (Some(id), _) => Ok(self.people.get(id)),
            (None, _) => Ok(None),
        }
    }
}

/// What a row changes in a contact.
fn change(cells: &[(&str, &str)], person: &Person) -> ContactChange {
    let cell = |name: &str| {
        let found = cells.iter().find(|(column, _)| *column == name);
        found.map(|(_, cell)| Some((*cell).to_owned()))
    };
    // A number without its country does not replace the same one with it.
    let known = person.phone.as_deref().unwrap_or_default();
    let is_shorter = |phone: &str| same_phone(known, phone) && digits(phone).len() < digits(known).len();
    let phone = cell("phone").filter(|phone| !phone.as_deref().is_some_and(is_shorter));
    let mut attributes = person.attributes.clone();
    let own = cells.iter().filter_map(|(column, cell)| Some((column.strip_prefix(ATTRIBUTE)?, *cell)));
    attributes.extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
    ContactChange {
        name: cell("name"),
        phone,
        email: cell("email"),
        note: cell("note"),
        attributes: Some(attributes),
        version: None,
    }
}

/// A contact without any data.
fn blank(id: ContactId, at: Micros) -> Person {
    Person {
        id,
        name: None,
        channel_name: None,
        name_is_custom: false,
        picture: None,
        picture_wanted: None,
        phone: None,
        email: None,
        note: None,
        attributes: BTreeMap::new(),
        created_at: at,
        version: 1,
    }
}

/// Imports contacts: all of them, or none if a row is refused. `dry_run`: only reports what would happen.
pub async fn import(app: &Engine, viewer: &Viewer, file: &[u8], dry_run: bool) -> Result<Imported> {
    let table = Table::read(file, is_known, &[])?;
    let known = Known::of(app, &table, viewer).await?;
    let at = app.clock.now();
    let mut result = Imported { rows: table.count(), ..Imported::default() };
    let (mut batch, mut changed) = (Batch::new(), BTreeSet::new());
    let (mut phones, mut emails) = (Phones::default(), BTreeSet::new());
    for (row, cells) in table.rows() {
        let meant = cells.and_then(|cells| known.meant(&cells).map(|meant| (cells, meant)));
        let (cells, meant) = match meant {
            Ok(found) => found,
            Err(detail) => {
                result.refuse(row, detail);
                continue;
            }
        };
        let person = meant.cloned().unwrap_or_else(|| blank(ContactId(app.ids.next()), at));
        let (id, before) = (person.id, person.clone());
        let after = match change(&cells, &person).applied(person) {
            Ok(after) => after,
            Err(Error::Invalid(errors)) => {
                result.refuse_fields(row, &errors);
                continue;
            }
            Err(error) => return Err(error),
        };
        if after.name.is_none() && after.phone.is_none() && after.email.is_none() {
            result.refuse(row, "A contact needs a name, a phone number or an e-mail address.");
            continue;
        }
        let is_new = meant.is_none();
        let phone = after.phone.as_deref().unwrap_or_default();
        let phone_again = !phones.same(phone).is_empty();
        if !phone_again {
            phones.add(phone, ());
        }
        let email_again = after.email.as_deref().map(fold).is_some_and(|email| !emails.insert(email));
        if (is_new && (phone_again || email_again)) || (!is_new && changed.contains(&id)) {
            result.refuse(row, "An earlier row is about the same contact.");
            continue;
        }
        if is_new {
            result.created += 1;
            contact::insert_known(&mut batch, &after, at);
        } else {
            result.updated += 1;
            changed.insert(id);
            if after != before {
                contact::update(&mut batch, &after, Some(before.version));
            }
        }
    }
    if dry_run || !result.refused.is_empty() || batch.is_empty() {
        return Ok(result);
    }
    let shown = contact::open_conversations_of(&app.store, changed.iter().copied()).await?;
    event::conversations_changed(&mut batch, &shown, at);
    let detail = AuditDetail::Imported { created: result.created, updated: result.updated };
    audit(app, &mut batch, viewer.user, "contact.import", "contacts", detail);
    match app.store.commit(batch).await {
        Ok(_) => Ok(result),
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            Err(Error::conflict("Contacts changed at the same moment: nothing was imported. Try again."))
        }
        Err(error) => Err(error.into()),
    }
}
