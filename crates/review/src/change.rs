//! An operator's changes to a review: checks and stores them.

use std::collections::BTreeMap;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use engine::audit::act_by;
use engine::directory::GatewayEntry;
use engine::engine::Engine;
use engine::error::{Error, Result};
use engine::fields::{Fields, sent};
use engine::optimistic::{Attempt, optimistic};
use serde::Deserialize;
use store::Batch;
use store::json::json;
use store::table::review;
use utoipa::ToSchema;

use crate::facts::Facts;
use crate::operator_answers::{Answer as Reply, Connectors, OperatorAnswers, ReviewStage, Status, Writers};
use crate::permission::Permission;
use crate::view::{ReviewView, view};
use crate::{checklist, data, legal, refusal};

/// The longest text for Meta's form, and the longest answer.
const LONGEST_TEXT: usize = 5_000;
/// The longest public page.
const LONGEST_PAGE: usize = 50_000;

/// The changes. Omitted parts and keys are not changed; null restores the generated text.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewChange)]
pub struct Change {
    audience: Option<AudienceChange>,
    /// Checks of the list, by key: done or not.
    ticks: Option<BTreeMap<String, bool>>,
    /// Texts for Meta's form, by permission.
    texts: Option<BTreeMap<String, Option<String>>>,
    /// Additional notes for the reviewer.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    notes: Option<Option<String>>,
    /// Answers on data handling, by question.
    answers: Option<BTreeMap<String, OwnReply>>,
    /// The public pages, `privacy` and `data_deletion`: `# ` and `## ` headings, `- ` lists, `[text](https://…)`
    /// links.
    legal: Option<BTreeMap<String, Option<String>>>,
    /// The state of the review, by permission.
    status: Option<BTreeMap<String, StatusChange>>,
    /// The version that was edited. If it is no longer the newest, the response is 409.
    version: Option<i64>,
}

/// Stores a change of the operator's answers, and returns the changed review.
pub async fn update(app: &Engine, by: UserId, known: &GatewayEntry, change: &Change) -> Result<ReviewView> {
    let id = known.row.id;
    optimistic(&app.store, "review", |_| async move {
        let before = Facts::read(app, known).await?;
        if change.version.is_some_and(|sent| sent != before.version) {
            return Err(Error::stale(&view(&before)));
        }
        let answers = change.applied(&before)?;
        let mut batch = Batch::new();
        review::save(&mut batch, id, &json(&answers), before.version);
        act_by(
            app,
            &mut batch,
            Some(by),
            "review.update",
            format_args!("gateway {id}"),
            AuditDetail::fields(change.parts()),
        );
        Ok::<_, Error>(Attempt::Commit(batch, ()))
    })
    .await?;
    Ok(view(&Facts::read(app, known).await?))
}

/// Your own answer; null restores the generated one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = ReviewOwnAnswer)]
struct OwnReply(Option<Reply>);

/// Who will write and who will connect; null for not known.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewAudienceChange)]
struct AudienceChange {
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Writers>)]
    writers: Option<Option<Writers>>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Connectors>)]
    connectors: Option<Option<Connectors>>,
}

/// The state of the review of a permission.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewStatusChange)]
struct StatusChange {
    state: Option<ReviewStage>,
    /// `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    submitted_on: Option<Option<String>>,
    /// `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    decided_on: Option<Option<String>>,
    /// Meta's wording.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    reason: Option<Option<String>>,
    /// The reason for refusal: a key of `refusals`.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    refusal: Option<Option<String>>,
}

impl Change {
    /// The operator's answers after the change.
    fn applied(&self, facts: &Facts) -> Result<OperatorAnswers> {
        let (mut answers, mut fields) = (facts.operator.clone(), Fields::default());
        if let Some(audience) = &self.audience {
            answers.writers = audience.writers.unwrap_or(answers.writers);
            answers.connectors = audience.connectors.unwrap_or(answers.connectors);
        }
        if let Some(notes) = &self.notes {
            answers.notes = notes.as_ref().map(|notes| text(&mut fields, "/notes", notes, LONGEST_TEXT));
        }
        let permission = |fields: &mut Fields, pointer: &str, key: &str| {
            let known = Permission::find(facts, key).is_some();
            if !known {
                fields.bad(pointer, "There is no such permission or feature in the review.");
            }
            known
        };
        for (key, own) in self.texts.iter().flatten() {
            let pointer = pointer("texts", key);
            if permission(&mut fields, &pointer, key) {
                let own = own.as_ref().map(|own| text(&mut fields, &pointer, own, LONGEST_TEXT));
                set_or_remove(&mut answers.texts, key, own);
            }
        }
        for (key, own) in self.legal.iter().flatten() {
            let pointer = pointer("legal", key);
            if legal::Page::find(key).is_none() {
                fields.bad(&pointer, "There is no such page: they are privacy and data_deletion.");
            } else {
                let own = own.as_ref().map(|own| text(&mut fields, &pointer, own, LONGEST_PAGE));
                set_or_remove(&mut answers.legal, key, own);
            }
        }
        for (key, reply) in self.answers.iter().flatten() {
            let pointer = pointer("answers", key);
            match data::find(key) {
                None => fields.bad(&pointer, "There is no such question."),
                Some(question) => {
                    let reply = reply.0.as_ref().map(|reply| answer(&mut fields, &pointer, question, reply));
                    set_or_remove(&mut answers.answers, key, reply);
                }
            }
        }
        for (key, change) in self.status.iter().flatten() {
            let pointer = pointer("status", key);
            if permission(&mut fields, &pointer, key) {
                let before = answers.status.get(key).cloned().unwrap_or_default();
                set_or_remove(&mut answers.status, key, Some(change.applied(&mut fields, &pointer, before)));
            }
        }
        // What may be ticked depends on the other answers: checked against the current ones, as the screen showed
        // them.
        for (key, &done) in self.ticks.iter().flatten() {
            if !done {
                answers.ticks.remove(key);
            } else if checklist::may_tick(facts, key) {
                answers.ticks.entry(key.clone()).or_insert(facts.at);
            } else {
                let detail = "You can't tick this check yourself: Deskbell or Meta decides this one.";
                fields.bad(&pointer("ticks", key), detail);
            }
        }
        fields.done()?;
        Ok(answers)
    }

