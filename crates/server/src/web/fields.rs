//! Helpers for queries and responses of several handlers: pages of short lists, moments.

use axum::Json;
use domain::time::Micros;

use crate::web::auth::Principal;
use crate::web::extract::{Items, Paging};
use crate::web::problem::{Answer, Problem};

/// One page of a list that is short enough to be read completely. The cursor counts items.
pub fn page<T>(all: Vec<T>, paging: &Paging) -> Answer<Json<Items<T>>> {
    let limit = usize::try_from(paging.limit()?).unwrap_or(50);
    let start = paging.pair()?.map_or(0, |(start, _)| usize::try_from(start).unwrap_or(0));
    let more = all.len() > start.saturating_add(limit);
    let items = all.into_iter().skip(start).take(limit).collect();
    Ok(Json(Items { items, next: more.then(|| format!("{}-0", start + limit)) }))
}

/// A moment in the query.
pub fn moment(name: &str, text: Option<&str>) -> Answer<Option<Micros>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let at = text.parse::<jiff::Timestamp>();
    at.map(|at| Some(Micros(at.as_microsecond())))
        .map_err(|_| Problem::unreadable(format!("{name} must be a moment, such as 2026-11-22T16:00:00Z.")))
}

/// An id in the query, or `me` for an agent; None for all.
pub fn id_or_me(name: &str, text: Option<&str>, who: &Principal) -> Answer<Option<i64>> {
    match text {
        None | Some("" | "0") => Ok(None),
        Some("me") if name == "agent" => Ok(Some(who.user.id.0)),
        Some(text) => {
            text.parse::<i64>().map(Some).map_err(|_| Problem::unreadable(format!("{name} must be an id.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_and_go_on() {
        let paging = |limit, cursor: Option<&str>| Paging { limit, cursor: cursor.map(str::to_owned) };
        let Json(first) = page(vec![1, 2, 3], &paging(Some(2), None)).unwrap();
        assert_eq!((first.items, first.next.as_deref()), (vec![1, 2], Some("2-0")));
        let Json(rest) = page(vec![1, 2, 3], &paging(Some(2), Some("2-0"))).unwrap();
        assert_eq!((rest.items, rest.next), (vec![3], None));
        assert!(page(vec![1], &paging(Some(0), None)).is_err());
        assert!(page(vec![1], &paging(None, Some("x"))).is_err());
    }
}
