//! Settings that administrators change while Deskbell runs: how long data is stored.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::table::{message, setting};
use store::{Batch, CommitError, Signal};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Body;
use crate::web::fields::{Fields, act, fresh};
use crate::web::problem::{Answer, Problem};
use engine::retention::rules::{self, Rules};

/// Ten years.
const LONGEST: i64 = 3_650;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, update))
}

/// How long things are kept, in days; 0 is for ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
struct SettingsOut {
    /// What Meta delivered, once it came to its end.
    deliveries_days: i64,
    /// Deliveries that failed and were not dismissed.
    failed_deliveries_days: i64,
    /// Files of closed conversations.
    media_days: i64,
    /// Closed conversations, with contacts that have no other.
    closed_conversations_days: i64,
    /// The audit log.
    audit_days: i64,
    version: i64,
}

impl From<Rules> for SettingsOut {
    fn from(rules: Rules) -> Self {
        Self {
            deliveries_days: rules.deliveries,
            failed_deliveries_days: rules.failed_deliveries,
            media_days: rules.media,
            closed_conversations_days: rules.conversations,
            audit_days: rules.audit,
            version: rules.version,
        }
    }
}

/// What changes about the settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChange)]
struct Change {
    /// 1 to 3,650.
    deliveries_days: Option<i64>,
    /// 1 to 3,650.
    failed_deliveries_days: Option<i64>,
    /// 0 to 3,650.
    media_days: Option<i64>,
    /// 0 to 3,650.
    closed_conversations_days: Option<i64>,
    /// 0, or 30 to 3,650.
    audit_days: Option<i64>,
    version: Option<i64>,
}

/// The settings.
#[utoipa::path(get, path = "/settings", tag = "settings", responses((status = 200, body = SettingsOut)))]
async fn get(State(app): State<App>) -> Answer<Json<SettingsOut>> {
    Ok(Json(rules::read(&rules::stored(&app).await?).into()))
}

/// Changes the settings. What becomes too old by it goes within minutes.
#[utoipa::path(patch, path = "/settings", tag = "settings", request_body = Change,
    responses((status = 200, body = SettingsOut)))]
async fn update(State(app): State<App>, who: Principal, Body(change): Body<Change>) -> Answer<Json<SettingsOut>> {
    let stored = rules::stored(&app).await?;
    let before = rules::read(&stored);
    fresh(change.version, before.version, &SettingsOut::from(before.clone()))?;
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
        fields.bad("/audit_days", format!("This must be 0 (for ever) or a number from 30 to {LONGEST}."));
    }
    fields.done()?;
    let mut batch = Batch::new();
    let text = message::json(&after);
    let before = Some(stored.as_str()).filter(|stored| !stored.is_empty());
    setting::replace(&mut batch, rules::KEY, before, &text);
    let detail = format!(
        "deliveries {}, failed {}, media {}, conversations {}, audit {} days",
        after.deliveries, after.failed_deliveries, after.media, after.conversations, after.audit
    );
    act(&app, &mut batch, &who, "settings.update", "retention", &detail);
    batch.notify(Signal::Retention);
    match app.store.commit(batch).await {
        Ok(_) => Ok(Json(after.into())),
        Err(CommitError::Conflict) => {
            let now = rules::read(&rules::stored(&app).await?);
            Err(Problem::stale(&SettingsOut::from(now)))
        }
        Err(error) => Err(error.into()),
    }
}
