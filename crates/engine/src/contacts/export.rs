//! Contacts as a CSV file: those that a user may see, which can be imported again.

use std::collections::BTreeSet;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::visibility::Viewer;
use store::table::contact;

use super::import::ATTRIBUTE;
use crate::clock::rfc3339;
use crate::csv_table::Writer;
use crate::engine::Engine;
use crate::error::Result;

/// How many contacts are read at once.
const PAGE: i64 = 1_000;

/// The file. `mark`: with a byte order mark, from which Excel recognises UTF-8.
pub async fn export(app: &Engine, by: UserId, viewer: &Viewer, mark: bool) -> Result<Vec<u8>> {
    let (mut people, mut below) = (Vec::new(), i64::MAX);
    loop {
        let page = contact::search(&app.store, "", below, PAGE, viewer).await?;
        let Some(last) = page.last() else { break };
        below = last.id.0;
        people.extend(page);
    }
    let keys: BTreeSet<&String> = people.iter().flat_map(|person| person.attributes.keys()).collect();
    let mut columns: Vec<String> =
        ["id", "name", "phone", "email", "note", "created_at"].map(str::to_owned).into();
    columns.extend(keys.iter().map(|key| format!("{ATTRIBUTE}{key}")));
    let mut writer = Writer::new(columns.iter().map(String::as_str), mark);
    for person in &people {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut cells = vec![
            person.id.to_string(),
            text(&person.name),
            text(&person.phone),
            text(&person.email),
            text(&person.note),
            rfc3339(person.created_at),
        ];
        cells.extend(keys.iter().map(|key| person.attributes.get(*key).cloned().unwrap_or_default()));
        writer.row(cells.iter().map(String::as_str));
    }
    crate::audit::record(app, by, "contact.export", "contacts", AuditDetail::All {}).await?;
    Ok(writer.finish())
}
