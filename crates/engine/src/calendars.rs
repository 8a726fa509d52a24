//! Calendars: when queues are open.

use domain::audit_detail::AuditDetail;
use domain::calendar::{Calendar, Exception, Hours, TimeOfDay};
use domain::flow::Node;
use domain::id::{CalendarId, UserId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::calendar::{self, StoredCalendar};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::flows;
use crate::opening_hours::{self, zone};

/// The maximum number of spans of hours, and of exceptions, of a calendar.
const MOST: usize = 500;

/// A calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub struct CalendarView {
    #[schema(value_type = String)]
    pub id: CalendarId,
    pub name: String,
    /// The IANA name of its time zone, such as `Europe/Kyiv`.
    pub time_zone: String,
    /// The usual hours.
    pub hours: Vec<Hours>,
    /// Dates with different hours, or none.
    pub exceptions: Vec<Exception>,
    pub version: i64,
}

impl From<StoredCalendar> for CalendarView {
    fn from(it: StoredCalendar) -> Self {
        let Calendar { hours, exceptions } = it.calendar;
        Self { id: it.id, name: it.name, time_zone: it.time_zone, hours, exceptions, version: it.version }
    }
}

/// A new calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendar {
    pub name: String,
    /// An IANA name, such as `Europe/Kyiv`.
    pub time_zone: String,
    #[serde(default)]
    pub hours: Vec<Hours>,
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// Changes of a calendar. Omitted fields are not changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarChange {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    /// All usual hours.
    pub hours: Option<Vec<Hours>>,
    /// All exceptions.
    pub exceptions: Option<Vec<Exception>>,
    pub version: Option<i64>,
}

/// Whether a calendar is open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningView {
    pub open: bool,
    /// When it opens next; null while it is open, and if it does not open within a year.
    #[schema(format = DateTime)]
    pub opens_at: Option<String>,
    /// When it closes; null while it is closed, and if it does not close within a year.
    #[schema(format = DateTime)]
    pub closes_at: Option<String>,
}

impl NewCalendar {
    fn checked(mut self) -> Result<(String, String, Calendar)> {
        let mut fields = Fields::default();
        self.name = fields.name("/name", &self.name, 80);
        // The list ignores case; calendars store the name as written in the list.
        let zone = zone(&self.time_zone);
        match zone.as_ref().and_then(|zone| zone.iana_name()) {
            Some(name) => self.time_zone = name.to_owned(),
            None => fields.bad("/time_zone", "There is no such time zone: enter a name such as Europe/Kyiv."),
        }
        most(&mut fields, "/hours", self.hours.len());
        most(&mut fields, "/exceptions", self.exceptions.len());
        for (index, hours) in self.hours.iter_mut().enumerate() {
            if hours.days.is_empty() {
                fields.bad(&format!("/hours/{index}/days"), "Choose at least one day.");
            }
            hours.days.sort_by_key(|day| *day as u8);
            hours.days.dedup();
            span(&mut fields, &format!("/hours/{index}/to"), hours.from, hours.to);
        }
        for (index, it) in self.exceptions.iter_mut().enumerate() {
            let at = |field: &str| format!("/exceptions/{index}/{field}");
            it.name = fields.name(&at("name"), &it.name, 80);
            match (it.from, it.to) {
                (Some(from), Some(to)) => span(&mut fields, &at("to"), from, to),
                (Some(_), None) => fields.bad(&at("to"), "Enter when these hours end, or leave both times out."),
                (None, Some(_)) => {
                    fields.bad(&at("from"), "Enter when these hours begin, or leave both times out.")
                }
                (None, None) => {}
            }
        }
        fields.done()?;
        self.exceptions.sort_by_key(|it| (it.date, it.from));
        Ok((self.name, self.time_zone, Calendar { hours: self.hours, exceptions: self.exceptions }))
    }
}

fn most(fields: &mut Fields, pointer: &str, count: usize) {
    if count > MOST {
        fields.bad(pointer, format!("There are {count}, at most {MOST} are possible."));
    }
}

fn span(fields: &mut Fields, pointer: &str, from: TimeOfDay, to: TimeOfDay) {
    if from == to {
        fields.bad(pointer, "These hours have no length. A whole day is written as 00:00 to 24:00.");
    }
}

/// Every calendar, by name.
pub async fn all(app: &Engine) -> Result<Vec<CalendarView>> {
    Ok(calendar::list(&app.store).await?.into_iter().map(CalendarView::from).collect())
}

/// One calendar.
pub async fn one(app: &Engine, id: CalendarId) -> Result<CalendarView> {
    Ok(stored(app, id).await?.into())
}

async fn stored(app: &Engine, id: CalendarId) -> Result<StoredCalendar> {
    let all = calendar::list(&app.store).await?;
    all.into_iter().find(|it| it.id == id).ok_or_else(|| Error::NotFound("calendar"))
}

/// Whether a calendar is open at a moment, and when that changes.
pub async fn opening(app: &Engine, id: CalendarId, at: Option<Micros>) -> Result<OpeningView> {
    let it = opening_hours::of(&stored(app, id).await?);
    let standing = it.standing(at.unwrap_or_else(|| app.clock.now()));
    let (opens_at, closes_at) = (standing.opens_at.map(rfc3339), standing.closes_at.map(rfc3339));
    Ok(OpeningView { open: standing.open, opens_at, closes_at })
}

/// Creates a calendar.
pub async fn create(app: &Engine, by: UserId, new: NewCalendar) -> Result<CalendarView> {
    let (name, zone, hours) = new.checked()?;
    let id = CalendarId(app.ids.next());
    let mut batch = Batch::new();
    calendar::insert(&mut batch, id, &name, &zone, &hours);
    act_by(app, &mut batch, Some(by), "calendar.create", format!("calendar {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    one(app, id).await
}

/// Changes a calendar.
pub async fn update(app: &Engine, by: UserId, id: CalendarId, change: CalendarChange) -> Result<CalendarView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = NewCalendar {
        name: change.name.unwrap_or(current.name),
        time_zone: change.time_zone.unwrap_or(current.time_zone),
        hours: change.hours.unwrap_or(current.hours),
        exceptions: change.exceptions.unwrap_or(current.exceptions),
    };
    let (name, zone, hours) = after.checked()?;
    let mut batch = Batch::new();
    calendar::update(&mut batch, id, &name, &zone, &hours, change.version);
    act_by(app, &mut batch, Some(by), "calendar.update", format!("calendar {id}"), AuditDetail::named(&name));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(app, id).await
}

/// Removes a calendar that no queue or flow uses.
pub async fn delete(app: &Engine, by: UserId, id: CalendarId) -> Result<()> {
    let current = one(app, id).await?;
    let directory = app.directory();
    let queues = directory.queues.iter().filter(|queue| queue.settings.calendar_id == Some(id));
    let mut users: Vec<String> = queues.map(|queue| format!("the queue \"{}\"", queue.name)).collect();
    let is_it = |node: &Node| matches!(node, Node::Calendar { calendar_id, .. } if *calendar_id == id);
    users.extend(flows::naming(app, is_it).await?);
    if !users.is_empty() {
        return Err(Error::conflict(format!("\"{}\" is used by {}.", current.name, users.join(", "))));
    }
    let mut batch = Batch::new();
    calendar::delete(&mut batch, id);
    act_by(
        app,
        &mut batch,
        Some(by),
        "calendar.delete",
        format!("calendar {id}"),
        AuditDetail::named(&current.name),
    );
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a calendar of this name already."),
        error => error.into(),
    }
}
