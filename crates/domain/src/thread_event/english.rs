//! The English of thread events: the only place where they are worded.

use super::{
    AgentGone, CloseReason, CommentKind, FeedbackAnswer, OverflowCause, Receiver, SnoozeEnd, SystemClose,
    TemplateFault, ThreadEvent, TransferEnd,
};
use crate::inbound::{Booking, Referral};
use crate::time::{Micros, SECOND};

impl ThreadEvent {
    /// The event as an English sentence, without a full stop at its end.
    pub fn english(&self) -> String {
        match self {
            ThreadEvent::ToQueue { queue: Some(queue) } => format!("Bot handed over to {queue}"),
            ThreadEvent::ToQueue { queue: None } => "Bot handed over to the queue".into(),
            ThreadEvent::Accepted { agent, waited_seconds } => {
                format!("{agent} accepted after {}", duration(*waited_seconds))
            }
            ThreadEvent::TakenOver { by } => format!("{by} took over"),
            ThreadEvent::TransferredToQueue { by, queue: to }
            | ThreadEvent::TransferredToAgent { by, agent: to } => {
                format!("{by} transferred to {to}")
            }
            ThreadEvent::TransferOffered { by, agent } => format!("{by} offered the conversation to {agent}"),
            ThreadEvent::TransferReturned { agent, to, cause } => transfer_returned(agent, to.as_deref(), *cause),
            ThreadEvent::TransferredToBot { by } => format!("{by} handed the conversation back to the bot"),
            ThreadEvent::Requeued { agent, cause } => requeued(agent, *cause),
            ThreadEvent::Overflowed { from, to, cause: OverflowCause::Full } => {
                format!("{from} is full. The customer waits in {to}")
            }
            ThreadEvent::Overflowed { from, to, cause: OverflowCause::WaitedTooLong } => {
                format!("No agent of {from} was available in time. The customer waits in {to}")
            }
            ThreadEvent::AgentSilent { agent, seconds } => {
                let after = duration(*seconds);
                format!(
                    "{agent} has not answered for {after}. After another {after} the conversation goes to a colleague"
                )
            }
            ThreadEvent::Snoozed { by, until: Some(until) } => {
                format!("{by} snoozed the conversation until {}", until.replace('T', " ").replace('Z', " UTC"))
            }
            ThreadEvent::Snoozed { by, until: None } => {
                format!("{by} set the conversation aside until the customer writes")
            }
            ThreadEvent::SnoozeEnded { cause, by, agent, queued } => {
                snooze_ended(*cause, by.as_deref(), agent, *queued)
            }
            ThreadEvent::ReopenedByCustomer { agent, queued } => {
                format!("The customer wrote again. {}", back_with(agent, *queued))
            }
            ThreadEvent::Invited { by, agent } => format!("{by} invited {agent}"),
            ThreadEvent::Joined { agent } => format!("{agent} joined"),
            ThreadEvent::InvitationEnded { agent, cause } => match cause {
                TransferEnd::Declined => format!("{agent} declined the invitation"),
                TransferEnd::Missed => format!("{agent} did not answer the invitation"),
                TransferEnd::TakenBack => format!("The invitation of {agent} was taken back"),
                TransferEnd::Unavailable => format!("{agent} is not available"),
            },
            ThreadEvent::Left { agent, by: None } => format!("{agent} left"),
            ThreadEvent::Left { agent, by: Some(by) } => format!("{by} removed {agent}"),
            ThreadEvent::Closed { by, reason: Some(reason) } => format!("{by} closed the conversation: {reason}"),
            ThreadEvent::Closed { by, reason: None } => format!("{by} closed the conversation"),
            ThreadEvent::Reopened { by } => format!("{by} reopened the conversation"),
            ThreadEvent::ClosedByBot { reason: Some(reason) } => format!("Bot closed the conversation: {reason}"),
            ThreadEvent::ClosedByBot { reason: None } => "Bot closed the conversation".into(),
            ThreadEvent::ClosedBySystem { cause } => cause.english().into(),
            ThreadEvent::TextsLeftOut { hours } => format!(
                "Automatic texts were not sent: they are allowed within {hours} hours of the customer’s last message"
            ),
            ThreadEvent::TemplateNotSent { template, cause } => {
                format!("The template {template} was not sent: {}", cause.english())
            }
            ThreadEvent::FlowFailed { node, fault } => {
                format!("The flow failed at its step “{node}”: {} An agent takes over", fault.english())
            }
            ThreadEvent::EntryPointUsed { name } => format!(
                "The customer asked for “{name}”. Close this conversation, then ask them to use the link or the code word again"
            ),
            ThreadEvent::ControlTakenByAgent { by, from } => {
                format!("{by} took the conversation over from {}", from.english())
            }
            ThreadEvent::ControlPassedByAgent { by, to } => {
                format!("{by} handed the conversation to {}", to.english())
            }
            ThreadEvent::ControlTaken { from, to } => control_taken(from.as_ref(), to.as_ref()),
            ThreadEvent::ControlPassed { from, to } => control_passed(from.as_ref(), to.as_ref()),
            ThreadEvent::ControlRequested { by } => {
                let app = by.clone().unwrap_or(Receiver::App { id: None });
                capitalized(&format!("{} asks to answer in this conversation", app.english()))
            }
            ThreadEvent::PrivateReply { by, to, quote, removed } => {
                private_reply(by, *to, quote.as_deref(), *removed)
            }
            ThreadEvent::PrivateReplyElsewhere { by, reply } => {
                let by = by.as_deref().unwrap_or("Someone");
                with_quote(&format!("{by} replied privately to a comment of this customer"), reply.as_deref())
            }
            // What customers do outside of messages.
            ThreadEvent::AccountLinked {} => "The customer linked their account".into(),
            ThreadEvent::AccountUnlinked {} => "The customer unlinked their account".into(),
            ThreadEvent::OptedIn { subject } => with_subject("The customer opted in on a website", subject),
            ThreadEvent::NotificationsAllowed { subject } => {
                with_subject("The customer agreed to notifications", subject)
            }
            ThreadEvent::NotificationsStopped { subject } => {
                with_subject("The customer stopped notifications", subject)
            }
            ThreadEvent::OneNotificationRequested { subject } => {
                with_subject("The customer asked to be notified once", subject)
            }
            ThreadEvent::AnswerRated { rating: Some(rating) } => format!("The customer rated an answer: {rating}"),
            ThreadEvent::AnswerRated { rating: None } => "The customer rated an answer".into(),
            ThreadEvent::FeedbackGiven { answers } if answers.is_empty() => {
                "The customer answered the feedback form".into()
            }
            ThreadEvent::FeedbackGiven { answers } => {
                let answers: Vec<_> = answers.iter().map(FeedbackAnswer::english).collect();
                format!("The customer answered the feedback form: {}", answers.join(", "))
            }
            ThreadEvent::CouponOpened { coupon: Some(code) } => format!("The customer opened the coupon {code}"),
            ThreadEvent::CouponOpened { coupon: None } => "The customer opened a coupon".into(),
            ThreadEvent::FormFilledIn { form: Some(form) } => format!("The customer filled in the form {form}"),
            ThreadEvent::FormFilledIn { form: None } => "The customer filled in a form".into(),
            ThreadEvent::AppointmentChanged { status: Some(status) } => format!("Appointment {status}"),
            ThreadEvent::AppointmentChanged { status: None } => "An appointment changed".into(),
        }
    }
}

