//! What the administrative routes share: checking fields, audit rows, stale versions, paged lists.

use std::fmt::Display;

use axum::Json;
use engine::audit::act_by;
use serde::Serialize;
use store::Batch;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Items, Paging};
use crate::web::problem::{Answer, FieldError, Problem};

/// Collects what is wrong with a request, so that one answer names all of it.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Something is wrong with a field.
    pub fn bad(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
    }

    /// A name: one line that is not empty, at most `most` characters. Answers it without space around it.
    pub fn name(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        let length = value.chars().count();
        if length == 0 {
            self.bad(pointer, "This is needed.");
        } else if length > most {
            self.bad(pointer, format!("This has {length} characters, at most {most} are possible."));
        } else if value.chars().any(char::is_control) {
            self.bad(pointer, "This holds a character that cannot be written.");
        }
        value.to_owned()
    }

    /// An e-mail address, as far as its form shows.
    pub fn email(&mut self, pointer: &str, value: &str) -> String {
        let value = value.trim();
        let good = value.len() <= 254
            && !value.chars().any(|c| c.is_whitespace() || c.is_control())
            && value.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty()
                    && !host.is_empty()
                    && !host.contains('@')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
            });
        if !good {
            self.bad(pointer, "This is no e-mail address: write it as name@example.com.");
        }
        value.to_owned()
    }

    /// A number within limits.
    pub fn between(&mut self, pointer: &str, value: i64, least: i64, most: i64) {
        if !(least..=most).contains(&value) {
            self.bad(pointer, format!("This must be a number from {least} to {most}."));
        }
    }

    /// A template text of at most `most` characters.
    pub fn template(&mut self, pointer: &str, value: &str, most: usize) {
        if value.trim().is_empty() {
            self.bad(pointer, "This text is empty.");
        } else if value.chars().count() > most {
            self.bad(pointer, format!("This text is too long: at most {most} characters are possible."));
        } else if let Err(error) = domain::text::check(value) {
            self.bad(pointer, error.to_string());
        }
    }

    /// 422 with everything that was found.
    pub fn done(self) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::fields(self.0)) }
    }
}

/// 409 if `sent` is not the version that there is.
pub fn fresh(sent: Option<i64>, version: i64, current: &impl Serialize) -> Answer<()> {
    match sent {
        Some(sent) if sent != version => Err(Problem::stale(current)),
        _ => Ok(()),
    }
}

/// 409 for something that is taken already, with the field that says so.
pub fn taken(pointer: &str, detail: &str) -> Problem {
    let mut problem = Problem::conflict(detail);
    problem.errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
    problem
}

/// Writes an administrative act into its batch, and signals every process that its copy is stale.
pub fn act(app: &App, batch: &mut Batch, who: &Principal, action: &str, object: impl Display, detail: &str) {
    act_by(app, batch, Some(who.user.id), action, object, detail);
}

/// One page of a list that is short enough to be read as a whole. The cursor counts items.
pub fn page<T>(all: Vec<T>, paging: &Paging) -> Answer<Json<Items<T>>> {
    let limit = usize::try_from(paging.limit()?).unwrap_or(50);
    let start = paging.pair()?.map_or(0, |(start, _)| usize::try_from(start).unwrap_or(0));
    let more = all.len() > start.saturating_add(limit);
    let items = all.into_iter().skip(start).take(limit).collect();
    Ok(Json(Items { items, next: more.then(|| format!("{}-0", start + limit)) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_with_its_place() {
        let mut fields = Fields::default();
        assert_eq!(fields.name("/name", " Ann ", 80), "Ann");
        assert_eq!(fields.email("/email", " ann@example.com "), "ann@example.com");
        fields.name("/empty", " ", 80);
        fields.between("/number", 7, 8, 9);
        for bad in ["ann", "@example.com", "ann@", "a nn@example.com", "a@b@c"] {
            fields.email("/email", bad);
        }
        fields.template("/text", "Hello {{ contact.name", 100);
        let problem = fields.done().unwrap_err();
        assert_eq!(problem.errors.len(), 8, "{problem:?}");
        assert_eq!(problem.errors[0].pointer, "/empty");
    }

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
