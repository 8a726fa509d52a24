//! Quick replies from a CSV file: a row with the shortcut of a shared reply changes that reply, another adds one. Where the file has
//! no cell for a field, the field stays.

use std::collections::{BTreeSet, HashMap};

use domain::audit_detail::AuditDetail;
use domain::id::{QueueId, TeamId};
use domain::quick_reply::Audience;
use domain::same::same;
use domain::visibility::Viewer;
use store::table::named::{self, Kind};
use store::table::quick_reply::{self, Content, QuickReply};
use store::{Batch, CommitError};

use super::{Known, NewReply};
use crate::audit::act_by;
use crate::csv_table::{Imported, Table};
use crate::engine::Engine;
use crate::error::{Error, Result};

const NEEDED: [&str; 3] = ["shortcut", "title", "text"];
const OPTIONAL: [&str; 3] = ["folder", "teams", "queues"];

/// The teams and queues that cells may name.
struct Names {
    teams: HashMap<String, TeamId>,
    queues: HashMap<String, QueueId>,
}

impl Names {
    async fn read(app: &Engine) -> Result<Self> {
        let teams = named::list(&app.store, Kind::Team).await?;
        let teams = teams.into_iter().map(|team| (same(&team.name), TeamId(team.id))).collect();
        let queues = app.directory().queues.iter().map(|queue| (same(&queue.name), queue.id)).collect();
        Ok(Self { teams, queues })
    }
}

/// The ids of the names in a cell, which are separated by `|`. `missing`: what is said of a name that is not known.
fn ids<T: Copy>(
    cell: &str,
    known: &HashMap<String, T>,
    missing: impl Fn(&str) -> String,
) -> Result<Vec<T>, String> {
    let names = cell.split('|').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| known.get(&same(name)).copied().ok_or_else(|| missing(name))).collect()
}

/// What a row makes of a new quick reply, or of the one with its shortcut.
fn merged(cells: &[(&str, &str)], before: Option<&QuickReply>, names: &Names) -> Result<NewReply, String> {
    let cell = |name: &str| cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| *cell);
    let before = before.map(|reply| &reply.content);
    let (teams, queues) = match before.map(|content| &content.audience) {
        Some(Audience::Shared { teams, queues }) => (teams.clone(), queues.clone()),
        _ => (Vec::new(), Vec::new()),
    };
    let no_team = |name: &str| format!("There is no team \"{name}\".");
    let no_queue = |name: &str| format!("There is no queue \"{name}\".");
    let folder = || before.map(|content| content.folder.clone()).unwrap_or_default();
    Ok(NewReply {
        shortcut: cell("shortcut").unwrap_or_default().trim_start_matches('/').to_owned(),
        title: cell("title").unwrap_or_default().to_owned(),
        text: cell("text").unwrap_or_default().to_owned(),
        folder: cell("folder").map_or_else(folder, str::to_owned),
        personal: false,
        team_ids: cell("teams").map_or(Ok(teams), |cell| ids(cell, &names.teams, no_team))?,
        queue_ids: cell("queues").map_or(Ok(queues), |cell| ids(cell, &names.queues, no_queue))?,
        file_ids: Vec::new(),
    })
}

/// Imports shared quick replies: all of them, or none if a row is refused. `dry_run`: only says what would happen.
pub async fn import(app: &Engine, by: &Viewer, file: &[u8], dry_run: bool) -> Result<Imported> {
    let is_known = |name: &str| NEEDED.contains(&name) || OPTIONAL.contains(&name);
    let table = Table::read(file, is_known, &NEEDED)?;
    let (known, names) = (Known::read(app).await?, Names::read(app).await?);
    let mut shared = quick_reply::list(&app.store).await?;
    shared.retain(|reply| reply.content.audience.owner().is_none());
    let mut result = Imported { rows: table.count(), ..Imported::default() };
    let (mut batch, mut taken) = (Batch::new(), BTreeSet::new());
    for (row, cells) in table.rows() {
        let read = |cells: Vec<(&str, &str)>| {
            let shortcut = cells.iter().find(|(column, _)| *column == "shortcut").map_or("", |(_, cell)| *cell);
            let before = shared.iter().find(|reply| reply.content.shortcut == shortcut.trim_start_matches('/'));
            merged(&cells, before, &names).map(|new| (before, new))
        };
        let (before, new) = match cells.and_then(read) {
            Ok(read) => read,
            Err(detail) => {
                result.refuse(row, detail);
                continue;
            }
        };
        let content: Content = match new.checked(by, &known, before.map_or(0, |reply| reply.files.len())) {
            Ok(content) => content,
            Err(Error::Invalid(errors)) => {
                result.refuse_fields(row, &errors);
                continue;
            }
            Err(error) => return Err(error),
        };
        if !taken.insert(content.shortcut.clone()) {
            result.refuse(row, "An earlier row has the same shortcut.");
            continue;
        }
        match before {
            Some(reply) => {
                result.updated += 1;
                quick_reply::update(&mut batch, reply.id, &content, Some(reply.version));
            }
            None => {
                result.created += 1;
                quick_reply::insert(&mut batch, app.ids.next(), &content);
            }
        }
    }
    if dry_run || !result.refused.is_empty() || batch.is_empty() {
        return Ok(result);
    }
    let detail = AuditDetail::Imported { created: result.created, updated: result.updated };
    act_by(app, &mut batch, Some(by.user), "quick_reply.import", "quick replies", detail);
    match app.store.commit(batch).await {
        Ok(_) => Ok(result),
        Err(CommitError::Conflict | CommitError::Duplicate) => Err(Error::conflict(
            "Another user changed quick replies at the same moment: nothing was imported. Try again.",
        )),
        Err(error) => Err(error.into()),
    }
}