impl FeedbackAnswer {
    fn english(&self) -> String {
        if self.written { format!("“{}”", self.text) } else { self.text.clone() }
    }
}

impl TemplateFault {
    /// The reason, within a sentence.
    pub fn english(self) -> &'static str {
        match self {
            TemplateFault::NotOnChannel => "this channel has no templates",
            TemplateFault::Unknown => "there is no template of this name and language",
            TemplateFault::NotApproved => "Meta has not approved it, or has paused it",
            TemplateFault::Variables => "a value is missing, too long, or has no place in it",
            TemplateFault::MarketingStopped => "the customer wants no marketing messages",
        }
    }
}

impl Receiver {
    /// Its name within a sentence.
    pub fn english(&self) -> String {
        match self {
            Receiver::Deskbell => "Deskbell".into(),
            Receiver::Inbox => "the Page inbox".into(),
            Receiver::App { id: Some(id) } => format!("the app {id}"),
            Receiver::App { id: None } => "another app".into(),
        }
    }
}

impl SystemClose {
    /// What happened.
    fn english(self) -> &'static str {
        match self {
            SystemClose::PageRemoved => "The Page was removed from Deskbell",
            SystemClose::GatewayRemoved => "The gateway was removed from Deskbell",
            SystemClose::EntryPointUsed => {
                "The customer came by a link or code word. This began a conversation of its own"
            }
            SystemClose::EntryPointEnded => "The link or code word by which the customer came has ended",
            SystemClose::ContinuedElsewhere => {
                "The customer already had an open conversation. This one continues there"
            }
            SystemClose::CampaignSent => {
                "It holds a message of a campaign. The customer's answer begins a new one"
            }
            SystemClose::CustomerSilent => "The customer did not answer",
            SystemClose::FoundByCatchUp => "Found later in the Page’s conversations",
        }
    }
}

