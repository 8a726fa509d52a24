//! The catalogue of meta-platform.md §6.2: codes of the whole Graph API.

use super::{Class, Entry, Mender, line, range};

const RECONNECT: &str = "Ask an administrator to reconnect the Page: Chat gateways, Facebook pages, Reconnect.";
const WAITS: &str = "Deskbell waits and will try again automatically.";
const AGAIN: &str =
    "Deskbell will try again automatically. If it keeps happening, check the app's permissions under Health.";
const REPORT: &str = "This is a bug in Deskbell. Report it with the codes.";

pub(super) const LINES: &[Entry] = &[
    line(1, 0, Class::Retry, "Meta had an unknown problem. If it keeps happening, a permission is often missing.", AGAIN),
    line(1, 99, Class::Retry, "Meta had an unknown problem. If it keeps happening, a permission is often missing.", AGAIN),
    line(
        1,
        1_357_046,
        Class::Uncertain,
        "Meta's answer was broken; the message has probably been sent.",
        "Check the conversation in Meta Business Suite before you send it again.",
    ),
    line(2, 0, Class::Retry, "Meta's service is temporarily unavailable.", "Deskbell will try again automatically."),
    line(
        2,
        1_545_133,
        Class::Retry,
        "Meta's service is temporarily unavailable.",
        "Deskbell will try again automatically.",
    ),
    line(
        2,
        2_018_344,
        Class::Configuration,
        "The Page's administrator has not accepted Meta's terms for this function.",
        "Ask an administrator of the Page to accept the terms in Meta Business Suite.",
    ).by(Mender::PageAdmin),
    line(
        3,
        0,
        Class::Configuration,
        "The app is not allowed to use this function.",
        "Check the app's type and products in Meta's app dashboard.",
    ),
    line(4, 0, Class::Throttled, "The app has used up Meta's call limit for now.", WAITS),
    line(
        10,
        0,
        Class::Permission,
        "A permission is missing or was revoked.",
        "Reconnect the Page and grant all permissions; check the app's access under Health.",
    ),
    line(
        17,
        0,
        Class::Throttled,
        "The person who connected the Page has used up Meta's call limit for now.",
        WAITS,
    ),
    line(32, 0, Class::Throttled, "The Page has used up Meta's call limit for now.", WAITS),
    line(100, 0, Class::Rejected, "Meta did not accept part of the request.", REPORT).by(Mender::Administrator),
    line(
        100,
        33,
        Class::Rejected,
        "This does not exist at Meta, or the app has no access to it.",
        "If it happens to everyone except the app's developers, complete the Tech Provider verification at Meta. Otherwise reconnect the Page.",
    ).by(Mender::Administrator),
    line(
        102,
        0,
        Class::TokenDead,
        "The connection to Facebook has ended because its session is no longer valid.",
        RECONNECT,
    ),
    line(190, 0, Class::TokenDead, "The connection to Facebook is no longer valid.", RECONNECT),
    line(
        190,
        458,
        Class::TokenDead,
        "The person who connected the Page has removed the app on Facebook.",
        RECONNECT,
    ),
    line(
        190,
        459,
        Class::TokenDead,
        "Facebook wants the person who connected the Page to pass a security check.",
        "Ask that person to sign in on facebook.com and pass the check. Then reconnect the Page.",
    ).by(Mender::PageAdmin),
    line(
        190,
        460,
        Class::TokenDead,
        "The person who connected the Page has changed their Facebook password.",
        RECONNECT,
    ),
    line(190, 463, Class::TokenDead, "The connection to Facebook has expired.", RECONNECT),
    line(
        190,
        464,
        Class::TokenDead,
        "The Facebook account of the person who connected the Page is not confirmed.",
        "Ask that person to sign in on facebook.com and confirm the account. Then reconnect the Page.",
    ).by(Mender::PageAdmin),
    line(190, 467, Class::TokenDead, "Facebook has ended the connection.", RECONNECT),
    line(
        190,
        492,
        Class::TokenDead,
        "The person who connected the Page no longer has a role on it.",
        "Ask someone with full control of the Page to reconnect it.",
    ).by(Mender::PageAdmin),
    line(
        15,
        0,
        Class::Rejected,
        "This call needs the app's own token.",
        REPORT,
    )
    .by(Mender::Administrator),
    // The login (§1.3).
    line(
        100,
        36_007,
        Class::Rejected,
        "Facebook's answer to the login has expired.",
        "Press Add or remove pages again.",
    )
    .by(Mender::Administrator),
    line(
        100,
        36_008,
        Class::Configuration,
        "The redirect URI is not the one that the login was started with.",
        "Enter the gateway's address into \"Valid OAuth Redirect URIs\" in Meta's dashboard, exactly as shown.",
    ),
    line(
        100,
        36_009,
        Class::Rejected,
        "Facebook's answer to the login has already been used; it works once.",
        "Press Add or remove pages again.",
    )
    .by(Mender::Administrator),
    line(
        101,
        0,
        Class::Configuration,
        "Meta knows no app with this App ID and App Secret.",
        "Copy both again from App settings, Basic, in Meta's dashboard.",
    ),
    line(
        191,
        0,
        Class::Configuration,
        "The redirect URI is not registered at Meta.",
        "Enter the gateway's address into \"Valid OAuth Redirect URIs\" in Meta's dashboard, exactly as shown.",
    ),
    // Single codes come before the range that contains them.
    line(
        230,
        0,
        Class::Permission,
        "The person has not consented to this yet.",
        "No action needed: it works once the customer has written.",
    ).by(Mender::Customer),
    range(
        201,
        299,
        Class::Permission,
        "A permission is missing.",
        "Reconnect the Page and grant all permissions; check the app's access under Health.",
    ),
    line(341, 0, Class::Throttled, "The app has reached one of Meta's limits.", WAITS),
    line(
        368,
        0,
        Class::Restricted,
        "Meta has blocked this for breaking its policies.",
        "Open the Page's quality and support pages in Meta Business Suite and ask for a review.",
    ),
    line(
        506,
        0,
        Class::Rejected,
        "Meta treats this as a repeat of the previous message.",
        "If you want to send it, change the text.",
    ),
    line(
        551,
        0,
        Class::RecipientUnreachable,
        "The customer can't be reached: they blocked the Page or their account is unavailable.",
        "You can reply once they write again.",
    ),
    line(613, 0, Class::Throttled, "Too many requests of one kind in a short time.", WAITS),
    line(
        1200,
        0,
        Class::Retry,
        "Meta could not send the message right now.",
        "Deskbell will try again automatically.",
    ),
    line(
        2200,
        0,
        Class::Configuration,
        "Meta could not verify the webhook address.",
        "Check that the public URL answers from the internet, with a certificate from a public authority.",
    ),
    line(
        2500,
        0,
        Class::Rejected,
        "The request carried no valid token, or an API version that does not exist.",
        REPORT,
    ).by(Mender::Administrator),
    range(
        80_000,
        80_014,
        Class::Throttled,
        "The Page has reached Meta's rate limit for this kind of call.",
        WAITS,
    ),
    line(9_000_001, 0, Class::Rejected, "The message no longer exists at Meta.", "No action needed.").by(Mender::Nobody),
];
