//! The catalogue of meta-platform.md §6.3: Messenger's (and Instagram's) own codes.

use super::{Class, Entry, Mender, anywhere, line, range};

const WINDOW: &str = "The 24 hours in which the Page can write to this customer are over.";
const WINDOW_DO: &str =
    "Wait until the customer writes again. With the Human Agent feature, agents can answer for up to 7 days.";
const GONE: &str = "The customer can't be reached: they blocked the Page or their account is unavailable.";
const GONE_DO: &str = "You can reply once they write again.";
const MARKETING: &str = "Meta refuses this kind of notification without the customer's opt-in.";
const MARKETING_DO: &str = "Send an ordinary message, or ask the customer to opt in.";
const OWNER: &str = "Another app has control of this conversation.";
const OWNER_DO: &str = "Take the conversation over, or change Conversation routing in the Page's settings.";
const REVIEW: &str =
    "The app is not live, or has no Advanced Access: only people with a role on it can be reached.";
const REVIEW_DO: &str = "Publish the app and finish App Review for pages_messaging.";
const FILE_DO: &str = "Send another file, or a link to it.";
const TEMPLATE: &str = "Meta does not accept the media of this template.";
const TEMPLATE_DO: &str = "Use a picture or video that was uploaded to this Page, or one on facebook.com.";
const REPORT: &str = "This is a bug in Deskbell. Report it with the codes.";
const WAITS: &str = "Deskbell waits and will try again automatically.";
pub(super) const NOT_ACCEPTED: &str = "Meta did not accept the recipient or the content of this message.";
pub(super) const NOT_ACCEPTED_DO: &str = "Send it in another form: only text, or another file. If no message reaches this customer, wait until they write again.";
const BUTTON_DO: &str = "Complete the button in the flow or template that the message comes from.";
const RELINK: &str =
    "Link the Instagram account and the Page again in Meta Business Suite, and switch on two-factor sign-in.";

