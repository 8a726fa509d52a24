//! The English of failures: the only place that words them, except for a channel's own error numbers.

use super::{ChannelError, Failure};
use crate::inbound::FileKind;

/// The wording of a failure: what happened and what to do next, each a sentence or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureText {
    /// What happened.
    pub reason: String,
    /// What to do next.
    pub action: String,
}

impl std::fmt::Display for FailureText {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} {}", self.reason, self.action)
    }
}

const NOTHING: &str = "Nothing can be done.";
const OUR_FAULT: &str = "This is a bug in Deskbell. Report it.";
const LOOK: &str = "Check the conversation in Meta Business Suite before you send it again.";

impl Failure {
    /// The failure in English. For a channel's error it knows only the numbers.
    #[expect(clippy::too_many_lines, reason = "one list of sentences: the compiler notices one that is missing")]
    pub fn english(&self) -> FailureText {
        let again = |hours: i64| {
            format!(
                "You can write again for {hours} hours once the customer writes, taps a button or reacts to a message."
            )
        };
        match self {
            Failure::Channel(error) => channel(error),
            Failure::StoreUnreachable {} => {
                words("The store could not be read.", "Deskbell will try again automatically.")
            }
            Failure::GatewayDeleted {} => {
                words("The gateway was deleted.", "Connect the account again, then write a new message.")
            }
            Failure::PageRemoved {} => words(
                "The account was removed from the gateway.",
                "Connect the account again, then write a new message.",
            ),
            Failure::CustomerGone {} => words("The customer or the message no longer exists.", NOTHING),
            Failure::MarketingRefused {} => {
                words("The customer wants no marketing messages.", "Send them other messages only.")
            }
            Failure::Disconnected {} => words(
                "This account is disconnected from Meta.",
                "Ask an administrator to reconnect the gateway. The message is then sent automatically.",
            ),
            Failure::ReactionDisconnected {} => words(
                "This account is disconnected from Meta.",
                "Ask an administrator to reconnect the gateway. Then react again.",
            ),
            Failure::ReactionDelayed {} => {
                words("Meta has not accepted the reaction yet.", "Deskbell will try again automatically.")
            }
            Failure::ReactionTargetUnknown {} => {
                words("Meta's ID of this message is unknown.", "React to another message.")
            }
            Failure::FileLost {} => words("The file is no longer in the media store.", "Attach it again."),
            Failure::FileNotStored {} => words("Meta no longer has this file.", "Attach it again."),
            Failure::NotShown {} => {
                words("Meta does not show it, so it was most likely not delivered.", "You can send it again.")
            }
            Failure::NotVisible {} => {
                words("It may have been delivered, but it is too far back for Meta to show.", LOOK)
            }
            Failure::CommentAnswered {} => words(
                "This comment already has its private reply; Meta allows one per comment.",
                "Continue in the conversation once the customer replies.",
            ),
            Failure::CommentRemoved {} => {
                words("The comment was removed, so Meta no longer allows a private reply.", NOTHING)
            }
            Failure::CommentTooOld { days, limit } => words(
                format!("The comment is {days} days old; Meta allows a private reply within {limit} days."),
                "Reply publicly on the post.",
            ),
            Failure::ChannelMissing { channel } => words(
                format!("This version of Deskbell does not have the channel {channel}."),
                "Install a version that has it.",
            ),
            // Why the customer cannot be written to now.
            Failure::WindowClosedToBots { hours } => words(
                format!(
                    "The customer's last message is more than {hours} hours old. After that, bots can no longer write."
                ),
                again(*hours),
            ),
            // 0 days: the channel has no such feature.
            Failure::WindowClosed { hours, days: 0 } => {
                words(format!("The customer's last message is more than {hours} hours old."), again(*hours))
            }
            Failure::WindowClosed { hours, days } => words(
                format!("The customer's last message is more than {hours} hours old."),
                format!("{} With Meta's Human Agent feature, agents could write for {days} days.", again(*hours)),
            ),
            Failure::WindowClosedToPeople { hours, days } => words(
                format!("The customer's last message is more than {days} days old. After that, no one can write."),
                again(*hours),
            ),
            Failure::WindowNeverOpened { hours } => words(
                "The customer has not written to this account yet, and it can only reply.",
                format!("You can write for {hours} hours once the customer writes."),
            ),
            // What the channel does not accept.
            Failure::NotOnChannel { channel } => {
                words(format!("{channel} can't send this."), "Write it as a text.")
            }
            Failure::TextTooLong { unit, length, limit } => words(
                format!("The text has {length} {}; a message has at most {limit}.", unit.word()),
                "Send it in several messages, or as a file.",
            ),
            Failure::PartTooLong { channel, unit, length, limit } => words(
                format!("The text has {length} {}; {channel} takes at most {limit}.", unit.word()),
                "Send it in several messages.",
            ),
            Failure::FileEmpty {} => words("The file is empty.", "Choose another file."),
            Failure::FileTooLarge { channel, bytes, limit } => words(
                format!(
                    "The file has {:.1} MB; {channel} takes at most {} MB.",
                    megabytes(*bytes),
                    megabytes(*limit)
                ),
                "Send a smaller file, or a link to it.",
            ),
            Failure::FileTypeNotTaken { channel, kind, types, .. } if types.is_empty() => {
                words(format!("{channel} takes no {}.", plural(*kind)), "Send a link to it.")
            }
            Failure::FileTypeNotTaken { channel, kind, mime, types } => words(
                format!(
                    "{channel} takes {} as {}; this one is {}.",
                    plural(*kind),
                    format_names(types),
                    format_name(mime)
                ),
                "Convert it, or send a link to it.",
            ),
            Failure::NoReactions { channel } => {
                words(format!("{channel} has no reactions."), "Answer with a message.")
            }
            Failure::ReactionNotTaken { channel, emoji, taken } => words(
                format!("{channel} takes only {taken} as a reaction, not {emoji}."),
                format!("React with {taken}, or answer with a message."),
            ),
            Failure::TooManyFiles { count, limit } => words(
                format!("There are {count} files; a message has at most {limit}."),
                "Send the rest in another message.",
            ),
            Failure::NoChoices { channel } => {
                words(format!("{channel} has no quick replies."), "Write the choices in the text.")
            }
            Failure::NoTemplates { channel } => {
                words(format!("{channel} has no cards or buttons."), "Write it as a text.")
            }
            Failure::TooManyChoices { channel, count, limit } => words(
                format!("There are {count} quick replies; {channel} takes at most {limit}."),
                "Leave some out.",
            ),
            Failure::ChoiceWithoutTitle {} => words("A quick reply has no title.", "Give it one."),
            Failure::ChoiceTitleTooLong { channel, title, length, limit } => words(
                format!("The quick reply \"{title}\" has {length} characters; {channel} takes at most {limit}."),
                "Shorten its title.",
            ),
            Failure::ChoicePayloadTooLong { channel, title, length, limit } => words(
                format!(
                    "The payload of the quick reply \"{title}\" has {length} characters; {channel} takes at most {limit}."
                ),
                "Shorten its payload.",
            ),
            Failure::ChoiceTitleTwice { channel, title } => words(
                format!("Another button has the title \"{title}\" too; {channel} does not take that."),
                "Give each button its own title.",
            ),
            Failure::ChoicePayloadTwice { channel, title } => words(
                format!("Another button has the same id as \"{title}\"; {channel} does not take that."),
                "Give each button its own id.",
            ),
            Failure::TemplateNotTaken { channel, pointer } => words(
                format!("{channel} does not take these cards or buttons, because of {pointer}."),
                "Correct it, then send it again.",
            ),
            Failure::TooManyPictures { channel, count, limit } => words(
                format!("There are {count} pictures; {channel} takes at most {limit} at once."),
                "Send the rest in another message.",
            ),
            Failure::MetadataTooLong { length, limit } => words(
                format!("The metadata has {length} characters; Messenger takes less than {limit}."),
                OUR_FAULT,
            ),
            Failure::TextEmpty {} => words("The message is empty.", "Write something, or attach a file."),
        }
    }
}