/// Why a conversation was closed, in English.
pub fn close_reason(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Given(reason) => reason.clone(),
        CloseReason::System { system } => system.english().to_owned(),
    }
}

/// Where a customer came from, in English: the text of a referral that has none of its own.
pub fn came_by(referral: &Referral) -> String {
    let what = if referral.source.as_deref() == Some("ADS") { "an advertisement" } else { "a link" };
    referral.name().map_or_else(|| format!("Came by {what}"), |name| format!("Came by {what}: {name}"))
}

/// An appointment, in English: "Appointment confirmed: 2026-03-05 14:00 to 15:00 UTC".
pub fn appointment(booking: &Booking) -> String {
    let mut text = format!("Appointment {}", booking.status);
    if let Some(start) = booking.starts_at {
        text.push_str(&format!(": {}", utc(start)));
        if let Some(end) = booking.ends_at {
            text.push_str(&format!(" to {}", utc(end)));
        }
        text.push_str(" UTC");
    }
    if let Some(zone) = &booking.timezone {
        text.push_str(&format!(" (the customer's time zone is {zone})"));
    }
    text
}

/// A story that mentions the business, in English.
pub fn story_mention() -> String {
    "Mentioned you in their story".into()
}

/// View-once media, in English.
pub fn view_once() -> String {
    "A photo or video that can be viewed once: only the app of the channel shows it".into()
}

fn requeued(agent: &str, cause: AgentGone) -> String {
    let gone = match cause {
        AgentGone::Deactivated => "has left",
        AgentGone::NotAgent => "no longer takes conversations",
        AgentGone::ConnectionLost => "disconnected",
        AgentGone::WentOffline => "went offline",
        AgentGone::Silent => "did not answer",
    };
    format!("{agent} {gone}. The conversation is back in the queue")
}

fn back_with(agent: &str, queued: bool) -> String {
    if queued {
        format!("{agent} is not available, so the customer is waiting in the queue")
    } else {
        format!("The conversation is back with {agent}")
    }
}

fn snooze_ended(cause: SnoozeEnd, by: Option<&str>, agent: &str, queued: bool) -> String {
    let why = match (cause, by) {
        (SnoozeEnd::Hand, Some(by)) if by == agent && !queued => {
            return format!("{by} brought the conversation back");
        }
        (SnoozeEnd::Hand, by) => format!("{} ended the snooze", by.unwrap_or(agent)),
        (SnoozeEnd::Time, _) => "The snooze is over".into(),
        (SnoozeEnd::Customer, _) => "The customer wrote".into(),
    };
    format!("{why}. {}", back_with(agent, queued))
}

fn transfer_returned(agent: &str, to: Option<&str>, cause: TransferEnd) -> String {
    let end = match (cause, to) {
        (TransferEnd::TakenBack, Some(to)) => return format!("{to} took the conversation back from {agent}"),
        (TransferEnd::Declined, _) => "declined",
        (TransferEnd::Missed, _) => "did not answer the offer",
        (TransferEnd::Unavailable | TransferEnd::TakenBack, _) => "is not available",
    };
    match to {
        Some(to) => format!("{agent} {end}. The conversation is back with {to}"),
        None => format!("{agent} {end}. The conversation is back in the queue"),
    }
}

fn control_taken(from: Option<&Receiver>, to: Option<&Receiver>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => {
            capitalized(&format!("{} took the conversation over from {}", to.english(), from.english()))
        }
        (None, Some(to)) => capitalized(&format!("{} took the conversation over", to.english())),
        (from, None) => released(from),
    }
}

fn control_passed(from: Option<&Receiver>, to: Option<&Receiver>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => {
            capitalized(&format!("{} handed the conversation to {}", from.english(), to.english()))
        }
        (None, Some(to)) => format!("The conversation was handed to {}", to.english()),
        (from, None) => released(from),
    }
}

fn released(from: Option<&Receiver>) -> String {
    from.map_or_else(
        || "Control of the conversation changed".into(),
        |from| capitalized(&format!("{} released the conversation", from.english())),
    )
}

fn private_reply(by: &str, to: CommentKind, quote: Option<&str>, removed: bool) -> String {
    let to = match to {
        CommentKind::Comment => "comment",
        CommentKind::Post => "post",
    };
    if removed {
        return format!("{by} replied privately to a {to} that has since been removed");
    }
    with_quote(&format!("{by} replied privately to a {to}"), quote)
}

fn with_quote(sentence: &str, quote: Option<&str>) -> String {
    quote.map_or_else(|| sentence.to_owned(), |quote| format!("{sentence}: “{quote}”"))
}

