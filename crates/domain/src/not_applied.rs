//! Why an event that Meta delivered changed nothing, as data: `{code, args}` in the store. The English is produced
//! where it is shown.

use serde::{Deserialize, Serialize};

/// Defines the reasons: each with its arguments and its English, which is also its documentation.
macro_rules! reasons {
    ($($reason:ident { $($arg:ident: $kind:ty),* } $text:literal,)*) => {
        /// One reason.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "code", content = "args", rename_all = "snake_case")]
        pub enum NotApplied {
            $(
                #[doc = $text]
                $reason {
                    $(
                        #[doc = concat!("The ", stringify!($arg), " in it.")]
                        $arg: $kind,
                    )*
                },
            )*
        }

        impl NotApplied {
            /// The reason in English.
            pub fn english(&self) -> String {
                match self {
                    $(NotApplied::$reason { $($arg),* } => format!($text),)*
                }
            }

            /// One of each.
            #[cfg(test)]
            fn every() -> Vec<Self> {
                vec![$(NotApplied::$reason { $($arg: <$kind>::default()),* },)*]
            }
        }
    };
}

// What the channels do not handle.
reasons! {
    NoEvents {} "an entry without events",
    NoContent {} "an event without content",
    NoCustomerId {} "an event without a customer's id",
    ContentUnreadable { kind: String } "an event `{kind}` without readable content",
    SilentKind { kind: String } "an event of the kind `{kind}`, which says nothing in a thread",
    UnknownKind { kind: String } "an event of the unknown kind `{kind}`",
    KindNotHandled {} "an event of a kind that is not handled",
    OtherObject { object: String, handled: String } "an event of the object `{object}`; only `{handled}` is handled here",
    PersonChanged { object: String } "a change of a person's `{object}`; Health reads grants on its own",
    TestSample { field: String } "a sample of the dashboard's Test button for `{field}`",
    EditOfNothing {} "an edit that names no message",
    EditWithoutText {} "an edit without new words",
    DeliveryOfNothing {} "a delivery that names no message and no time",
    ReadOfNothing {} "a read receipt that names no message and no time",
    ReactionToNothing {} "a reaction that names no message",
    UnsendOfNothing {} "a message taken back that has no id",
    StatusOfNothing {} "a status that names no message",
    StatusUnnamed {} "a status without its word",
    StatusNotHandled { status: String } "a status `{status}`, which changes nothing",
    StatusInGroup {} "a status of a message to a group; groups are not handled",
    OwnPostback {} "a postback that the page itself seems to have sent",
    OwnMessage {} "a message that the account wrote to itself",
    OwnPost {} "a post or comment by the page itself",
    OwnComment {} "a comment by the account itself",
    AppRoles {} "apps of the page changed their roles (legacy)",
    PageChange { field: String } "a change of the page's `{field}`; such changes are not handled",
    PostChange { item: String } "a change `{item}` on a post of the page",
    PostVerbUnknown {} "a change of a post or comment without a known verb",
    PostWithoutId {} "a post or comment without its id",
    CommentWithoutId {} "a comment without its id",
    MentionOfNothing {} "a mention that names neither a comment nor a post",
    MetaLabel {} "a label of Meta's own inbox; Deskbell has its own",
    StoryFigures {} "figures of a story, which say nothing in a thread",
    AccountChange { field: String } "a change of the account's `{field}`; such changes are not handled",
    AccountChangeEmpty { field: String } "a change of the account's `{field}` without its content",
    ChangeEmpty {} "a change without messages, statuses or errors",
    MetaError { code: i64, subcode: i64 } "an error of Meta's without a message (code {code}, subcode {subcode})",
    InGroup {} "a message in a group; groups are not handled",
    MessageOfNobody {} "a message that names no customer",
    PhoneAppMessageOfNobody {} "a message of the business's own phone app that names no customer",
    PhoneAppChange {} "a change that the business made in its own phone app",
    PhoneAppContacts {} "the address book of the business's own phone app, which Deskbell does not copy",
    PhoneAppPast {} "the past of the business's own phone app, which Deskbell does not copy",
    WhatsAppMessageEmpty {} "a message of WhatsApp itself without content",
    RenameOfNothing {} "a message of WhatsApp itself that names no new number and no new user id",
    UserIdOfNothing {} "a change of a user id that does not name the ids",
    PreferenceNotHandled {} "a preference that is not about marketing messages",
    PreferenceOfNobody {} "a preference that names no customer",
    ChatOpened {} "the customer opened the chat and has written nothing yet",
    CallAnswer {} "an answer about calls; calls are not handled",
    Call {} "a call; calls are not handled",
    AgentControl {} "control over a thread, which WhatsApp has only with Meta's own agent",
    AgentMessages {} "messages while Meta's own agent holds the thread",
    Form {} "a change of a WhatsApp form; they are looked after at Meta",
    SecuritySetting {} "a security setting of a number; it is looked after at Meta",
    PaymentSetting {} "a payment setting; payments are not handled",
    // What Deskbell does not need.
    DeliveryGone {} "The delivery is gone.",
    GatewayDeleted {} "Its gateway was deleted.",
    GatewayOff {} "Its gateway is switched off.",
    AccountNotConnected { noun: String, account: String } "{noun} {account} is not connected.",
    AccountOff { noun: String, account: String } "{noun} {account} is switched off.",
    EditsUnknown { channel: String } "It is an edit, which {channel} does not have.",
    CustomerMissing {} "It names no customer.",
    CustomerUnknown {} "It is about a customer who never wrote.",
    CustomerErased {} "Its customer was erased.",
    EchoOfRemoved {} "It is of a message that is no longer stored.",
    UnknownAlone {} "It is of an unknown kind, and no conversation is open.",
    OtherApps {} "Other apps speak with this customer; no conversation is open here.",
    // What went wrong.
    IdTooLong { most: i64 } "An id in it is longer than {most} characters, which the database cannot look up.",
    NotStorable {} "The database cannot hold what it says: see the log of Deskbell.",
    Contended {} "The conversation changed too quickly to apply it. It can be retried.",
    Refused {} "It could not be applied: see the log of Deskbell. It can be retried.",
    Mistake {} "Deskbell made a mistake while applying it: see its log. It can be retried.",
    NotUtf8 { byte: i64 } "The body is not UTF-8 text: byte {byte} belongs to no character.",
    EndsEarly { line: i64, column: i64 } "The body is not JSON: it ends too early (line {line}, column {column}).",
    SyntaxBroken { line: i64, column: i64 } "The body is not JSON: its syntax is broken, or it is nested too deeply (line {line}, column {column}).",
    ValueWrong { line: i64, column: i64 } "The body is not JSON: a value is of the wrong kind (line {line}, column {column}).",
    NotAnObject {} "The body is JSON but not an object, so it holds no events.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_code_in_json_and_english_on_the_screen() {
        for reason in NotApplied::every() {
            let english = reason.english();
            assert!(english.len() > 10 && !english.contains(['{', '}']), "{english}");
            let json = serde_json::to_string(&reason).unwrap();
            assert!(!json.contains(' '), "{json}");
            assert_eq!(serde_json::from_str::<NotApplied>(&json).unwrap(), reason);
        }
    }
}
