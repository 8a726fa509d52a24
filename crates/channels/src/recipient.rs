//! The recipient of a part of a message, on any channel, and what allows us to write.

use domain::id::MediumId;

/// The recipient of a part, and what allows us to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// The node of the Graph API that the account's requests go to: the Page, the Instagram account or the number.
    pub node: &'a str,
    /// The customer.
    pub whom: Whom<'a>,
    /// What allows us to write.
    pub right: Right,
    /// Our own id, which is returned in the echo or in the statuses: nothing else identifies a message (§3.1, §3.8).
    pub metadata: Option<&'a str>,
    /// The message that this one answers, or that a reaction belongs to (its mid).
    pub reply_to: Option<&'a str>,
    /// The persona that sends it (§3.6); None for the Page itself.
    pub persona: Option<&'a str>,
    /// Files that Meta already has, with Meta's ids of them.
    pub uploaded: &'a [(MediumId, String)],
}

/// How Meta identifies the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom<'a> {
    /// A customer, by the account's id of them: for Messenger the PSID.
    Customer(&'a str),
    /// The author of a comment, by Meta's id of it, for its one private reply (§3.5).
    Comment(&'a str),
    /// The author of a visitor's post, by Meta's id of it, for the same.
    Post(&'a str),
}

/// What allows us to write (meta-platform.md §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// The 24-hour window is open, or it is the private reply to a comment.
    Window,
    /// A person writes within 7 days (`HUMAN_AGENT`). Never for a bot.
    HumanAgent,
}

impl Recipient<'_> {
    /// Meta's id of a file, if it already has the file.
    pub fn uploaded_as(&self, medium: MediumId) -> Option<&str> {
        self.uploaded.iter().find(|(known, _)| *known == medium).map(|(_, id)| id.as_str())
    }
}
