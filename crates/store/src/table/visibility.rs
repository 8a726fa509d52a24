//! The SQL of `domain::visibility`, for statements that must not read what a user may not see: lists, searches, and
//! checks for existence. `tests/rows/visibility.rs` compares it with the domain's rule.

use domain::visibility::Viewer;

use crate::{Value, values};

/// Whether the viewer of three parameters ([`params`]) may see conversation `c`: their id, what they can see, and the
/// queues that they serve.
macro_rules! seen_by {
    ($user:literal, $visibility:literal, $queues:literal) => {
        concat!(
            "(",
            $visibility,
            " = 'all'
             OR (c.isolated = 1 AND ",
            $queues,
            " LIKE '%,' || c.queue_id || ',%')
             OR (c.isolated = 0 AND ",
            $visibility,
            " = 'agent' AND (
                 (c.state IN ('active', 'snoozed', 'waiting', 'wrap_up') AND c.agent_id = ",
            $user,
            ")
                 OR (c.colleagues <> '' AND c.colleagues LIKE '%,' || CAST(",
            $user,
            " AS BIGINT) || ',%')
                 OR (c.state = 'closed' AND c.last_agent_id = ",
            $user,
            ")
                 OR (c.state = 'offered' AND (c.offered_to = ",
            $user,
            " OR c.offered_by = ",
            $user,
            "))
                 OR (c.state IN ('queued', 'offered') AND ",
            $queues,
            " LIKE '%,' || c.queue_id || ',%')
                 OR c.contact_id IN (",
            $crate::table::visibility::held_contacts!($user),
            "))))"
        )
    };
}
pub(crate) use seen_by;

/// The contacts of conversations that an agent holds now.
macro_rules! held_contacts {
    ($user:literal) => {
        concat!(
            "SELECT h.contact_id FROM conversation h WHERE h.agent_id = ",
            $user,
            " AND h.state IN ('active', 'snoozed', 'waiting')"
        )
    };
}
pub(crate) use held_contacts;

/// The parameters of [`seen_by`].
pub(crate) fn params(viewer: &Viewer) -> Vec<Value> {
    let queues: String = viewer.queues.iter().map(|queue| format!("{queue},")).collect();
    values![viewer.user, viewer.visibility().word(), format!(",{queues}")]
}
