//! Searches wait for each other: each user's one after the other.

use crate::app::App;
use crate::searches::Turn;
use crate::web::auth::Principal;
use crate::web::problem::{Answer, Problem};

/// The right to search for words, held while the search runs; None if there are no search words.
pub async fn turn<'a>(app: &'a App, who: &Principal, words: &str) -> Answer<Option<Turn<'a>>> {
    if words.trim().is_empty() {
        return Ok(None);
    }
    match app.searches.turn(who.user.id).await {
        Some(turn) => Ok(Some(turn)),
        None => Err(Problem::wait(2, "Too many of your searches are running: wait until they have ended.")),
    }
}
