//! The words by which customers refuse marketing messages: a setting.

use domain::opt_out::OptOutWords;
use store::table::setting;
use store::{Error, Store};

/// Where the setting is stored.
pub const KEY: &str = "opt_out_words";

/// The configured words; the defaults if there are none.
pub async fn read(store: &Store) -> Result<OptOutWords, Error> {
    let stored = setting::get(store, KEY).await?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