    /// The names of the changed parts, for the audit log.
    fn parts(&self) -> Vec<String> {
        fn keys<T>(part: &str, map: Option<&BTreeMap<String, T>>) -> Vec<String> {
            map.into_iter().flat_map(BTreeMap::keys).map(|key| format!("{part}/{key}")).collect()
        }
        let whole = |part: &str, is_set: bool| if is_set { vec![part.to_owned()] } else { Vec::new() };
        [
            whole("audience", self.audience.is_some()),
            keys("ticks", self.ticks.as_ref()),
            keys("texts", self.texts.as_ref()),
            whole("notes", self.notes.is_some()),
            keys("answers", self.answers.as_ref()),
            keys("legal", self.legal.as_ref()),
            keys("status", self.status.as_ref()),
        ]
        .concat()
    }
}

/// A JSON pointer, escaped because keys come from the request.
fn pointer(part: &str, key: &str) -> String {
    format!("/{part}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn set_or_remove<T>(map: &mut BTreeMap<String, T>, key: &str, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.remove(key)),
    }
}

/// A text of several lines. Returns it with normalised line ends.
fn text(fields: &mut Fields, pointer: &str, value: &str, most: usize) -> String {
    let value = value.replace("\r\n", "\n").trim().to_owned();
    let length = value.chars().count();
    if length == 0 {
        fields.bad(pointer, "This text is empty: send null to go back to ours.");
    } else if length > most {
        fields.bad(pointer, format!("This text has {length} characters, at most {most} are possible."));
    } else if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        fields.bad(pointer, "This holds a character that cannot be written.");
    }
    value
}

fn answer(fields: &mut Fields, pointer: &str, question: &data::Question, reply: &Reply) -> Reply {
    let is_option = |key: &str| question.options.iter().any(|(option, _)| *option == key);
    match (question.kind, reply) {
        (data::Kind::Many, Reply::Many(keys)) => {
            let mut chosen: Vec<String> = Vec::new();
            for key in keys {
                if !is_option(key) {
                    fields.bad(pointer, format!("\"{key}\" is none of the options."));
                } else if !chosen.contains(key) {
                    chosen.push(key.clone());
                }
            }
            if chosen.len() > 1 && chosen.iter().any(|key| key == "none") {
                fields.bad(pointer, "Either none of them, or some of them.");
            }
            Reply::Many(chosen)
        }
        (data::Kind::Many, Reply::One(_)) => {
            fields.bad(pointer, "This question takes a list of options.");
            reply.clone()
        }
        (_, Reply::Many(_)) => {
            fields.bad(pointer, "This question takes one answer, not a list.");
            reply.clone()
        }
        (data::Kind::Choice, Reply::One(key)) => {
            if !is_option(key) {
                fields.bad(pointer, "This is none of the options.");
            }
            reply.clone()
        }
        (data::Kind::Line, Reply::One(value)) => Reply::One(match question.key {
            "contact_email" => fields.email(pointer, value),
            "terms_url" => {
                let value = fields.name(pointer, value, 500);
                if !value.starts_with("https://") || value.contains(char::is_whitespace) {
                    fields.bad(pointer, "Enter a valid address that begins with https://.");
                }
                value
            }
            _ => fields.name(pointer, value, 200),
        }),
        (data::Kind::Text, Reply::One(value)) => Reply::One(text(fields, pointer, value, LONGEST_TEXT)),
    }
}

impl StatusChange {
    fn applied(&self, fields: &mut Fields, pointer: &str, before: Status) -> Status {
        let mut day = |name: &str, value: &Option<Option<String>>, before: Option<String>| match value {
            None => before,
            Some(None) => None,
            Some(Some(text)) => match text.trim().parse::<jiff::civil::Date>() {
                Ok(date) if text.trim().len() == 10 => Some(date.to_string()),
                _ => {
                    fields.bad(&format!("{pointer}/{name}"), "A day is written like 2026-11-22.");
                    None
                }
            },
        };
        let submitted_on = day("submitted_on", &self.submitted_on, before.submitted_on);
        let decided_on = day("decided_on", &self.decided_on, before.decided_on);
        // Dates of the same length can be compared as text.
        if let (Some(submitted), Some(decided)) = (&submitted_on, &decided_on)
            && decided < submitted
        {
            let detail = format!("Meta can't have decided before the submission on {submitted}.");
            fields.bad(&format!("{pointer}/decided_on"), detail);
        }
        let reason = match &self.reason {
            None => before.reason,
            Some(reason) => {
                reason.as_ref().map(|reason| text(fields, &format!("{pointer}/reason"), reason, LONGEST_TEXT))
            }
        };
        let kind = match &self.refusal {
            None => before.refusal,
            Some(kind) => kind.clone(),
        };
        if kind.as_deref().is_some_and(|kind| refusal::find(kind).is_none()) {
            fields.bad(
                &format!("{pointer}/refusal"),
                "This is none of Meta's usual refusals: leave it out, or choose one of the list.",
            );
        }
        Status { state: self.state.unwrap_or(before.state), submitted_on, decided_on, reason, refusal: kind }
    }
}