fn words(reason: impl Into<String>, action: impl Into<String>) -> FailureText {
    FailureText { reason: reason.into(), action: action.into() }
}

fn channel(error: &ChannelError) -> FailureText {
    words(
        format!("The channel did not take it (code {}, subcode {}).", error.code, error.subcode),
        "Look the code up in the channel's reference.",
    )
}

/// Files of a kind, within a sentence.
fn plural(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "pictures",
        FileKind::Video => "videos",
        FileKind::Audio => "audio files",
        FileKind::File => "files",
        FileKind::Sticker => "stickers",
    }
}

/// What people call media types, each once: some have several.
fn format_names(types: &[String]) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in types.iter().map(|one| format_name(one)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" or ")
}

/// What people call a media type: PNG, PDF, M4A.
fn format_name(mime: &str) -> String {
    let name = mime.rsplit('/').next().unwrap_or_default();
    name.strip_prefix("x-").unwrap_or(name).to_uppercase()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::super::ErrorCase;
    use super::*;

    /// One of each.
    fn every() -> Vec<Failure> {
        let (length, limit, count, hours, days) = (2_000, 1_999, 14, 24, 7);
        let (title, channel) = (|| "Delivery".to_owned(), || "Messenger".to_owned());
        let unit = crate::capabilities::Unit::Characters;
        vec![
            Failure::Channel(ChannelError { case: ErrorCase::Listed, code: 190, subcode: 460, trace: None }),
            Failure::StoreUnreachable {},
            Failure::GatewayDeleted {},
            Failure::PageRemoved {},
            Failure::CustomerGone {},
            Failure::MarketingRefused {},
            Failure::Disconnected {},
            Failure::ReactionDisconnected {},
            Failure::ReactionDelayed {},
            Failure::ReactionTargetUnknown {},
            Failure::FileLost {},
            Failure::FileNotStored {},
            Failure::NotShown {},
            Failure::NotVisible {},
            Failure::WindowNeverOpened { hours },
            Failure::WindowClosedToBots { hours },
            Failure::WindowClosed { hours, days },
            Failure::WindowClosedToPeople { hours, days },
            Failure::CommentAnswered {},
            Failure::CommentRemoved {},
            Failure::CommentTooOld { days: 9, limit: days },
            Failure::ChannelMissing { channel: crate::channel::Channel::MESSENGER },
            Failure::NotOnChannel { channel: channel() },
            Failure::TextEmpty {},
            Failure::TextTooLong { unit, length, limit },
            Failure::PartTooLong { channel: channel(), unit, length, limit },
            Failure::FileEmpty {},
            Failure::FileTooLarge { channel: channel(), bytes: 26_300_000, limit: 25 * 1024 * 1024 },
            Failure::TooManyFiles { count, limit },
            Failure::FileTypeNotTaken {
                channel: channel(),
                kind: FileKind::Image,
                mime: "image/gif".into(),
                types: vec!["image/png".into(), "image/jpeg".into()],
            },
            Failure::FileTypeNotTaken {
                channel: channel(),
                kind: FileKind::Video,
                mime: "video/mp4".into(),
                types: Vec::new(),
            },
            Failure::NoReactions { channel: channel() },
            Failure::ReactionNotTaken { channel: channel(), emoji: "🎉".into(), taken: "❤".into() },
            Failure::NoChoices { channel: channel() },
            Failure::NoTemplates { channel: channel() },
            Failure::TooManyChoices { channel: channel(), count, limit },
            Failure::ChoiceWithoutTitle {},
            Failure::ChoiceTitleTooLong { channel: channel(), title: title(), length, limit },
            Failure::ChoicePayloadTooLong { channel: channel(), title: title(), length, limit },
            Failure::ChoiceTitleTwice { channel: channel(), title: title() },
            Failure::ChoicePayloadTwice { channel: channel(), title: title() },
            Failure::TemplateNotTaken { channel: channel(), pointer: "/elements/0/title".into() },
            Failure::TooManyPictures { channel: channel(), count, limit },
            Failure::MetadataTooLong { length, limit },
        ]
    }

    #[test]
    fn a_format_with_several_types_is_named_once() {
        let types = ["audio/mp4", "audio/m4a", "audio/x-m4a"].map(str::to_owned);
        assert_eq!(format_names(&types), "MP4 or M4A");
    }

    #[test]
    fn every_failure_says_what_happened_and_what_to_do() {
        let mut seen = std::collections::HashSet::new();
        for failure in every() {
            let FailureText { reason, action } = failure.english();
            for sentence in [&reason, &action] {
                assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
                assert!(!sentence.contains(['{', '}']), "{sentence}");
            }
            assert!(seen.insert(format!("{reason} {action}")), "two failures say the same: {reason}");
        }
    }

    #[test]
    fn failures_are_a_code_with_arguments_in_json() {
        for failure in every() {
            let json = serde_json::to_value(&failure).unwrap();
            assert!(json["code"].is_string() && json["args"].is_object(), "{json}");
            assert_eq!(serde_json::from_value::<Failure>(json).unwrap(), failure);
        }
        let late = Failure::WindowClosed { hours: 24, days: 7 };
        let json = serde_json::json!({ "code": "window_closed", "args": { "hours": 24, "days": 7 } });
        assert_eq!(serde_json::to_value(late).unwrap(), json);
    }

    #[test]
    fn sizes_are_told_as_people_know_them() {
        let words =
            Failure::FileTooLarge { channel: "Messenger".into(), bytes: 26_300_000, limit: 25 * 1024 * 1024 }
                .english();
        assert_eq!(words.reason, "The file has 25.1 MB; Messenger takes at most 25 MB.");
    }
}
