//! The 24-hour window: who may still write to a customer, and on what basis (meta-platform.md §3.5). Meta decides in
//! the end; its refusal is handled where messages are sent.

use serde::{Deserialize, Serialize};

use crate::capabilities::WindowPolicy;
use crate::failure::Failure;
use crate::outbound::Speaker;
use crate::time::{DAY, HOUR, Micros};

/// Until when a customer can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Window {
    /// After this moment a message needs a tag; None if the customer never did anything that opens the window.
    pub closes_at: Option<Micros>,
    /// After this moment people may not write either; None without the feature.
    pub human_agent_until: Option<Micros>,
}

/// The window that the customer's last qualifying action opened. `human_agent_feature`: whether people may answer
/// longer, on channels with that feature.
pub fn window(last_user_at: Option<Micros>, policy: &WindowPolicy, human_agent_feature: bool) -> Window {
    let human_agent = policy.human_agent.filter(|_| human_agent_feature);
    Window {
        closes_at: last_user_at.map(|at| at.plus(policy.standard)),
        human_agent_until: last_user_at.zip(human_agent).map(|(at, longest)| at.plus(longest)),
    }
}

/// What Meta allows at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// Inside 24 hours: `RESPONSE`.
    Response,
    /// Inside 7 days, for a message that a person writes: `MESSAGE_TAG` with `HUMAN_AGENT`.
    HumanAgent,
    /// Not now, for this reason.
    Closed(Failure),
}

impl Permit {
    /// Whether the message may be sent.
    pub fn is_open(&self) -> bool {
        !matches!(self, Permit::Closed(_))
    }
}

/// Whether this speaker may write now. A bot is never treated as a person, however late it is.
pub fn may_send(now: Micros, window: &Window, policy: &WindowPolicy, speaker: Speaker) -> Permit {
    let (hours, days) = (policy.standard / HOUR, policy.human_agent.unwrap_or(0) / DAY);
    let Some(closes_at) = window.closes_at else {
        return Permit::Closed(Failure::WindowNeverOpened { hours });
    };
    if now < closes_at {
        return Permit::Response;
    }
    match (speaker, window.human_agent_until) {
        (Speaker::Agent, Some(until)) if now < until => Permit::HumanAgent,
        (Speaker::Bot, _) => Permit::Closed(Failure::WindowClosedToBots { hours }),
        (Speaker::Agent, Some(_)) => Permit::Closed(Failure::WindowClosedToPeople { hours, days }),
        (Speaker::Agent, None) => Permit::Closed(Failure::WindowClosed { hours, days }),
    }
}

