//! A login that accepts everything, without a browser: `POST /control/log-in`.

use super::{check, choose_person, finish};
use crate::dialog_view::asked;
use crate::graph::form_pairs;
use crate::shared::Shared;
use axum::http::header;
use std::collections::BTreeSet;

/// Goes through the dialog at this address as a person, with these Pages ticked and every permission granted. Returns
/// where the browser is redirected, or the error that the dialog would show.
pub fn agree(shared: &Shared, url: &str, person_id: &str, pages: BTreeSet<String>) -> Result<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let params = form_pairs(query).into_iter().collect();
    let (session, ticked) = {
        let world = shared.world();
        let mut session = check(&world, &params)?;
        choose_person(&world, &mut session, person_id)?;
        session.pages = Some(pages);
        let ticked = asked(&world, &session).into_iter().collect();
        (session, ticked)
    };
    let answer = finish(shared, "", &session, &ticked);
    let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
    location.map(str::to_owned).ok_or_else(|| "The dialog leads nowhere.".to_owned())
}
