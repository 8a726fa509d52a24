//! Whom a part of a message goes to, on any channel, and what allows us to write.

use domain::id::MediumId;

/// Whom a part goes to, and under which title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// The node of the Graph API that the account's requests go to: the Page, the Instagram account or the number.
    pub node: &'a str,
    /// Who it is for.
    pub whom: Whom<'a>,
    /// What allows us to write.
    pub right: Right,
    /// Our own id, which comes back in the echo or in the statuses: nothing else recognises a message (§3.1, §3.8).
    pub metadata: Option<&'a str>,
    /// The message that this one answers, or that a reaction belongs to (its mid).
    pub reply_to: Option<&'a str>,
    /// In whose name it is said (§3.6); None for the Page's own.
    pub persona: Option<&'a str>,
    /// Files that Meta has already, with its ids for them.
    pub uploaded: &'a [(MediumId, String)],
}

/// How the recipient is named to Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom<'a> {
    /// A customer, by the account's id of them: for Messenger the PSID.
    Customer(&'a str),
    /// Who wrote a comment, by Meta's id of it: its one private reply (§3.5).
    Comment(&'a str),
    /// Who wrote a visitor's post, by Meta's id of it: the same.
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
    /// Meta's id of a file, if it has the file already.
    pub fn uploaded_as(&self, medium: MediumId) -> Option<&str> {
        self.uploaded.iter().find(|(known, _)| *known == medium).map(|(_, id)| id.as_str())
    }
}