/// Whether a comment may get its private reply now: only once, within `limit` microseconds, and while the comment
/// exists.
pub fn may_reply(
    now: Micros,
    written_at: Micros,
    replied_at: Option<Micros>,
    removed: bool,
    limit: i64,
) -> Result<(), Failure> {
    if replied_at.is_some() {
        return Err(Failure::CommentAnswered {});
    }
    if removed {
        return Err(Failure::CommentRemoved {});
    }
    let age = now.since(written_at);
    if age >= limit {
        return Err(Failure::CommentTooOld { days: age / DAY, limit: limit / DAY });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::not_applied::NotApplied;
    use crate::thread_event::ThreadEvent;
    use crate::time::SECOND;

    const POLICY: WindowPolicy = crate::capabilities::tests::SAMPLE.window;

    #[test]
    fn a_comment_is_answered_once_within_seven_days_while_it_is_there() {
        let wrote = Micros(1_000 * DAY);
        let why = |after, replied, removed| {
            let refused = may_reply(wrote.plus(after), wrote, replied, removed, 7 * DAY).err();
            refused.map(|why| why.english().to_string()).unwrap_or_default()
        };
        assert_eq!(why(0, None, false), "");
        assert_eq!(why(7 * DAY - 1, None, false), "");
        assert!(why(9 * DAY, None, false).contains("9 days old; Meta allows a private reply within 7 days"));
        assert!(why(7 * DAY, None, false).contains("7 days"));
        assert!(why(1, Some(wrote), false).contains("one per comment"));
        assert!(why(1, None, true).contains("removed"));
    }

    #[test]
    fn who_may_write_when() {
        use Speaker::{Agent, Bot};
        let wrote = Micros(1_000 * DAY);
        let table = [
            // time after the customer's message, feature, speaker: permit
            (0, false, Bot, "response"),
            (-5 * SECOND, false, Bot, "response"),
            (DAY - 1, false, Bot, "response"),
            (DAY, false, Bot, "closed"),
            (DAY, true, Bot, "closed"),
            (3 * DAY, true, Bot, "closed"),
            (23 * HOUR, true, Agent, "response"),
            (DAY - 1, false, Agent, "response"),
            (DAY, false, Agent, "closed"),
            (DAY, true, Agent, "human_agent"),
            (7 * DAY - 1, true, Agent, "human_agent"),
            (7 * DAY, true, Agent, "closed"),
        ];
        for (after, feature, speaker, expected) in table {
            let permit = may_send(wrote.plus(after), &window(Some(wrote), &POLICY, feature), &POLICY, speaker);
            let word = match &permit {
                Permit::Response => "response",
                Permit::HumanAgent => "human_agent",
                Permit::Closed(why) => {
                    let words = why.english();
                    assert!(words.reason.ends_with('.') && words.action.ends_with('.'));
                    "closed"
                }
            };
            assert_eq!(word, expected, "{after} µs later, feature {feature}, {speaker:?}");
            assert_eq!(permit.is_open(), expected != "closed");
        }
    }

    #[test]
    fn only_what_the_customer_does_opens_it() {
        use crate::inbound::{Echo, Form, InboundEvent, PolicyAction, Referral, Said};
        let message = |form| InboundEvent::Said(Said { mid: "m".into(), form, ..Said::default() });
        let react = |emoji: Option<&str>, by_page| InboundEvent::Reacted {
            mid: "m".into(),
            emoji: emoji.map(Into::into),
            by_page,
        };
        let (key, text) = ("k".to_owned(), "x".to_owned());
        let table = [
            ("a message", message(Form::Text), true),
            ("a picture", message(Form::Attachment), true),
            ("a call to action or a postback", message(Form::Postback), true),
            ("an advertisement with a message", message(Form::Referral), true),
            ("something that Messenger does not show", message(Form::Unsupported), true),
            ("a link into the thread", InboundEvent::Referral(Referral::default()), true),
            ("a reaction", react(Some("\u{2764}"), false), true),
            ("a reaction taken off", react(None, false), false),
            ("a reaction of the page's", react(Some("\u{2764}"), true), false),
            ("an edit", InboundEvent::Edited { mid: "m".into(), text: text.clone(), number: Some(1) }, false),
            ("an unsend", InboundEvent::Unsent { mid: "m".into() }, false),
            ("our own words", InboundEvent::Echo(Echo::default()), false),
            ("a delivery", InboundEvent::Delivered { mids: Vec::new(), watermark: Micros(1) }, false),
            ("a read", InboundEvent::Read { watermark: Micros(1) }, false),
            // A comment or a visitor's post allows one private reply and nothing else.
            ("a comment", InboundEvent::Notice { key, event: ThreadEvent::AccountLinked {} }, false),
            (
                "a policy warning",
                InboundEvent::PolicyAction { measure: PolicyAction::Warning, reason: Some(text) },
                false,
            ),
            ("another app's thread", NotApplied::AgentMessages {}.into(), false),
        ];
        for (act, happening, opens) in table {
            assert_eq!(happening.opens_window(), opens, "{act}");
        }
    }

    #[test]
    fn a_customer_who_never_wrote_is_out_of_reach_for_everyone() {
        for feature in [false, true] {
            let never = window(None, &POLICY, feature);
            assert_eq!(never, Window::default());
            for speaker in [Speaker::Bot, Speaker::Agent] {
                assert!(!may_send(Micros(0), &never, &POLICY, speaker).is_open());
            }
        }
    }

    #[test]
    fn the_countdown_shows_the_second_date_only_with_the_feature() {
        let at = Micros(5);
        assert_eq!(window(Some(at), &POLICY, false).human_agent_until, None);
        assert_eq!(window(Some(at), &POLICY, true).human_agent_until, Some(Micros(5 + 7 * DAY)));
        assert_eq!(window(Some(at), &POLICY, true).closes_at, Some(Micros(5 + DAY)));
    }
}
