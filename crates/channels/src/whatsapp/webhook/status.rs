//! The status of one of our messages (meta-platform.md §2.8).

use domain::inbound::{Inbound, InboundEvent, Progress, SendStatus};
use domain::not_applied::NotApplied;

use super::wire::{Error, Status};
use super::{Customer, Source, seconds, shown};
use crate::meta::error::GraphError;
use crate::meta::lenient::{List, Maybe};

/// Reads a status.
pub(super) fn read(source: &Source, status: &Status) -> Inbound {
    let is_group = status.recipient_type.get() == Some("group");
    let customer =
        if is_group { None } else { Customer::known(status.recipient_user_id.own(), status.recipient_id.get()) };
    let what = if is_group { NotApplied::StatusInGroup {}.into() } else { what(status) };
    source.of_customer(customer.unwrap_or_default(), seconds(status.timestamp), what)
}

fn what(status: &Status) -> InboundEvent {
    let Some(mid) = status.id.own() else { return NotApplied::StatusOfNothing {}.into() };
    let progress = match status.status.get().unwrap_or_default() {
        "sent" => Progress::Sent,
        "delivered" => Progress::Delivered,
        "read" => Progress::Read,
        "played" => Progress::Played,
        "failed" => Progress::Failed(error(&status.errors).unwrap_or_default().into()),
        "" => return NotApplied::StatusUnnamed {}.into(),
        other => return NotApplied::StatusNotHandled { status: shown(other).into() }.into(),
    };
    InboundEvent::Status(SendStatus { mid, metadata: status.biz_opaque_callback_data.own(), progress })
}

/// The first error that has a code. There was an answer to the request, so this is a refusal (§6.4).
pub(super) fn error(errors: &List<Maybe<Error>>) -> Option<GraphError> {
    let mut errors = errors.objects();
    let error = errors.find(|error| error.code.0.is_some_and(|code| code != 0))?;
    Some(GraphError {
        status: 400,
        code: error.code.0.unwrap_or_default(),
        is_transient: error.is_transient.0,
        ..GraphError::default()
    })
}
