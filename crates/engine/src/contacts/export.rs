//! Contacts as a CSV file: those that a user may see, which can be imported again. They are read twice, page by page: first for
//! the columns, then for the rows. In memory are the names of all attributes and one page.

use std::collections::BTreeSet;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::visibility::Viewer;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use store::table::contact::{self, Person};

use super::import::ATTRIBUTE;
use crate::clock::rfc3339;
use crate::csv_table::Writer;
use crate::engine::Engine;
use crate::error::Result;

/// How many contacts are read at once.
const PAGE: i64 = 200;

/// The contacts that a user may see, in pages that are read when the one before was taken.
fn pages(app: Engine, viewer: Viewer) -> impl Stream<Item = Result<Vec<Person>, store::Error>> + Send + 'static {
    stream::try_unfold((app, viewer, i64::MAX), async |(app, viewer, below)| {
        let page = contact::search(&app.store, "", below, PAGE, &viewer).await?;
        let next = page.last().map(|last| last.id.0);
        Ok(next.map(|next| (page, (app, viewer, next))))
    })
}

/// The file, in parts. `mark`: with a byte order mark, from which Excel recognises UTF-8.
pub async fn export(
    app: &Engine,
    by: UserId,
    viewer: &Viewer,
    mark: bool,
) -> Result<impl Stream<Item = Result<Vec<u8>, store::Error>> + Send + 'static> {
    let mut keys: BTreeSet<String> = BTreeSet::new();
    let mut people = std::pin::pin!(pages(app.clone(), viewer.clone()));
    while let Some(page) = people.try_next().await? {
        keys.extend(page.into_iter().flat_map(|person| person.attributes.into_keys()));
    }
    crate::audit::record(app, by, "contact.export", "contacts", AuditDetail::All {}).await?;
    let mut columns: Vec<String> =
        ["id", "name", "phone", "email", "note", "created_at"].map(str::to_owned).into();
    columns.extend(keys.iter().map(|key| format!("{ATTRIBUTE}{key}")));
    let mut writer = Writer::new(columns.iter().map(String::as_str), mark);
    let head = writer.take();
    let rows = pages(app.clone(), viewer.clone()).map_ok(move |page| {
        for person in &page {
            let cells = cells(person, &keys);
            writer.row(cells.iter().map(String::as_str));
        }
        writer.take()
    });
    Ok(stream::iter([Ok(head)]).chain(rows.inspect_err(|error| tracing::error!(%error, "an export broke off"))))
}

fn cells(person: &Person, keys: &BTreeSet<String>) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut cells = vec![
        person.id.to_string(),
        text(&person.name),
        text(&person.phone),
        text(&person.email),
        text(&person.note),
        rfc3339(person.created_at),
    ];
    cells.extend(keys.iter().map(|key| person.attributes.get(key).cloned().unwrap_or_default()));
    cells
}
