//! The language model: any endpoint with OpenAI's chat completions API. Off until an administrator configures it;
//! until then nothing leaves the installation.

use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use store::table::setting;
use store::{Batch, Store};
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::fields::Fields;

const KEY: &str = "ai";
/// The purpose for which its key is encrypted.
const PURPOSE: &str = "ai key";

/// The language model, as shown in the settings. Its key is never returned.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Ai {
    /// The address of its API, without `/chat/completions`, such as `https://api.example/v1`; empty for none.
    pub url: String,
    /// The name of the model; empty for none.
    pub model: String,
    /// Whether flows may use it.
    pub enabled: bool,
    /// Whether agents may use it: for suggested replies, summaries and translations.
    pub agents: bool,
    /// Whether a key is stored.
    pub has_key: bool,
}

/// Changes of the language model. Omitted fields are not changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AiChange {
    pub url: Option<String>,
    pub model: Option<String>,
    /// Stored encrypted, and never returned.
    #[schema(value_type = Option<String>)]
    pub key: Option<Secret>,
    /// Whether flows may use it.
    pub enabled: Option<bool>,
    /// Whether agents may use it: for suggested replies, summaries and translations.
    pub agents: Option<bool>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredAi {
    url: String,
    model: String,
    enabled: bool,
    agents: bool,
    /// Encrypted; empty for none.
    key: String,
}

/// What is needed to call it.
pub(crate) struct AiSettings {
    pub url: String,
    pub model: String,
    pub key: Secret,
}

async fn stored(store: &Store) -> Result<StoredAi, store::Error> {
    let text = setting::get(store, KEY).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

impl From<&StoredAi> for Ai {
    fn from(it: &StoredAi) -> Self {
        Self {
            url: it.url.clone(),
            model: it.model.clone(),
            enabled: it.enabled,
            agents: it.agents,
            has_key: !it.key.is_empty(),
        }
    }
}

/// Reads its configuration.
pub(crate) async fn read(store: &Store) -> Result<Ai, store::Error> {
    Ok(Ai::from(&stored(store).await?))
}

/// What is needed to ask it for an agent; None while that is off.
pub(crate) async fn for_agents(app: &Engine) -> Result<Option<AiSettings>, store::Error> {
    let it = stored(&app.store).await?;
    Ok(Some(it).filter(|it| it.agents).and_then(|it| complete(app, it)))
}

/// What is needed to ask it for a flow; None while it is off or incomplete.
pub(crate) async fn usable(app: &Engine) -> Result<Option<AiSettings>, store::Error> {
    let it = stored(&app.store).await?;
    Ok(Some(it).filter(|it| it.enabled).and_then(|it| complete(app, it)))
}

/// What is needed to try it, also while it is off; None if it is not complete.
pub(crate) async fn tryable(app: &Engine) -> Result<Option<AiSettings>, store::Error> {
    Ok(complete(app, stored(&app.store).await?))
}

fn complete(app: &Engine, it: StoredAi) -> Option<AiSettings> {
    if it.url.is_empty() || it.model.is_empty() {
        return None;
    }
    let key = app.cipher.open(&it.key, PURPOSE).unwrap_or_default();
    Some(AiSettings { url: it.url, model: it.model, key: Secret(key) })
}

/// The address for chat completions.
pub(crate) fn completions(url: &str) -> String {
    let url = url.trim_end_matches('/');
    if url.ends_with("/chat/completions") { url.to_owned() } else { format!("{url}/chat/completions") }
}

/// The host of an address with scheme and port; None if it is no address.
fn origin(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// Checks a change and adds it to a batch. Returns the resulting settings.
pub(crate) async fn change(
    app: &Engine,
    batch: &mut Batch,
    fields: &mut Fields,
    change: &AiChange,
) -> Result<Ai, store::Error> {
    let mut it = stored(&app.store).await?;
    if let Some(url) = &change.url {
        let url = url.trim();
        if !it.key.is_empty() && change.key.is_none() && origin(url) != origin(&it.url) {
            fields.bad(
                "/ai/key",
                "The address has changed: enter its key as well. The stored key is only for the previous address.",
            );
        }
        if let Err(forbidden) = app.hooks.check(url).map(drop)
            && !url.is_empty()
        {
            fields.bad("/ai/url", forbidden.english());
        }
        url.clone_into(&mut it.url);
    }
    if let Some(model) = &change.model {
        if model.chars().count() > 200 {
            fields.bad("/ai/model", "At most 200 characters are possible.");
        }
        model.trim().clone_into(&mut it.model);
    }
    if let Some(key) = &change.key {
        it.key = if key.is_empty() { String::new() } else { app.cipher.seal(key, PURPOSE) };
    }
    it.enabled = change.enabled.unwrap_or(it.enabled);
    it.agents = change.agents.unwrap_or(it.agents);
    let is_on = it.enabled || it.agents;
    if is_on && it.url.is_empty() {
        fields.bad("/ai/url", "Say where the language model is before you switch it on.");
    }
    if is_on && it.model.is_empty() {
        fields.bad("/ai/model", "Say which model is asked before you switch it on.");
    }
    setting::put(batch, KEY, &store::json::json(&it));
    Ok(Ai::from(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_a_field_was_added_is_read() {
        let old = r#"{"url":"https://api.example/v1","model":"small","enabled":true,"key":"sealed"}"#;
        let read = Ai::from(&serde_json::from_str::<StoredAi>(old).unwrap());
        assert!(read.enabled && read.has_key && !read.agents, "{read:?}");
    }
}
