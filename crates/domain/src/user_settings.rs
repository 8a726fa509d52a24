//! A user's preferences: language, colours, sounds, notifications, and quiet hours.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Day, Hours, TimeOfDay};
use crate::time::Micros;

/// A language of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Ukrainian.
    Uk,
}

/// The colours of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The setting of the device.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What makes a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Sounds {
    /// Whether offers ring.
    pub offers: bool,
    /// Messages in the user's own conversations, while their tab is not visible.
    pub messages: bool,
    /// How loud, from 0 to 100.
    pub volume: u8,
}

impl Default for Sounds {
    fn default() -> Self {
        Self { offers: true, messages: true, volume: 100 }
    }
}

/// What is shown as a notification while no screen of the user is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// Offers, and what changes the user's own status.
    pub offers: bool,
    /// Messages in the user's own conversations.
    pub messages: bool,
    /// Failed steps of flows, for those who may change flows. Also while they look at a screen: most screens do not
    /// show them.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "schema", schema(required))]
    pub flows: bool,
}

fn yes() -> bool {
    true
}

impl Default for Notifications {
    fn default() -> Self {
        Self { offers: true, messages: true, flows: true }
    }
}

/// The time without sounds and notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// On which days they begin; every day if left out.
    #[serde(default = "every_day")]
    pub days: Vec<Day>,
    /// When they begin.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "22:00"))]
    pub from: TimeOfDay,
    /// When they end: before or at `from` it is on the next day.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "07:00"))]
    pub to: TimeOfDay,
    /// The IANA name of the user's time zone, such as `Europe/Kyiv`.
    pub time_zone: String,
}

fn every_day() -> Vec<Day> {
    Day::ALL.to_vec()
}

impl QuietHours {
    /// Whether it is quiet at a moment, in the time zone that is named here.
    pub fn cover(&self, at: Micros, zone: &TimeZone) -> bool {
        let hours = Hours { days: self.days.clone(), from: self.from, to: self.to };
        Calendar { hours: vec![hours], exceptions: Vec::new() }.is_open(at, zone)
    }
}

/// What a user can be notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// An offer, or what changes the user's own status.
    Offers,
    /// A message in one of their own conversations.
    Messages,
    /// A step of a flow that failed.
    Flows,
}

/// The settings of one user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserSettings {
    /// None: the browser's language.
    pub language: Option<Language>,
    /// The colours.
    pub theme: Theme,
    /// What makes a sound.
    pub sounds: Sounds,
    /// What is shown as a notification.
    pub notifications: Notifications,
    /// The time without sounds and notifications.
    pub quiet_hours: Option<QuietHours>,
}

impl UserSettings {
    /// Whether a notification is shown at a moment. `zone` is the time zone of the quiet hours; None if there are
    /// none.
    pub fn shows(&self, what: Occasion, at: Micros, zone: Option<&TimeZone>) -> bool {
        let wanted = match what {
            Occasion::Offers => self.notifications.offers,
            Occasion::Messages => self.notifications.messages,
            Occasion::Flows => self.notifications.flows,
        };
        let is_quiet = self.quiet_hours.as_ref().zip(zone).is_some_and(|(quiet, zone)| quiet.cover(at, zone));
        wanted && !is_quiet
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn quiet_hours_run_past_midnight_in_the_users_own_zone() {
        let quiet: QuietHours = serde_json::from_str(
            r#"{"days":["mon","tue","wed","thu","sun"],"from":"22:00","to":"07:00","time_zone":"Europe/Kyiv"}"#,
        )
        .unwrap();
        let zone = TimeZoneDatabase::bundled().get(&quiet.time_zone).unwrap();
        let at = |text: &str| Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        // 2026-11-30 is a Monday; Kyiv is two hours ahead of UTC.
        assert!(!quiet.cover(at("2026-11-30T19:59:00Z"), &zone));
        assert!(quiet.cover(at("2026-11-30T20:00:00Z"), &zone));
        assert!(quiet.cover(at("2026-12-01T04:59:00Z"), &zone), "Tuesday morning");
        assert!(!quiet.cover(at("2026-12-01T05:00:00Z"), &zone));
        assert!(!quiet.cover(at("2026-12-04T21:00:00Z"), &zone), "Friday evening is not listed");
        let daily: QuietHours =
            serde_json::from_str(r#"{"from":"00:00","to":"24:00","time_zone":"UTC"}"#).unwrap();
        assert_eq!(daily.days.len(), 7);
        assert!(daily.cover(at("2026-12-05T12:00:00Z"), &TimeZone::UTC));
    }

    #[test]
    fn settings_of_before_a_field_was_added_are_read() {
        let read: UserSettings = serde_json::from_str(r#"{"theme":"dark"}"#).unwrap();
        assert_eq!(read, UserSettings { theme: Theme::Dark, ..UserSettings::default() });
        assert!(read.sounds.offers && read.notifications.messages);
        let before: UserSettings =
            serde_json::from_str(r#"{"notifications":{"offers":false,"messages":false}}"#).unwrap();
        assert!(before.shows(Occasion::Flows, Micros(0), None));
        let notifications = Notifications { offers: true, messages: false, flows: false };
        let mut quiet = UserSettings { notifications, ..read };
        let shows = |it: &UserSettings, what| it.shows(what, Micros(0), Some(&TimeZone::UTC));
        assert!(shows(&quiet, Occasion::Offers) && !shows(&quiet, Occasion::Messages));
        assert!(!shows(&quiet, Occasion::Flows));
        quiet.quiet_hours = serde_json::from_str(r#"{"from":"00:00","to":"24:00","time_zone":"UTC"}"#).unwrap();
        assert!(!shows(&quiet, Occasion::Offers));
    }
}
