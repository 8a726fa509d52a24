//! Users' preferences.

use domain::id::UserId;
use domain::user_settings::UserSettings;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Store, values};

statements! {
    /// The settings of a user.
    OF = "SELECT settings, version FROM user_settings WHERE user_id = $1";
    /// Sets them; $3 is the version that they were read in, 0 if there were none.
    PUT = "INSERT INTO user_settings (user_id, settings, version) VALUES ($1, $2, 1)
        ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings, version = user_settings.version + 1
        WHERE user_settings.version = $3";
}

/// The settings of a user, and their version: 0 if they never changed any.
pub async fn of(store: &Store, user: UserId) -> Result<(UserSettings, i64), Error> {
    let row = store.row(OF, values![user]).await?;
    Ok(row.map_or_else(Default::default, |row| (row.json(0), row.int(1))))
}

/// Sets them; a conflict unless `version` is the current one.
pub fn put(batch: &mut Batch, user: UserId, settings: &UserSettings, version: i64) {
    batch.must(PUT, values![user, json(settings), version]);
}
