//! Agents: whether they take chats, and what stops that: their own switch, a lost browser connection, or missed
//! offers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::UserId;
use crate::role::Role;
use crate::service::Qualifications;
use crate::time::{Micros, SECOND};
use crate::words::words;

/// How long an agent who lost the connection has to come back before they lose their conversations.
pub const COME_BACK: i64 = 120 * SECOND;

/// Whether an agent takes conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AgentStatus))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Takes conversations.
    Online,
    /// At work, but takes no new ones.
    Pause,
    /// Not at work.
    Offline,
}

words!(Status {
    Online = "online",
    Pause = "pause",
    Offline = "offline",
});

/// Why an agent has their status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StatusReason))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The agent, by the Call Center switch.
    #[serde(rename = "self")]
    Chosen,
    /// Their browser lost the connection.
    Lost,
    /// They missed too many offers in a row.
    MissedOffers,
    /// A supervisor or administrator.
    Supervisor,
    /// They signed out.
    SignedOut,
}

words!(Reason {
    Chosen = "self",
    Lost = "lost",
    MissedOffers = "missed_offers",
    Supervisor = "supervisor",
    SignedOut = "signed_out",
});

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they take conversations.
    pub status: Status,
    /// Why they pause: the name of a pause cause.
    pub cause: Option<String>,
    /// When the daily limit of that cause is used up; None without one.
    pub limit_at: Option<Micros>,
    /// When the status was set.
    pub since: Micros,
    /// Why it was set; None for agents who were never online.
    pub reason: Option<Reason>,
    /// Their team and skills.
    pub qualifications: Qualifications,
    /// How many conversations they can hold at once.
    pub capacity: i64,
    /// The limit per channel; channels that are not listed have no separate limit.
    pub capacity_by_channel: BTreeMap<Channel, i64>,
    /// When they last got an offer or finished a conversation.
    pub idle_since: Micros,
    /// When they got their last offer.
    pub offered_at: Micros,
    /// Offers missed in a row.
    pub missed: i64,
    /// Whether an event stream was open while they were online: only then does losing it count.
    pub streamed: bool,
    /// When their browser lost the connection, while they may still come back. For an agent who is offline but holds
    /// conversations: when their browser disconnected.
    pub lost_at: Option<Micros>,
    /// Incremented when an administrator edits them.
    pub version: i64,
    /// How many conversations they hold.
    pub open: i64,
    /// Their role.
    pub role: Role,
    /// The supervisor or administrator who set the status, and their name.
    pub set_by: Option<(UserId, String)>,
}

impl Agent {
    /// Whether new chats may be offered to them.
    pub fn takes_chats(&self) -> bool {
        self.active && self.status == Status::Online
    }

    /// What changes for them when an event stream opens, if anything.
    pub fn stream_opened(&self) -> Option<StreamOpened> {
        if let Some(lost_at) = self.lost_at {
            let lost = self.reason == Some(Reason::Lost);
            Some(if lost { StreamOpened::Back { lost_at } } else { StreamOpened::StillThere })
        } else if self.status != Status::Offline && !self.streamed {
            Some(StreamOpened::Counts)
        } else {
            None
        }
    }
}

/// What changes for an agent when an event stream opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamOpened {
    /// They had lost the connection and are online again.
    Back {
        /// When they lost the connection.
        lost_at: Micros,
    },
    /// They are offline, but their browser is back and shows what they hold.
    StillThere,
    /// From now on, losing their streams counts.
    Counts,
}

/// The rule that pauses an agent who misses offers, as data. The store applies it to the row, because an agent may
/// miss several offers at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakOut {
    /// The number of missed offers in a row.
    pub limit: i64,
    /// The status that an agent must have for the rule to apply.
    pub from: Status,
    /// The status that is set.
    pub to: Status,
    /// The reason that is recorded.
    pub reason: Reason,
}

impl BreakOut {
    /// The rule for a queue with this limit.
    pub fn after(limit: i64) -> Self {
        Self { limit, from: Status::Online, to: Status::Pause, reason: Reason::MissedOffers }
    }

    /// Whether it applies to an agent who has missed this many in a row, including the last one.
    pub fn applies(&self, status: Status, missed: i64) -> bool {
        status == self.from && missed >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(status: Status) -> Agent {
        Agent {
            user: UserId(1),
            name: "Ann".into(),
            email: "ann@example.org".into(),
            active: true,
            status,
            cause: None,
            limit_at: None,
            since: Micros(0),
            reason: Some(Reason::Chosen),
            qualifications: Qualifications::default(),
            capacity: 5,
            capacity_by_channel: BTreeMap::new(),
            idle_since: Micros(0),
            offered_at: Micros(0),
            missed: 0,
            streamed: false,
            lost_at: None,
            version: 1,
            open: 0,
            role: Role::Agent,
            set_by: None,
        }
    }

    #[test]
    fn words_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.word()), Some(status));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
        }
        assert_eq!((Status::from_word("away"), Reason::from_word("")), (None, None));
    }

    #[test]
    fn only_active_agents_who_are_online_take_chats() {
        assert!(agent(Status::Online).takes_chats());
        assert!(!agent(Status::Pause).takes_chats() && !agent(Status::Offline).takes_chats());
        assert!(!Agent { active: false, ..agent(Status::Online) }.takes_chats());
    }

    #[test]
    fn missed_offers_put_only_those_on_pause_who_are_online() {
        let rule = BreakOut::after(3);
        assert!(!rule.applies(Status::Online, 2));
        assert!(rule.applies(Status::Online, 3) && rule.applies(Status::Online, 4));
        assert!(!rule.applies(Status::Pause, 9) && !rule.applies(Status::Offline, 9));
    }

    #[test]
    fn a_stream_brings_lost_agents_back_and_counts_for_those_at_work() {
        assert_eq!(agent(Status::Offline).stream_opened(), None);
        assert_eq!(agent(Status::Online).stream_opened(), Some(StreamOpened::Counts));
        assert_eq!(Agent { streamed: true, ..agent(Status::Pause) }.stream_opened(), None);
        let lost = Agent { reason: Some(Reason::Lost), lost_at: Some(Micros(7)), ..agent(Status::Offline) };
        assert_eq!(lost.stream_opened(), Some(StreamOpened::Back { lost_at: Micros(7) }));
        let gone = Agent { reason: Some(Reason::SignedOut), ..lost.clone() };
        assert_eq!(gone.stream_opened(), Some(StreamOpened::StillThere));
        assert_eq!(Agent { lost_at: None, ..lost }.stream_opened(), None, "given up since");
    }
}
