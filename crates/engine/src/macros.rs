//! Macros: several actions of an agent under one name, done together or not at all.

use domain::audit_detail::AuditDetail;
use domain::conversation::Conversation;
use domain::id::{MacroId, UserId};
use domain::macros::{Action, MOST_ACTIONS, too_late};
use domain::turn::{Actor, Refusal, Step, Templates};
use serde::{Deserialize, Serialize};
use store::table::label::{self, Label};
use store::table::macros::{self, Macro};
use store::table::message::fold;
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::conversations::{self, Destination, Receiver};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::named;
use crate::turns::play_on;

/// A macro.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Macro)]
pub struct MacroView {
    #[schema(value_type = String)]
    pub id: MacroId,
    pub name: String,
    /// What it does, in this order.
    pub actions: Vec<Action>,
    pub version: i64,
}

impl From<Macro> for MacroView {
    fn from(it: Macro) -> Self {
        Self { id: it.id, name: it.name, actions: it.actions, version: it.version }
    }
}

/// A new macro.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMacro {
    pub name: String,
    /// 1 to 20.
    pub actions: Vec<Action>,
}

/// Changes of a macro. Omitted fields are not changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroChange {
    pub name: Option<String>,
    /// All actions.
    pub actions: Option<Vec<Action>>,
    pub version: Option<i64>,
}

/// The label with an id or a name.
fn find<'a>(known: &'a [Label], given: &str) -> Option<&'a Label> {
    let folded = fold(given.trim());
    known.iter().find(|label| label.id.to_string() == given || fold(&label.name) == folded)
}

/// The target of a transfer; None unless it names exactly one receiver.
fn destination(action: &Action) -> Option<Destination> {
    match action {
        Action::Transfer { queue_id: Some(queue), agent_id: None, flow_id: None, .. } => {
            Some(Destination::Queue(*queue))
        }
        Action::Transfer { queue_id: None, agent_id: Some(agent), flow_id: None, .. } => {
            Some(Destination::Agent(*agent))
        }
        Action::Transfer { queue_id: None, agent_id: None, flow_id: Some(flow), .. } => {
            Some(Destination::Flow(*flow))
        }
        _ => None,
    }
}

impl NewMacro {
    async fn checked(mut self, app: &Engine) -> Result<Self> {
        let mut fields = Fields::default();
        self.name = fields.name("/name", &self.name, 80);
        match self.actions.len() {
            0 => fields.bad("/actions", "A macro needs at least one action."),
            count if count > MOST_ACTIONS => {
                fields.bad("/actions", format!("There are {count} actions, at most {MOST_ACTIONS} are possible."));
            }
            _ => {}
        }
        if let Some((late, end)) = too_late(&self.actions) {
            let detail = format!("This cannot work after action {}, which gives the conversation away.", end + 1);
            fields.bad(&format!("/actions/{late}"), detail);
        }
        let labels = label::list(&app.store).await?;
        for (index, action) in self.actions.iter_mut().enumerate() {
            check(app, &mut fields, &labels, &format!("/actions/{index}"), action);
        }
        fields.done()?;
        Ok(self)
    }
}

/// Checks one action, and stores the labels that it names by their ids.
fn check(app: &Engine, fields: &mut Fields, labels: &[Label], at: &str, action: &mut Action) {
    let leads_to = destination(action);
    match action {
        Action::Reply { text } => fields.template(&format!("{at}/text"), text, 2_000, &Templates::VARIABLES),
        Action::Note { text } => {
            *text = fields.note(&format!("{at}/text"), text, 5_000);
            if text.is_empty() {
                fields.bad(&format!("{at}/text"), "This is needed.");
            }
        }
        Action::Label { add, remove } => {
            if add.is_empty() && remove.is_empty() {
                fields.bad(at, "Choose labels to add or to remove.");
            }
            for (name, ids) in [("add", add), ("remove", remove)] {
                for (index, id) in ids.iter_mut().enumerate() {
                    match find(labels, id) {
                        Some(label) => *id = label.id.to_string(),
                        None => fields.bad(&format!("{at}/{name}/{index}"), "There is no such label."),
                    }
                }
            }
        }
        Action::Transfer { note, .. } => {
            let directory = app.directory();
            match leads_to {
                None => fields.bad(at, "Name exactly one of queue_id, agent_id and flow_id."),
                Some(Destination::Queue(id)) if directory.queue(id).is_none() => {
                    fields.bad(&format!("{at}/queue_id"), "There is no such queue.");
                }
                Some(Destination::Agent(id)) if app.roster().get(id).is_none_or(|agent| !agent.active) => {
                    fields.bad(&format!("{at}/agent_id"), "There is no such agent.");
                }
                Some(Destination::Flow(id)) if !directory.flows.contains_key(&id) => {
                    fields.bad(&format!("{at}/flow_id"), "There is no such published flow.");
                }
                Some(_) => {}
            }
            if let Some(text) = note {
                *text = fields.note(&format!("{at}/note"), text, 5_000);
            }
            *note = note.take().filter(|text| !text.is_empty());
        }
        Action::Snooze { seconds } => fields.between_if(&format!("{at}/seconds"), *seconds, 60, 31_536_000),
        Action::Close { reason } => {
            if let Some(text) = reason {
                *text = fields.note(&format!("{at}/reason"), text, 500);
            }
            *reason = reason.take().filter(|text| !text.is_empty());
        }
    }
}

