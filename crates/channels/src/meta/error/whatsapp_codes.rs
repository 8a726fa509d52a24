//! The catalogue of meta-platform.md §6.4: WhatsApp's own codes, in answers and in statuses. Codes that the whole Graph API
//! has (3, 4, 10, 100, 190, 200–299, 368, 80007) are in `graph_codes.rs`.

use super::{Class, Entry, Mender, line, range};

const AGAIN: &str = "Deskbell will try again automatically.";
const WAITS: &str = "Deskbell waits and will try again automatically.";
const REPORT: &str = "This is a bug in Deskbell. Report it with the codes.";
const WRITES: &str = "You can reply once the customer writes again.";
const MANAGER: &str = "Open WhatsApp Manager in Meta Business Suite and look at the account's quality and limits.";
const REGISTER: &str = "Register the number again: Chat gateways, WhatsApp, Register.";
const PAYMENT: &str = "Check the payment method of the WhatsApp account in Meta Business Suite.";
const VARIABLES: &str =
    "Open the template under Chat gateways, WhatsApp, Templates, and fill in its variables as it asks.";
const TEMPLATE: &str = "Look at the template in WhatsApp Manager, and synchronise the templates in Deskbell.";
const FILE: &str = "Send another file, or a link to it.";
const FORM: &str = "Look at the form (flow) in WhatsApp Manager.";
const PIN: &str = "Check the PIN of two-step verification in WhatsApp Manager, and wait as long as Meta says before the next try.";
const MARKETING: &str = "Meta takes this marketing template only through its marketing messages API.";
const MARKETING_DO: &str = "Send another template, or ask Meta about its marketing messages API.";

