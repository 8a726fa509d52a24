//! Secrets of flows: values that they send to other programs and that can never be read back. Only their names are
//! shown.

use std::collections::BTreeMap;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::secret::Secret;
use serde::Serialize;
use store::Batch;
use store::table::flow_secret;
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::Result;
use crate::fields::Fields;

/// The most secrets.
const MOST: usize = 200;
/// The longest value, in bytes.
const LONGEST: usize = 8_192;
/// Values shorter than this are not masked: that would hide too much other text.
const SHORTEST_MASKED: usize = 5;

/// The names of the secrets.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowSecrets {
    /// In alphabetical order. Values are never returned.
    pub names: Vec<String>,
}

/// The purpose for which a secret is encrypted.
fn purpose(name: &str) -> String {
    format!("flow secret {name}")
}

/// The names of the secrets.
pub async fn read(app: &Engine) -> Result<FlowSecrets> {
    Ok(FlowSecrets { names: flow_secret::list(&app.store).await?.into_iter().map(|(name, _)| name).collect() })
}

/// Sets the given secrets; null removes one. Others are not changed.
pub async fn update(app: &Engine, by: UserId, change: BTreeMap<String, Option<Secret>>) -> Result<FlowSecrets> {
    let mut fields = Fields::default();
    for (name, value) in &change {
        let pointer = domain::flow::place(&["", name]);
        let is_name = (1..=64).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !is_name {
            fields.bad(
                &pointer,
                "A name is made of up to 64 letters a–z, digits and \"_\", and does not begin with a digit.",
            );
        }
        match value.as_ref().map(|value| value.len()) {
            Some(0) => fields.bad(&pointer, "The value is empty. Send null to remove the secret."),
            Some(length) if length > LONGEST => {
                fields.bad(&pointer, format!("At most {LONGEST} bytes are possible."))
            }
            _ => {}
        }
    }
    let mut names = read(app).await?.names;
    names.extend(change.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name.clone()));
    names.sort();
    names.dedup();
    if names.len() > MOST {
        fields.bad("", format!("There can be {MOST} secrets at most: remove some."));
    }
    fields.done()?;
    let mut batch = Batch::new();
    for (name, value) in &change {
        match value {
            Some(value) => flow_secret::put(&mut batch, name, &app.cipher.seal(value, &purpose(name))),
            None => flow_secret::delete(&mut batch, name),
        }
    }
    act_by(
        app,
        &mut batch,
        Some(by),
        "flow_secrets.update",
        "flow secrets",
        AuditDetail::fields(change.into_keys()),
    );
    app.store.commit(batch).await?;
    app.reload().await?;
    read(app).await
}

/// The value of a secret; None if there is none, or it was encrypted with another key.
pub(crate) fn value(app: &Engine, name: &str) -> Option<String> {
    app.cipher.open(app.directory().flow_secrets.get(name)?, &purpose(name))
}

/// Values of variables that are safe to show: an answer of another program may repeat a secret that it was sent.
pub(crate) fn masked(app: &Engine, vars: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let directory = app.directory();
    let known = directory.flow_secrets.keys().filter_map(|name| Some((name, value(app, name)?)));
    let known: Vec<_> = known.filter(|(_, value)| value.len() >= SHORTEST_MASKED).collect();
    let mask = |text: &String| {
        known.iter().fold(text.clone(), |text, (name, value)| text.replace(value, &format!("[{name}]")))
    };
    vars.iter().map(|(name, text)| (name.clone(), mask(text))).collect()
}