/// Every macro, by name.
pub async fn all(app: &Engine) -> Result<Vec<MacroView>> {
    Ok(macros::list(&app.store).await?.into_iter().map(MacroView::from).collect())
}

/// One macro.
pub async fn one(app: &Engine, id: MacroId) -> Result<MacroView> {
    all(app).await?.into_iter().find(|it| it.id == id).ok_or_else(|| Error::NotFound("macro"))
}

/// Creates a macro.
pub async fn create(app: &Engine, by: UserId, new: NewMacro) -> Result<MacroView> {
    let new = new.checked(app).await?;
    let id = MacroId(app.ids.next());
    let mut batch = Batch::new();
    macros::insert(&mut batch, id, &new.name, &new.actions);
    act_by(app, &mut batch, Some(by), "macro.create", format!("macro {id}"), AuditDetail::named(&new.name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Changes a macro.
pub async fn update(app: &Engine, by: UserId, id: MacroId, change: MacroChange) -> Result<MacroView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = NewMacro {
        name: change.name.unwrap_or_else(|| current.name.clone()),
        actions: change.actions.unwrap_or_else(|| current.actions.clone()),
    };
    let after = after.checked(app).await?;
    let mut batch = Batch::new();
    macros::update(&mut batch, id, &after.name, &after.actions, change.version);
    let shown = MacroView { name: after.name.clone(), actions: after.actions, ..current.clone() };
    let detail = AuditDetail::changed(after.name, &current, &shown);
    act_by(app, &mut batch, Some(by), "macro.update", format!("macro {id}"), detail);
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a macro.
pub async fn delete(app: &Engine, by: UserId, id: MacroId) -> Result<()> {
    let current = one(app, id).await?;
    let mut batch = Batch::new();
    macros::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "macro.delete", format!("macro {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a macro of this name already."),
        error => error.into(),
    }
}

/// An action with its references resolved.
enum Prepared {
    Reply(String),
    Note(String),
    Label,
    Transfer(Receiver, Option<String>),
    Snooze(Option<i64>),
    Close(Option<String>),
}

impl Prepared {
    /// What it does in the turn; None if it is not part of it.
    fn step(&self) -> Option<Step<'_>> {
        match self {
            Self::Reply(text) => Some(Step::Reply(text)),
            Self::Note(text) => Some(Step::Note(text)),
            Self::Label => None,
            Self::Transfer(receiver, note) => Some(Step::Transfer(receiver.target(), note.as_deref())),
            Self::Snooze(seconds) => Some(Step::Snooze(*seconds)),
            Self::Close(reason) => Some(Step::Close(reason.as_deref())),
        }
    }
}

/// The steps of a macro in one conversation.
struct Plan {
    /// Each with its name in refusals.
    steps: Vec<(String, Prepared)>,
    add: Vec<i64>,
    remove: Vec<i64>,
}

impl Plan {
    async fn of(app: &Engine, it: &Conversation, actions: Vec<Action>) -> Result<Self> {
        let labels = label::list(&app.store).await?;
        let mut plan = Self { steps: Vec::new(), add: Vec::new(), remove: Vec::new() };
        for (index, action) in actions.into_iter().enumerate() {
            let name = format!("Action {} ({})", index + 1, action.word());
            let prepared = plan.prepare(app, it, &labels, action).await.map_err(|error| match error {
                // An object that the macro refers to was deleted, or cannot take the conversation now.
                Error::Refused { .. } | Error::Conflict { .. } => {
                    Error::conflict(format!("{name}: {error} Nothing was done."))
                }
                error => error,
            })?;
            plan.steps.push((name, prepared));
        }
        Ok(plan)
    }

    async fn prepare(
        &mut self,
        app: &Engine,
        it: &Conversation,
        labels: &[Label],
        action: Action,
    ) -> Result<Prepared> {
        let leads_to = destination(&action);
        Ok(match action {
            Action::Reply { text } => Prepared::Reply(text),
            Action::Note { text } => Prepared::Note(text),
            Action::Label { add, remove } => {
                let ids = |given: Vec<String>| -> Result<Vec<i64>> {
                    let gone =
                        || Error::conflict("A label of it was deleted. Ask an administrator to change the macro.");
                    given.iter().map(|id| find(labels, id).map(|label| label.id).ok_or_else(gone)).collect()
                };
                self.add.extend(ids(add)?);
                self.remove.extend(ids(remove)?);
                Prepared::Label
            }
            Action::Transfer { note, .. } => {
                let to = leads_to.ok_or_else(|| Error::conflict("It names no receiver."))?;
                Prepared::Transfer(conversations::receiver(app, it, to)?, note)
            }
            Action::Snooze { seconds } => Prepared::Snooze(seconds),
            Action::Close { reason } => Prepared::Close(named::close_reason(app, reason).await?),
        })
    }
}

/// Runs a macro in one turn: all of it, or nothing if the state forbids one action.
pub async fn run(app: &Engine, by: Actor<'_>, it: &Conversation, id: MacroId) -> Result<Conversation> {
    let plan = Plan::of(app, it, one(app, id).await?.actions).await?;
    let played = play_on(
        app,
        it.id.into(),
        |turn, _| {
            for (name, prepared) in &plan.steps {
                if let Some(step) = prepared.step() {
                    turn.step(by, &step)
                        .map_err(|refusal| Refusal::State(format!("{name}: {refusal} Nothing was done.")))?;
                }
            }
            Ok(())
        },
        |batch, _| label::change(batch, it.id, &plan.add, &plan.remove),
    )
    .await?;
    Ok(played.conversation)
}
