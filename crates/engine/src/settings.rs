//! Settings that administrators change while Deskbell runs: how long data is stored, the time zone, and the opt-out words.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::opt_out::OptOutWords;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::json::json;
use store::table::setting;
use store::{Batch, CommitError, Signal};
use utoipa::ToSchema;

use crate::ai::{self, Ai, AiChange};
use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::opening_hours;
use crate::opt_out;
use crate::retention::rules::{self, Rules};
use crate::time_zone;

/// The longest retention: ten years.
const LONGEST: i64 = 3_650;

/// How long data is stored, in days (0 means forever), the time zone, and the opt-out words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub struct SettingsView {
    /// A delivery from Meta that was processed or has failed.
    pub deliveries_days: i64,
    /// Deliveries that failed and were not dismissed.
    pub failed_deliveries_days: i64,
    /// Files of closed conversations.
    pub media_days: i64,
    /// Closed conversations, with contacts that have no other.
    pub closed_conversations_days: i64,
    /// The audit log.
    pub audit_days: i64,
    /// The time zone of the installation, an IANA name: where the days of the wallboard, of pause limits and of reports begin. Until
    /// it is set, it is that of the first calendar, or UTC.
    pub time_zone: String,
    /// The words with which customers refuse marketing messages, or allow them again, by language. Each counts only
    /// as a whole message.
    pub opt_out_words: OptOutWords,
    /// The language model that flows and agents may use.
    pub ai: Ai,
    pub version: i64,
}

impl SettingsView {
    fn new(rules: &Rules, time_zone: String, opt_out_words: OptOutWords, ai: Ai) -> Self {
        Self {
            deliveries_days: rules.deliveries,
            failed_deliveries_days: rules.failed_deliveries,
            media_days: rules.media,
            closed_conversations_days: rules.conversations,
            audit_days: rules.audit,
            time_zone,
            opt_out_words,
            ai,
            version: rules.version,
        }
    }
}

/// Changes of the settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChange)]
pub struct SettingsChange {
    /// 1 to 3,650.
    pub deliveries_days: Option<i64>,
    /// 1 to 3,650.
    pub failed_deliveries_days: Option<i64>,
    /// 0 to 3,650.
    pub media_days: Option<i64>,
    /// 0 to 3,650.
    pub closed_conversations_days: Option<i64>,
    /// 0, or 30 to 3,650.
    pub audit_days: Option<i64>,
    /// An IANA name, such as `Europe/Kyiv`.
    pub time_zone: Option<String>,
    /// Replaces the words of all languages.
    pub opt_out_words: Option<OptOutWords>,
    pub ai: Option<AiChange>,
    pub version: Option<i64>,
}

/// The settings.
pub async fn read(app: &Engine) -> Result<SettingsView> {
    let rules = rules::read(&rules::stored(app).await?);
    let zone = time_zone::read(&app.store).await?.name;
    Ok(SettingsView::new(&rules, zone, opt_out::read(&app.store).await?, ai::read(&app.store).await?))
}

/// The settings as the audit log compares them: those of the language model one by one, and of its key only whether it is there
/// or `replaced`.
fn logged(settings: &SettingsView, replaced: bool) -> Value {
    let mut fields = serde_json::to_value(settings).unwrap_or_default();
    let Some(all) = fields.as_object_mut() else { return fields };
    let ai = all.remove("ai").unwrap_or_default();
    for (name, value) in ai.as_object().into_iter().flatten().filter(|(name, _)| *name != "has_key") {
        all.insert(format!("ai.{name}"), value.clone());
    }
    let key = match (settings.ai.has_key, replaced) {
        (false, _) => "none",
        (true, false) => "stored",
        (true, true) => "another one",
    };
    all.insert("ai.key".into(), key.into());
    fields
}

/// Changes the settings. Data that is too old under the new settings is deleted within minutes.
pub async fn update(app: &Engine, by: UserId, change: SettingsChange) -> Result<SettingsView> {
    let stored = rules::stored(app).await?;
    let before = rules::read(&stored);
    let shown = read(app).await?;
    fresh(change.version, before.version, &shown)?;
    let after = Rules {
        deliveries: change.deliveries_days.unwrap_or(before.deliveries),
        failed_deliveries: change.failed_deliveries_days.unwrap_or(before.failed_deliveries),
        media: change.media_days.unwrap_or(before.media),
        conversations: change.closed_conversations_days.unwrap_or(before.conversations),
        audit: change.audit_days.unwrap_or(before.audit),
        version: before.version + 1,
    };
    let mut fields = Fields::default();
    fields.between("/deliveries_days", after.deliveries, 1, LONGEST);
    fields.between("/failed_deliveries_days", after.failed_deliveries, 1, LONGEST);
    fields.between("/media_days", after.media, 0, LONGEST);
    fields.between("/closed_conversations_days", after.conversations, 0, LONGEST);
    if after.audit != 0 && !(30..=LONGEST).contains(&after.audit) {
        fields.bad("/audit_days", format!("This must be 0 (forever) or a number from 30 to {LONGEST}."));
    }
    for (pointer, detail) in change.opt_out_words.iter().flat_map(OptOutWords::problems) {
        fields.bad(&format!("/opt_out_words{pointer}"), detail);
    }
    let zone = change.time_zone.as_deref().map(str::trim);
    if let Some(name) = zone.filter(|name| opening_hours::zone(name).is_none()) {
        fields.bad("/time_zone", format!("\"{name}\" is no time zone. Use an IANA name, such as Europe/Kyiv."));
    }
    let mut batch = Batch::new();
    let model = match &change.ai {
        Some(change) => ai::change(app, &mut batch, &mut fields, change).await?,
        None => shown.ai.clone(),
    };
    fields.done()?;
    if let Some(words) = &change.opt_out_words {
        setting::put(&mut batch, opt_out::KEY, &json(words));
    }
    if let Some(zone) = zone {
        setting::put(&mut batch, time_zone::KEY, zone);
    }
    let text = json(&after);
    let before = Some(stored.as_str()).filter(|stored| !stored.is_empty());
    setting::replace(&mut batch, rules::KEY, before, &text);
    let replaced = shown.ai.has_key && change.ai.as_ref().is_some_and(|change| change.key.is_some());
    let zone_after = zone.map_or_else(|| shown.time_zone.clone(), str::to_owned);
    let words_after = change.opt_out_words.unwrap_or_else(|| shown.opt_out_words.clone());
    let changed = SettingsView::new(&after, zone_after, words_after, model);
    let detail = AuditDetail::changed("", &logged(&shown, false), &logged(&changed, replaced));
    act_by(app, &mut batch, Some(by), "settings.update", "settings", detail);
    batch.notify(Signal::Retention);
    match app.store.commit(batch).await {
        Ok(_) => {
            app.reload().await?;
            Ok(SettingsView { time_zone: app.directory().time_zone.name.clone(), ..changed })
        }
        Err(CommitError::Conflict) => Err(Error::stale(&read(app).await?)),
        Err(error) => Err(error.into()),
    }
}
