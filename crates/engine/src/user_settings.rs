//! Users' own settings: language, colours, sounds, notifications, quiet hours.

use domain::id::UserId;
use domain::user_settings::{Language, Notifications, QuietHours, Sounds, Theme, UserSettings};
use serde::{Deserialize, Serialize};
use store::Batch;
use store::table::user_settings;
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh, sent};
use crate::opening_hours::zone;
use crate::optimistic::{Attempt, optimistic};

/// A user's preferences.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UserSettings)]
pub struct UserSettingsView {
    /// The language of the screens; null for the browser's.
    pub language: Option<Language>,
    pub theme: Theme,
    pub sounds: Sounds,
    pub notifications: Notifications,
    /// The time without sounds and notifications; null for none.
    pub quiet_hours: Option<QuietHours>,
    /// What browsers subscribe to push notifications with (`applicationServerKey`).
    pub push_public_key: String,
    /// 0 until something is changed.
    pub version: i64,
}

impl UserSettingsView {
    fn new(app: &Engine, it: UserSettings, version: i64) -> Self {
        let UserSettings { language, theme, sounds, notifications, quiet_hours } = it;
        let push_public_key = app.vapid.public_key.clone();
        Self { language, theme, sounds, notifications, quiet_hours, push_public_key, version }
    }
}

/// Changes of one's own settings. Omitted fields are not changed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserSettingsChange)]
pub struct UserSettingsChange {
    /// Null for the browser's.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Language>)]
    pub language: Option<Option<Language>>,
    pub theme: Option<Theme>,
    pub sounds: Option<SoundsChange>,
    pub notifications: Option<NotificationsChange>,
    /// The quiet hours; null for none.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet_hours: Option<Option<QuietHours>>,
    pub version: Option<i64>,
}

/// Changes of the sounds.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SoundsChange {
    pub offers: Option<bool>,
    pub messages: Option<bool>,
    /// 0 to 100.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100)]
    pub volume: Option<i64>,
}

/// Changes of the notifications.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsChange {
    pub offers: Option<bool>,
    pub messages: Option<bool>,
    /// Failed steps of flows, for those who may change flows.
    pub flows: Option<bool>,
}

impl UserSettingsChange {
    fn applied(self, before: UserSettings) -> Result<UserSettings> {
        let mut fields = Fields::default();
        let UserSettings { language, theme, mut sounds, mut notifications, quiet_hours } = before;
        if let Some(it) = self.sounds {
            fields.between_if("/sounds/volume", it.volume, 0, 100);
            sounds.offers = it.offers.unwrap_or(sounds.offers);
            sounds.messages = it.messages.unwrap_or(sounds.messages);
            sounds.volume = it.volume.and_then(|it| u8::try_from(it).ok()).unwrap_or(sounds.volume);
        }
        if let Some(it) = self.notifications {
            notifications.offers = it.offers.unwrap_or(notifications.offers);
            notifications.messages = it.messages.unwrap_or(notifications.messages);
            notifications.flows = it.flows.unwrap_or(notifications.flows);
        }
        if let Some(Some(quiet)) = &self.quiet_hours {
            if zone(&quiet.time_zone).is_none() {
                let detail =
                    format!("\"{}\" is no time zone. Use an IANA name, such as Europe/Kyiv.", quiet.time_zone);
                fields.bad("/quiet_hours/time_zone", detail);
            }
            if quiet.from == quiet.to {
                fields.bad(
                    "/quiet_hours/to",
                    "These hours have no length. A whole day is written as 00:00 to 24:00.",
                );
            }
            if quiet.days.is_empty() || quiet.days.len() > 7 {
                fields.bad("/quiet_hours/days", "Name one to seven days, or send null for no quiet hours.");
            }
        }
        fields.done()?;
        Ok(UserSettings {
            language: self.language.unwrap_or(language),
            theme: self.theme.unwrap_or(theme),
            sounds,
            notifications,
            quiet_hours: self.quiet_hours.unwrap_or(quiet_hours),
        })
    }
}

/// The settings of a user.
pub async fn of(app: &Engine, user: UserId) -> Result<UserSettingsView> {
    let (settings, version) = user_settings::of(&app.store, user).await?;
    Ok(UserSettingsView::new(app, settings, version))
}

/// Changes the settings of a user.
pub async fn update(app: &Engine, user: UserId, change: UserSettingsChange) -> Result<UserSettingsView> {
    optimistic(&app.store, "user_settings", |_| async {
        let (before, version) = user_settings::of(&app.store, user).await?;
        fresh(change.version, version, &UserSettingsView::new(app, before.clone(), version))?;
        let after = change.clone().applied(before.clone())?;
        if after == before {
            return Ok(Attempt::Done(UserSettingsView::new(app, after, version)));
        }
        let mut batch = Batch::new();
        user_settings::put(&mut batch, user, &after, version);
        Ok::<_, Error>(Attempt::Commit(batch, UserSettingsView::new(app, after, version + 1)))
    })
    .await
}