pub(super) const LINES: &[Entry] = &[
    line(
        33,
        0,
        Class::Restricted,
        "The business's phone number was deleted at Meta.",
        "Add the number again in WhatsApp Manager, or remove it from its gateway in Deskbell.",
    ),
    line(
        131_005,
        0,
        Class::Permission,
        "A permission for WhatsApp is missing or was revoked.",
        "Connect WhatsApp again and grant all permissions; check the app's access under Health.",
    ),
    line(130_429, 0, Class::Throttled, "The number sends more messages a second than Meta allows.", WAITS),
    line(
        131_056,
        0,
        Class::ThrottledCustomer,
        "Too many messages were sent to this customer in a short time.",
        WAITS,
    ),
    line(
        131_048,
        0,
        Class::Restricted,
        "Meta limits what this number may send, because customers blocked it or reported spam.",
        MANAGER,
    ),
    line(
        131_064,
        0,
        Class::Rejected,
        "Meta limits the account's templates, because their categories were wrong.",
        MANAGER,
    )
    .by(Mender::PageAdmin),
    line(
        133_016,
        0,
        Class::Configuration,
        "The number was registered and deregistered too often.",
        "Wait 72 hours before you register it again.",
    ),
    line(131_031, 0, Class::Restricted, "Meta has locked the WhatsApp account, or a PIN was wrong.", MANAGER),
    line(
        130_497,
        0,
        Class::Rejected,
        "Meta does not let this business write to customers in this country.",
        "Verify the business in Meta Business Suite. Test numbers cannot write to some countries.",
    )
    .by(Mender::PageAdmin),
    line(
        130_403,
        0,
        Class::RecipientUnreachable,
        "The business has blocked this customer on WhatsApp.",
        "Unblock the customer in WhatsApp Manager or in the business's phone app.",
    )
    .by(Mender::PageAdmin),
    line(131_000, 0, Class::Retry, "WhatsApp had an unknown problem.", AGAIN),
    line(131_016, 0, Class::Retry, "WhatsApp is temporarily unavailable.", AGAIN),
    line(131_057, 0, Class::Retry, "WhatsApp is moving this account to other servers.", AGAIN),
    line(131_008, 0, Class::Rejected, "A part of the request that WhatsApp needs is missing.", REPORT)
        .by(Mender::Administrator),
    line(131_009, 0, Class::Rejected, "WhatsApp did not accept a value of the request.", REPORT)
        .by(Mender::Administrator),
    line(135_000, 0, Class::Rejected, "WhatsApp did not accept the request, and does not say why.", REPORT)
        .by(Mender::Administrator),
    line(131_021, 0, Class::Rejected, "The number wrote to itself.", "Choose another recipient."),
    line(
        131_026,
        0,
        Class::RecipientUnreachable,
        "WhatsApp cannot deliver to this customer: they are not on WhatsApp, use an old version, or have blocked you.",
        WRITES,
    ),
    line(
        131_030,
        0,
        Class::Configuration,
        "This is a test number, and the customer is not on its list of recipients.",
        "Add the customer's number to the list in Meta's app dashboard, or use a real number.",
    ),
    line(
        131_037,
        0,
        Class::Configuration,
        "Meta has not approved the number's display name yet.",
        "Wait for the approval, or change the name in WhatsApp Manager.",
    ),
    line(131_042, 0, Class::Billing, "Meta could not charge for WhatsApp messages.", PAYMENT),
    line(131_044, 0, Class::Billing, "The WhatsApp account has no payment method.", PAYMENT),
    line(131_045, 0, Class::Configuration, "The number is not registered with WhatsApp.", REGISTER),
    line(133_010, 0, Class::Configuration, "The number is not registered with WhatsApp.", REGISTER),
    line(
        136_024,
        0,
        Class::Rejected,
        "The number is verified already, so Meta sends no code.",
        "Nothing needs to be done.",
    )
    .by(Mender::Nobody),
    line(
        131_047,
        0,
        Class::WindowClosed,
        "The customer last wrote more than 24 hours ago.",
        "Send an approved template, or wait until the customer writes again.",
    ),
    line(
        131_049,
        0,
        Class::Rejected,
        "Meta held this marketing message back, because the customer gets many of them.",
        "Wait at least a day before you send them another one.",
    )
    .by(Mender::Meta),
    line(
        131_050,
        0,
        Class::Rejected,
        "The customer does not want marketing messages from this business.",
        "Send them other messages only.",
    )
    .by(Mender::Customer),
    line(
        130_472,
        0,
        Class::Rejected,
        "The customer takes part in a test of Meta's, and gets no marketing messages.",
        "Send them another kind of message.",
    )
    .by(Mender::Meta),
    line(
        131_051,
        0,
        Class::Rejected,
        "WhatsApp does not support this kind of message.",
        "Send it in another form.",
    ),
    line(
        131_052,
        0,
        Class::MediaRejected,
        "WhatsApp could not hand over the customer's file.",
        "Ask the customer to send it again.",
    )
    .by(Mender::Customer),
    line(131_053, 0, Class::MediaRejected, "WhatsApp did not accept the file.", FILE),
    line(
        131_062,
        0,
        Class::RecipientUnreachable,
        "This template can only be sent to a phone number, and the customer's is not known.",
        "Ask the customer for their phone number, or send another template.",
    ),
    line(131_061, 0, Class::Configuration, MARKETING, MARKETING_DO),
    line(131_063, 0, Class::Configuration, MARKETING, MARKETING_DO),
    line(
        131_055,
        0,
        Class::Configuration,
        "Meta does not take this message this way: the template is no marketing template, or the number is for calls.",
        TEMPLATE,
    ),
    line(132_000, 0, Class::Rejected, "The template has another number of variables.", VARIABLES),
    line(
        132_001,
        0,
        Class::Configuration,
        "Meta has no approved template with this name in this language.",
        TEMPLATE,
    ),
    line(132_005, 0, Class::Rejected, "The template with its variables is too long.", "Shorten the variables."),
    line(132_007, 0, Class::Rejected, "The template breaks a policy of WhatsApp's.", TEMPLATE)
        .by(Mender::PageAdmin),
    line(132_008, 0, Class::Rejected, "Meta did not accept the value of a variable of the template.", VARIABLES),
    line(132_012, 0, Class::Rejected, "A variable of the template has another format than it should.", VARIABLES),
    line(
        132_018,
        0,
        Class::Rejected,
        "The value of a variable of the template has a line break, a tab or more than 4 spaces in a row.",
        "Write the value in one line, with single spaces.",
    ),
    line(
        132_015,
        0,
        Class::Configuration,
        "Meta has paused the template because of its quality.",
        "Use another template, and improve this one in WhatsApp Manager.",
    ),
    line(
        132_016,
        0,
        Class::Configuration,
        "Meta has disabled the template because of its quality.",
        "Use another template: this one does not come back.",
    ),
    line(132_068, 0, Class::Configuration, "Meta has blocked the form (flow) in the message.", FORM),
    line(132_069, 0, Class::Configuration, "Meta slows down the form (flow) in the message.", FORM),
    line(133_000, 0, Class::Configuration, "The number was deregistered only in part.", REGISTER),
    line(133_004, 0, Class::Retry, "WhatsApp's registration is busy.", AGAIN),
    line(133_005, 0, Class::Configuration, "The PIN of two-step verification is wrong.", PIN),
    line(133_006, 0, Class::Configuration, "The number has to be verified before it is registered.", PIN),
    line(133_008, 0, Class::Configuration, "A wrong PIN was given too often.", PIN),
    line(133_009, 0, Class::Configuration, "PINs were given too quickly.", PIN),
    line(
        133_015,
        0,
        Class::Configuration,
        "The number was deleted a moment ago.",
        "Wait five minutes, then register it again.",
    ),
    line(
        137_000,
        0,
        Class::RecipientUnreachable,
        "The customer's WhatsApp account changed its security key, so the message was not sent.",
        "Make sure that it is still the same person, then send it again.",
    ),
    range(138_000, 138_999, Class::Rejected, "Deskbell does not use WhatsApp calls.", REPORT)
        .by(Mender::Administrator),
];
