//! Forms: what agents fill in about the conversations of a queue.

use std::collections::BTreeMap;

use domain::audit_detail::AuditDetail;
use domain::conversation::Conversation;
use domain::form::{Form, FormField};
use domain::id::{ConversationId, FormId, UserId};
use domain::turn::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::table::form::{self, StoredForm};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::fields::{Fields, fresh};
use crate::turns::play;

/// A form.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Form)]
pub struct FormView {
    #[schema(value_type = String)]
    pub id: FormId,
    pub name: String,
    /// In the order in which agents see them.
    pub fields: Vec<FormField>,
    pub version: i64,
}

impl From<StoredForm> for FormView {
    fn from(it: StoredForm) -> Self {
        Self { id: it.id, name: it.name, fields: it.form.fields, version: it.version }
    }
}

/// A new form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForm {
    pub name: String,
    /// 1 to 50.
    pub fields: Vec<FormField>,
}

/// Changes of a form. Omitted fields are not changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormChange {
    pub name: Option<String>,
    /// All fields. Answers to removed fields stay in their conversations.
    pub fields: Option<Vec<FormField>>,
    pub version: Option<i64>,
}

/// What an agent fills in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormAnswers {
    /// The answers by the keys of their fields, in the kind of each field. Missing fields are cleared.
    #[schema(value_type = BTreeMap<String, crate::view::FormAnswer>)]
    pub values: BTreeMap<String, Value>,
}

impl NewForm {
    fn checked(self) -> Result<(String, Form)> {
        let mut fields = Fields::default();
        let name = fields.name("/name", &self.name, 80);
        match (Form { fields: self.fields }.checked(), fields.done()) {
            (Ok(form), Ok(())) => Ok((name, form)),
            (Ok(_), Err(error)) => Err(error),
            (Err(faults), named) => {
                let mut errors = match named {
                    Err(Error::Invalid(errors)) => errors,
                    _ => Vec::new(),
                };
                errors.extend(faults.into_iter().map(FieldError::from));
                Err(Error::Invalid(errors))
            }
        }
    }
}

/// Every form, by name.
pub async fn all(app: &Engine) -> Result<Vec<FormView>> {
    Ok(form::list(&app.store).await?.into_iter().map(FormView::from).collect())
}

/// One form.
pub async fn one(app: &Engine, id: FormId) -> Result<FormView> {
    all(app).await?.into_iter().find(|it| it.id == id).ok_or_else(|| Error::NotFound("form"))
}

/// Creates a form.
pub async fn create(app: &Engine, by: UserId, new: NewForm) -> Result<FormView> {
    let (name, form) = new.checked()?;
    let id = FormId(app.ids.next());
    let mut batch = Batch::new();
    form::insert(&mut batch, id, &name, &form);
    act_by(app, &mut batch, Some(by), "form.create", format!("form {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    one(app, id).await
}

/// Changes a form. Existing answers stay.
pub async fn update(app: &Engine, by: UserId, id: FormId, change: FormChange) -> Result<FormView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = NewForm {
        name: change.name.unwrap_or_else(|| current.name.clone()),
        fields: change.fields.unwrap_or_else(|| current.fields.clone()),
    };
    let (name, form) = after.checked()?;
    let mut batch = Batch::new();
    form::update(&mut batch, id, &name, &form, change.version);
    let after = FormView { name: name.clone(), fields: form.fields, ..current.clone() };
    let detail = AuditDetail::changed(name, &current, &after);
    act_by(app, &mut batch, Some(by), "form.update", format!("form {id}"), detail);
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(app, id).await
}

/// Removes a form that no queue uses. Conversations keep their answers.
pub async fn delete(app: &Engine, by: UserId, id: FormId) -> Result<()> {
    let current = one(app, id).await?;
    let directory = app.directory();
    let queues = directory.queues.iter().filter(|queue| queue.settings.form_id == Some(id));
    let queues: Vec<String> = queues.map(|queue| format!("the queue \"{}\"", queue.name)).collect();
    if !queues.is_empty() {
        return Err(Error::conflict(format!("\"{}\" is used by {}.", current.name, queues.join(", "))));
    }
    let mut batch = Batch::new();
    form::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "form.delete", format!("form {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Fills in the form of a conversation.
pub async fn fill_in(
    app: &Engine,
    by: Actor<'_>,
    id: ConversationId,
    answers: FormAnswers,
) -> Result<Conversation> {
    let played = play(app, id, |turn| turn.fill_in(by, answers.values.clone())).await?;
    Ok(played.conversation)
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a form of this name already."),
        error => error.into(),
    }
}
