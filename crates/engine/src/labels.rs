//! Labels: names with a colour that people put on conversations.

use domain::audit_detail::AuditDetail;
use domain::conversation::Conversation;
use domain::id::{ConversationId, UserId};
use serde::{Deserialize, Serialize};
use store::table::label::{self, Label, LabelColour};
use store::table::{event, message};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::fields::{Fields, fresh};
use crate::turns::play_on;

/// With more labels, they no longer help to find anything.
const MOST: usize = 500;
/// The most labels of one request.
const AT_ONCE: usize = 50;

/// A label.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Label)]
pub struct LabelDetails {
    pub id: String,
    pub name: String,
    pub colour: LabelColour,
    /// How many conversations have it.
    pub conversations: i64,
    pub version: i64,
}

impl From<Label> for LabelDetails {
    fn from(it: Label) -> Self {
        let id = it.id.to_string();
        Self { id, name: it.name, colour: it.colour, conversations: it.carried, version: it.version }
    }
}

/// A new label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLabel)]
pub struct NewLabel {
    /// 1 to 40 characters.
    pub name: String,
    /// Grey if left out.
    pub colour: Option<LabelColour>,
}

/// Changes of a label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelChange)]
pub struct LabelChange {
    pub name: Option<String>,
    pub colour: Option<LabelColour>,
    pub version: Option<i64>,
}

/// Labels to add and remove.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = LabelsIn)]
pub struct LabelsChange {
    /// Ids or names of labels to add.
    pub add: Vec<String>,
    /// Ids or names of labels to remove.
    pub remove: Vec<String>,
}

fn checked(name: &str) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.name("/name", name, 40);
    fields.done()?;
    Ok(name)
}

async fn stored(app: &Engine, id: i64) -> Result<Label> {
    label::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("label"))
}

/// All labels, by name.
pub async fn all(app: &Engine) -> Result<Vec<LabelDetails>> {
    Ok(label::list(&app.store).await?.into_iter().map(LabelDetails::from).collect())
}

/// One label.
pub async fn one(app: &Engine, id: i64) -> Result<LabelDetails> {
    stored(app, id).await.map(LabelDetails::from)
}

/// Creates a label.
pub async fn create(app: &Engine, by: UserId, new: NewLabel) -> Result<LabelDetails> {
    let colour = new.colour.unwrap_or(LabelColour::Grey);
    let name = checked(&new.name)?;
    if label::list(&app.store).await?.len() >= MOST {
        return Err(Error::conflict(format!("There are {MOST} labels already: delete one first.")));
    }
    let id = app.ids.next();
    let mut batch = Batch::new();
    label::insert(&mut batch, id, &name, colour);
    act_by(app, &mut batch, Some(by), "label.create", format!("label {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Changes a label, on every conversation that carries it.
pub async fn update(app: &Engine, by: UserId, id: i64, change: LabelChange) -> Result<LabelDetails> {
    let current = stored(app, id).await?;
    fresh(change.version, current.version, &LabelDetails::from(current.clone()))?;
    let colour = change.colour.unwrap_or(current.colour);
    let name = checked(&change.name.unwrap_or(current.name))?;
    let mut batch = Batch::new();
    label::update(&mut batch, id, &name, colour, change.version);
    tell_carriers(app, &mut batch, id).await?;
    act_by(app, &mut batch, Some(by), "label.update", format!("label {id}"), AuditDetail::named(&name));
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a label. One that conversations carry is a conflict with their number, unless `force` removes it from
/// them.
pub async fn delete(app: &Engine, by: UserId, id: i64, force: bool) -> Result<()> {
    let current = stored(app, id).await?;
    let mut batch = Batch::new();
    if force {
        tell_carriers(app, &mut batch, id).await?;
        label::delete(&mut batch, id);
    } else {
        label::delete_unused(&mut batch, id);
    }
    act_by(app, &mut batch, Some(by), "label.delete", format!("label {id}"), AuditDetail::named(&current.name));
    match app.store.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict) => {
            let carried = stored(app, id).await?.carried;
            let detail = if carried == 1 {
                "One conversation carries this label: take it off, or delete it there too.".to_owned()
            } else {
                format!("{carried} conversations carry this label: take it off, or delete it there too.")
            };
            Err(Error::conflict(detail).with("conversations", carried))
        }
        Err(error) => Err(error.into()),
    }
}

/// Adds events for screens that show it; if it is on very many conversations, some screens are updated on the next
/// read.
async fn tell_carriers(app: &Engine, batch: &mut Batch, id: i64) -> Result<()> {
    event::conversations_changed(batch, &label::carriers(&app.store, id).await?, app.clock.now());
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a label with this name already."),
        error => error.into(),
    }
}

/// Adds labels to a conversation and removes others.
pub async fn change(app: &Engine, id: ConversationId, input: &LabelsChange) -> Result<Conversation> {
    if input.add.len() + input.remove.len() > AT_ONCE {
        return Err(Error::field("/add", format!("At most {AT_ONCE} labels are changed at once.")));
    }
    let known = label::list(&app.store).await?;
    let mut errors = Vec::new();
    let mut read = |list: &str, ids: &[String]| -> Vec<i64> {
        let mut found = Vec::new();
        for (index, text) in ids.iter().enumerate() {
            let folded = message::fold(text.trim());
            let named = |label: &&Label| label.id.to_string() == *text || message::fold(&label.name) == folded;
            match known.iter().find(named) {
                Some(label) => found.push(label.id),
                None => errors.push(FieldError {
                    pointer: format!("/{list}/{index}"),
                    detail: "There is no such label.".into(),
                }),
            }
        }
        found
    };
    let (add, remove) = (read("add", &input.add), read("remove", &input.remove));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let labelled =
        play_on(app, id.into(), |_, _| Ok(()), |batch, _| label::change(batch, id, &add, &remove)).await?;
    Ok(labelled.conversation)
}
