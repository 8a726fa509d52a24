//! Quick replies from a CSV file: a row with a known shortcut changes that reply, any other adds one.

use std::collections::BTreeSet;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use store::table::quick_reply;
use store::{Batch, CommitError};

use super::NewReply;
use crate::audit::act_by;
use crate::csv_table::{Imported, Table};
use crate::engine::Engine;
use crate::error::{Error, Result};

const COLUMNS: [&str; 3] = ["shortcut", "title", "text"];

/// Imports quick replies: all of them, or none if a row is refused. `dry_run`: only reports what would happen.
pub async fn import(app: &Engine, by: UserId, file: &[u8], dry_run: bool) -> Result<Imported> {
    let table = Table::read(file, |name| COLUMNS.contains(&name), &COLUMNS)?;
    let known = quick_reply::list(&app.store).await?;
    let mut result = Imported { rows: table.count(), ..Imported::default() };
    let (mut batch, mut taken) = (Batch::new(), BTreeSet::new());
    for (row, cells) in table.rows() {
        let cells = match cells {
            Ok(cells) => cells,
            Err(detail) => {
                result.refuse(row, detail);
                continue;
            }
        };
        let cell = |name: &str| cells.iter().find(|(column, _)| *column == name).map_or("", |(_, cell)| *cell);
        let new = NewReply {
            shortcut: cell("shortcut").trim_start_matches('/').to_owned(),
            title: cell("title").to_owned(),
            text: cell("text").to_owned(),
        };
        let new = match new.checked() {
            Ok(new) => new,
            Err(Error::Invalid(errors)) => {
                result.refuse_fields(row, &errors);
                continue;
            }
            Err(error) => return Err(error),
        };
        if !taken.insert(new.shortcut.clone()) {
            result.refuse(row, "An earlier row has the same shortcut.");
            continue;
        }
        match known.iter().find(|reply| reply.shortcut == new.shortcut) {
            Some(reply) => {
                result.updated += 1;
                let version = Some(reply.version);
                quick_reply::update(&mut batch, reply.id, &new.shortcut, &new.title, &new.text, version);
            }
            None => {
                result.created += 1;
                quick_reply::insert(&mut batch, app.ids.next(), &new.shortcut, &new.title, &new.text);
            }
        }
    }
    if dry_run || !result.refused.is_empty() || batch.is_empty() {
        return Ok(result);
    }
    let detail = AuditDetail::Imported { created: result.created, updated: result.updated };
    act_by(app, &mut batch, Some(by), "quick_reply.import", "quick replies", detail);
    match app.store.commit(batch).await {
        Ok(_) => Ok(result),
        Err(CommitError::Conflict | CommitError::Duplicate) => Err(Error::conflict(
            "Another user changed quick replies at the same moment: nothing was imported. Try again.",
        )),
        Err(error) => Err(error.into()),
    }
}