fn with_subject(sentence: &str, subject: &Option<String>) -> String {
    subject.as_ref().map_or_else(|| sentence.to_owned(), |subject| format!("{sentence} ({subject})"))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A duration as `0:41`, `12:05` or `1:02:10`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A moment as `2026-03-05 14:00`. The calendar runs in eras of 400 years that
/// begin on a first of March, so that the leap day is the last day of a year.
fn utc(at: Micros) -> String {
    let seconds = at.0.div_euclid(SECOND);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let from_march = days + 719_468;
    let (era, day) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year + i64::from(month >= 10), (month + 2) % 12 + 1);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", second / 3_600, second % 3_600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(id: &str) -> Receiver {
        Receiver::App { id: Some(id.into()) }
    }

    #[test]
    fn each_step_of_control_has_its_sentence() {
        let text = |event: ThreadEvent| event.english();
        let (us, inbox) = (Receiver::Deskbell, Receiver::Inbox);
        assert_eq!(
            text(ThreadEvent::ControlPassed { from: None, to: Some(us.clone()) }),
            "The conversation was handed to Deskbell"
        );
        assert_eq!(
            text(ThreadEvent::ControlTaken { from: Some(us.clone()), to: Some(inbox) }),
            "The Page inbox took the conversation over from Deskbell"
        );
        assert_eq!(
            text(ThreadEvent::ControlRequested { by: Some(app("7")) }),
            "The app 7 asks to answer in this conversation"
        );
        assert_eq!(
            text(ThreadEvent::ControlRequested { by: None }),
            "Another app asks to answer in this conversation"
        );
        assert_eq!(
            text(ThreadEvent::ControlPassed { from: Some(us), to: None }),
            "Deskbell released the conversation"
        );
    }

    #[test]
    fn moments_are_written_as_calendars_do() {
        let utc = |seconds: i64| utc(Micros(seconds * SECOND));
        assert_eq!(utc(0), "1970-01-01 00:00");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00");
        assert_eq!(utc(1_772_719_200), "2026-03-05 14:00");
        assert_eq!(utc(-1), "1969-12-31 23:59");
        assert_eq!(utc(1_798_761_540), "2026-12-31 23:59");
    }

    #[test]
    fn an_appointment_says_what_is_known_of_it() {
        let whole = Booking {
            status: "confirmed".into(),
            starts_at: Some(Micros(1_772_719_200 * SECOND)),
            ends_at: Some(Micros(1_772_722_800 * SECOND)),
            timezone: Some("Europe/Kyiv".into()),
        };
        assert_eq!(
            appointment(&whole),
            "Appointment confirmed: 2026-03-05 14:00 to 2026-03-05 15:00 UTC (the customer's time zone is Europe/Kyiv)"
        );
        let bare = Booking { starts_at: None, timezone: None, ..whole };
        assert_eq!(appointment(&bare), "Appointment confirmed");
    }

    #[test]
    fn durations_are_written_like_a_clock() {
        for (seconds, text) in [(-1, "0:00"), (41, "0:41"), (725, "12:05"), (3_730, "1:02:10")] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn a_removed_comment_is_quoted_no_more() {
        let quote = Some("How much?".to_owned());
        let event = ThreadEvent::PrivateReply { by: "Ben".into(), to: CommentKind::Post, quote, removed: false };
        assert_eq!(event.english(), "Ben replied privately to a post: “How much?”");
        assert_eq!(event.quoted(), "How much?");
        let after = event.without_comment().unwrap();
        assert_eq!(after.english(), "Ben replied privately to a post that has since been removed");
        assert_eq!(after.quoted(), "");
    }

    #[test]
    fn events_are_a_code_with_arguments_in_json() {
        let event = ThreadEvent::Accepted { agent: "Ben".into(), waited_seconds: 41 };
        let json = serde_json::json!({ "code": "accepted", "args": { "agent": "Ben", "waited_seconds": 41 } });
        assert_eq!(serde_json::to_value(&event).unwrap(), json);
        assert_eq!(serde_json::from_value::<ThreadEvent>(json).unwrap(), event);
        let bare = serde_json::json!({ "code": "account_linked", "args": {} });
        assert_eq!(serde_json::to_value(ThreadEvent::AccountLinked {}).unwrap(), bare);
    }

    #[test]
    fn a_reason_that_someone_gave_is_told_from_our_own() {
        let own = CloseReason::System { system: SystemClose::PageRemoved };
        let given = CloseReason::Given("Solved".into());
        for reason in [own.clone(), given] {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<CloseReason>(&json).unwrap(), reason);
        }
        assert_eq!(close_reason(&own), "The Page was removed from Deskbell");
    }
}
