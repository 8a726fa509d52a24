//! Which app has control of a thread, in Meta's ids: translated for `domain::turn::Turn` and for the thread's event
//! (meta-platform.md §5.4).

use channels::meta::INBOXES;
use domain::conversation::Holder;
use domain::inbound::{Control, ControlStep};
use domain::thread_event::{Receiver, ThreadEvent};
use domain::turn::Owner;

/// The receiver with this id of Meta's; None if Meta did not name it.
pub fn holder(app: Option<&str>) -> Holder {
    let inbox = app.is_some_and(|app| INBOXES.contains(&app));
    Holder { app: app.map(str::to_owned), inbox }
}

/// Who has control of the thread afterwards. `ours` is our App ID.
pub fn owner(step: &Control, ours: &str) -> Owner {
    match (step.step, step.to.as_deref()) {
        (ControlStep::Requested, _) => Owner::Unchanged,
        (_, Some(app)) if app == ours => Owner::Us,
        (_, Some(app)) => Owner::Other(holder(Some(app))),
        // Released: the thread is idle, and the first app that receives a message may answer.
        (ControlStep::Passed, None) => Owner::Unchanged,
        (ControlStep::Taken, None) if step.from.as_deref() == Some(ours) => Owner::Other(holder(None)),
        (ControlStep::Taken, None) => Owner::Unchanged,
    }
}

/// The event in the thread. `ours` is our App ID.
pub fn event(step: &Control, ours: &str) -> ThreadEvent {
    let receiver = |app: &str| if app == ours { Receiver::Deskbell } else { (&holder(Some(app))).into() };
    let (from, to) = (step.from.as_deref().map(receiver), step.to.as_deref().map(receiver));
    match step.step {
        ControlStep::Requested => ThreadEvent::ControlRequested { by: from },
        ControlStep::Passed => ThreadEvent::ControlPassed { from, to },
        ControlStep::Taken => ThreadEvent::ControlTaken { from, to },
    }
}

#[cfg(test)]
mod tests {
    use channels::meta::PAGE_INBOX;

    use super::*;

    fn step(step: ControlStep, from: Option<&str>, to: Option<&str>) -> Control {
        let own = |id: Option<&str>| id.map(str::to_owned);
        Control { key: "k".into(), step, from: own(from), to: own(to) }
    }

    #[test]
    fn the_new_owner_is_read_from_metas_ids() {
        use ControlStep::{Passed, Requested, Taken};
        let inbox = PAGE_INBOX;
        assert_eq!(owner(&step(Passed, Some(inbox), Some("100")), "100"), Owner::Us);
        assert_eq!(owner(&step(Taken, Some("100"), Some(inbox)), "100"), Owner::Other(holder(Some(inbox))));
        assert!(holder(Some(inbox)).inbox && !holder(Some("7")).inbox);
        assert_eq!(owner(&step(Taken, Some("100"), None), "100"), Owner::Other(holder(None)));
        assert_eq!(owner(&step(Taken, Some("5"), None), "100"), Owner::Unchanged);
        assert_eq!(owner(&step(Passed, Some("100"), None), "100"), Owner::Unchanged, "given up is nobody's");
        assert_eq!(owner(&step(Requested, Some("7"), None), "100"), Owner::Unchanged);
    }

    #[test]
    fn each_step_has_its_event() {
        use ControlStep::{Passed, Requested, Taken};
        let text = |it: Control| event(&it, "100").english();
        assert_eq!(text(step(Passed, None, Some("100"))), "The conversation was handed to Deskbell");
        assert_eq!(
            text(step(Taken, Some("100"), Some(PAGE_INBOX))),
            "The Page inbox took the conversation over from Deskbell"
        );
        assert_eq!(text(step(Requested, Some("7"), None)), "The app 7 asks to answer in this conversation");
        assert_eq!(text(step(Passed, Some("100"), None)), "Deskbell released the conversation");
    }
}
