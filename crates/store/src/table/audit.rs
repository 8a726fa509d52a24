//! The audit log: what administrators and the server itself did.

use domain::audit_detail::AuditDetail;
use domain::id::{ContactId, Ids, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::text::begins_with;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Records an administrative action.
    AUDIT = "INSERT INTO audit (id, at, user_id, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    /// What was known of a contact before and after changes goes with the contact. $2 is the detail that stays.
    FORGET_CONTACT = "UPDATE audit SET detail = $2 WHERE object = $1 AND action = 'contact.update'";
    /// Administrative actions, newest first. $1 user (0 for all), $2 prefix of the action (a LIKE pattern or empty),
    /// $3 ids below this one, $4 the limit.
    AUDIT_LIST = "SELECT a.id, a.at, a.user_id, coalesce((SELECT u.name FROM users u WHERE u.id = a.user_id), ''), a.action, a.object, a.detail
        FROM audit a WHERE (a.user_id = $1 OR $1 = 0) AND ($2 = '' OR a.action LIKE $2 ESCAPE '!') AND a.id < $3 ORDER BY a.id DESC LIMIT $4";
}

/// Adds an entry to the batch of its change.
pub fn insert(
    batch: &mut Batch,
    ids: &mut dyn Ids,
    at: Micros,
    by: Option<UserId>,
    action: &str,
    object: &str,
    detail: AuditDetail,
) {
    batch.push(AUDIT, values![ids.next(), at, by, action, object, json(&detail)]);
}

/// Removes what entries say of a contact who is deleted.
pub fn forget_contact(batch: &mut Batch, contact: ContactId) {
    batch.push(FORGET_CONTACT, values![format!("contact {contact}"), json(&AuditDetail::Nothing {})]);
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: Micros,
    /// The user, with their name; None for the server itself.
    pub user: Option<(UserId, String)>,
    /// The action.
    pub action: String,
    /// The object.
    pub object: String,
    /// Details.
    pub detail: AuditDetail,
}

fn from_row(row: &Row) -> Line {
    Line {
        id: row.int(0),
        at: Micros(row.int(1)),
        user: row.opt_int(2).map(|id| (UserId(id), row.text(3))),
        action: row.text(4),
        object: row.text(5),
        detail: row.json(6),
    }
}

/// Entries with ids below `below`, newest first: of a user, or of all; of actions with a prefix, or of all.
pub async fn list(
    store: &Store,
    user: Option<UserId>,
    action: &str,
    below: i64,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    let params = values![user.map_or(0, |id| id.0), begins_with(action), below, limit];
    Ok(store.rows(AUDIT_LIST, params).await?.iter().map(from_row).collect())
}