pub(super) const LINES: &[Entry] = &[
    line(10, 2_018_278, Class::WindowClosed, WINDOW, WINDOW_DO),
    line(10, 2_018_065, Class::WindowClosed, WINDOW, WINDOW_DO),
    line(
        10,
        2_534_022,
        Class::WindowClosed,
        "The 24 hours in which the Instagram account can write to this customer are over.",
        WINDOW_DO,
    ),
    line(
        10,
        2_018_108,
        Class::RecipientUnreachable,
        "This customer can't receive messages from the Page right now.",
        GONE_DO,
    ),
    line(
        200,
        2_018_108,
        Class::RecipientUnreachable,
        "This customer can't receive messages from the Page right now.",
        GONE_DO,
    ),
    line(551, 1_545_041, Class::RecipientUnreachable, GONE, GONE_DO),
    line(200, 1_545_041, Class::RecipientUnreachable, GONE, GONE_DO),
    line(
        10,
        1_893_063,
        Class::Restricted,
        "Meta has temporarily restricted this Page from sending messages.",
        "Open Page Quality in Meta Business Suite. Deskbell holds back further messages.",
    ),
    line(10, 1_404_170, Class::Rejected, MARKETING, MARKETING_DO),
    line(10, 1_893_015, Class::Rejected, MARKETING, MARKETING_DO),
    line(9, 2_018_352, Class::Rejected, MARKETING, MARKETING_DO),
    line(4, 2_018_354, Class::Rejected, MARKETING, MARKETING_DO),
    line(613, 1_893_016, Class::Rejected, MARKETING, MARKETING_DO),
    line(4, 2_018_022, Class::Throttled, "Too many messages were sent to phone numbers.", WAITS),
    line(10, 2_018_336, Class::Rejected, "Meta does not allow this in this conversation.", "No action needed.").by(Mender::Nobody),
    line(
        10,
        2_534_077,
        Class::Configuration,
        "Meta can't verify the link between the Instagram account and the Page.",
        RELINK,
    ).by(Mender::PageAdmin),
    line(
        100,
        2_018_001,
        Class::RecipientUnreachable,
        "Meta can't find this customer.",
        "You can reply once they write again.",
    ),
    line(100, 2_018_005, Class::Rejected, NOT_ACCEPTED, NOT_ACCEPTED_DO),
    line(100, 2_018_008, Class::MediaRejected, "Meta could not fetch the file.", FILE_DO),
    line(100, 2_018_014, Class::Rejected, "A message and a sender action can't go together.", REPORT).by(Mender::Administrator),
    anywhere(2_018_012, Class::Retry, "Meta had an internal error.", "Deskbell will try again automatically."),
    line(100, 2_018_015, Class::Rejected, "The message is empty.", "Write something, or attach a file."),
    line(100, 2_018_040, Class::Rejected, "A button of the message leads nowhere: it has no value.", BUTTON_DO),
    line(100, 2_018_041, Class::Rejected, "A button of the message leads nowhere: it has no address.", BUTTON_DO),
    line(100, 2_018_053, Class::Rejected, "A button of the message has no title.", BUTTON_DO),
    line(100, 2_018_034, Class::Rejected, "The message is empty.", "Write something, or attach a file."),
    line(
        100,
        2_018_047,
        Class::MediaRejected,
        "The file could not be uploaded, or its type does not match its content.",
        FILE_DO,
    ),
    line(
        100,
        2_018_074,
        Class::MediaRejected,
        "Meta no longer holds this file, or it belongs to another Page.",
        "Upload the file again.",
    ),
    line(
        100,
        2_018_109,
        Class::MediaRejected,
        "The file is too large for Messenger (at most 25 MB).",
        "Send a smaller file, or a link to it.",
    ),
    line(
        100,
        2_018_164,
        Class::Configuration,
        "This Page does not know the app to hand over to.",
        "Check Conversation routing in the Page's settings.",
    ).by(Mender::PageAdmin),
    line(
        100,
        2_018_294,
        Class::MediaRejected,
        "Meta could not process the video: it is damaged or too long.",
        "Send a shorter or smaller video.",
    ),
    // Media templates (§3.4).
    anywhere(2_018_173, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_175, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_182, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_183, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_184, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_185, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_186, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_187, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    anywhere(2_018_188, Class::Rejected, TEMPLATE, TEMPLATE_DO),
    line(100, 2_534_013, Class::Configuration, "The Page is not linked to an Instagram account.", RELINK).by(Mender::PageAdmin),
    line(
        100,
        2_534_014,
        Class::RecipientUnreachable,
        "Meta can't find this Instagram user: the profile was deleted, or it blocked the account.",
        GONE_DO,
    ),
    line(100, 2_534_015, Class::Rejected, "Meta did not accept the message's content.", REPORT).by(Mender::Administrator),
    line(
        100,
        2_534_025,
        Class::Rejected,
        "A private reply is not possible: Meta allows one within 7 days, and below a live video only while it is live.",
        "Reply under the comment instead.",
    ),
    line(
        100,
        2_534_029,
        Class::Restricted,
        "Meta has blocked this business from Instagram messaging.",
        "Open the account's status in Meta Business Suite and ask for a review.",
    ),
    line(100, 2_534_037, Class::NotOwner, OWNER, OWNER_DO),
    anywhere(2_018_300, Class::NotOwner, OWNER, OWNER_DO),
    anywhere(
        2_018_321,
        Class::NotOwner,
        "Meta's automated responses have control of this conversation.",
        OWNER_DO,
    ),
    anywhere(2_018_171, Class::NotOwner, OWNER, OWNER_DO),
    anywhere(2_018_234, Class::NotOwner, OWNER, OWNER_DO),
    line(
        200,
        0,
        Class::Permission,
        "A permission is missing, or the app is not live for the public.",
        "Reconnect the Page and grant all permissions; check the app's access under Health.",
    ),
    line(200, 2_018_028, Class::Permission, REVIEW, REVIEW_DO),
    line(200, 2_018_027, Class::Permission, REVIEW, REVIEW_DO),
    line(200, 2_018_021, Class::Permission, REVIEW, REVIEW_DO),
    line(
        200,
        2_534_041,
        Class::Configuration,
        "The Instagram account does not let other apps read and send its messages.",
        "Ask the owner of the account to open the Instagram app: Settings > Messages and story replies > Message controls > Connected tools, and to switch on \"Allow access to messages\". Then send it again.",
    ).by(Mender::AccountOwner),
    anywhere(
        2_018_218,
        Class::RecipientUnreachable,
        "This customer's profile can't be read: the account was created with a phone number.",
        "No action needed: the conversation works without a profile.",
    ).by(Mender::Nobody),
    anywhere(
        2_018_247,
        Class::Permission,
        "The app is not allowed to read customers' profiles.",
        "Ask Meta for the feature Business Asset User Profile Access.",
    ),
    line(
        546,
        0,
        Class::MediaRejected,
        "Messenger does not take files of this type.",
        "Send it as another type of file (PDF, JPEG, MP4), in a ZIP, or send a link to it.",
    ),
    line(613, 2_534_040, Class::Throttled, "Too many requests in a short time.", WAITS),
    line(
        613,
        2_018_338,
        Class::Throttled,
        "Meta warns that this Page sends too fast.",
        "Deskbell slows down. Check for a flow that sends too many messages.",
    ).by(Mender::Administrator),
    line(
        2022,
        0,
        Class::Restricted,
        "Meta has switched off commerce messages for this Page.",
        "Open Page Quality in Meta Business Suite.",
    ),
    line(10_303, 0, Class::Rejected, "The account link has expired.", "Ask the customer to link the account again.").by(Mender::Customer),
    line(
        36_103,
        0,
        Class::Configuration,
        "This Instagram account can't be used with messaging apps yet.",
        "Wait until Meta allows it, or use another account.",
    ).by(Mender::Meta),
    range(2_018_389, 2_018_396, Class::Rejected, "Deskbell does not use Messenger calls.", REPORT).by(Mender::Administrator),
    anywhere(
        2_534_001,
        Class::Rejected,
        "The Instagram conversation was archived or deleted.",
        "You can reply once they write again.",
    ).by(Mender::Customer),
    anywhere(
        2_534_122,
        Class::Rejected,
        "Instagram restricts messages to this person.",
        "You can reply once they write again.",
    ).by(Mender::Customer),
];
