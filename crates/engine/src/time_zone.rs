//! The time zone of the installation, a setting: where the days of the wallboard, of pause limits and of reports begin.

use jiff::tz::TimeZone;
use store::table::{calendar, setting};
use store::{Error, Store};

use crate::opening_hours::zone;

/// Where the setting is stored.
pub const KEY: &str = "time_zone";

/// A time zone and its name.
#[derive(Debug, Clone)]
pub struct Named {
    pub name: String,
    pub zone: TimeZone,
}

impl Default for Named {
    fn default() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }
}

/// The time zone that was set; else that of the first calendar, else UTC.
pub async fn read(store: &Store) -> Result<Named, Error> {
    let set = setting::get(store, KEY).await?;
    let name = match set.filter(|name| zone(name).is_some()) {
        Some(name) => Some(name),
        None => calendar::list(store).await?.into_iter().min_by_key(|it| it.id).map(|it| it.time_zone),
    };
    let found = name.and_then(|name| zone(&name).map(|zone| Named { name, zone }));
    Ok(found.unwrap_or_default())
}
