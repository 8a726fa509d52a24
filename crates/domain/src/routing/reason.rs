//! Why a conversation went to an agent, as data: `{code, args}` in the store. The English is produced here and is
//! never stored.

use serde::{Deserialize, Serialize};

use super::{Candidate, Rules, Strategy};
use crate::thread_event::duration;
use crate::time::{Micros, SECOND};

/// Why this agent was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum Reason {
    /// They helped the customer before.
    FormerAgent,
    /// They had been without a new conversation the longest.
    LongestIdle {
        /// For how long.
        idle_seconds: i64,
    },
    /// They held the fewest conversations.
    LeastBusy {
        /// The number of conversations.
        open: i64,
    },
    /// It was their turn.
    RoundRobin,
    /// They had the highest level in the queue's skills.
    SkillLevel {
        /// The sum of their levels.
        level: i64,
    },
    /// Every available agent had declined or missed it, and a new round began.
    AskedAgain,
}

impl Reason {
    /// The reason according to the queue's strategy.
    pub(super) fn of(rules: &Rules, agent: &Candidate, now: Micros) -> Self {
        match rules.strategy {
            Strategy::LongestIdle => {
                Self::LongestIdle { idle_seconds: (now.since(agent.idle_since) / SECOND).max(0) }
            }
            Strategy::LeastBusy => Self::LeastBusy { open: agent.load },
            Strategy::RoundRobin => Self::RoundRobin,
            Strategy::SkillLevel => Self::SkillLevel { level: rules.service.level(&agent.qualifications) },
        }
    }
}

/// How an agent was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Why this agent was chosen.
    #[serde(flatten)]
    pub reason: Reason,
    /// How many agents of the queue had free capacity.
    pub free: usize,
    /// Whether the customer had waited so long that a level of a skill no longer counted.
    pub relaxed: bool,
}

/// A choice of routing, as the conversation records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingEntry {
    /// When.
    pub at: Micros,
    /// The agent's name.
    pub agent: String,
    /// The queue's name; None if it waited in none.
    pub queue: Option<String>,
    /// How long the customer had waited.
    pub waited_seconds: i64,
    /// How the agent was chosen.
    #[serde(flatten)]
    pub chosen: Chosen,
}

impl RoutingEntry {
    /// The choice as English sentences.
    pub fn english(&self) -> String {
        let Self { agent, waited_seconds, chosen, .. } = self;
        let waited = duration(*waited_seconds);
        let from = match &self.queue {
            Some(queue) => format!("after {waited} in {queue}"),
            None => format!("after {waited}"),
        };
        let among = match chosen.free {
            1 => "the only agent with room".to_owned(),
            free => format!("of {free} agents with room, {}", chosen.reason.superlative()),
        };
        let why = match &chosen.reason {
            Reason::FormerAgent => "the agent who helped this customer before".to_owned(),
            Reason::AskedAgain => {
                "every available agent had declined or missed it, so they were asked again".to_owned()
            }
            _ => among,
        };
        let relaxed = if chosen.relaxed { ". Skill levels no longer counted after this wait" } else { "" };
        format!("Offered to {agent} {from}: {why}{relaxed}")
    }
}

impl Reason {
    /// How the agent ranked above the others.
    fn superlative(&self) -> String {
        match self {
            Reason::LongestIdle { idle_seconds } => {
                format!("the one without a new conversation for longest ({})", duration(*idle_seconds))
            }
            Reason::LeastBusy { open } => format!("the one with the fewest conversations ({open})"),
            Reason::RoundRobin => "the one whose turn it was".into(),
            Reason::SkillLevel { level } => format!("the one with the highest skill level ({level})"),
            Reason::FormerAgent | Reason::AskedAgain => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(reason: Reason, free: usize, relaxed: bool) -> RoutingEntry {
        let chosen = Chosen { reason, free, relaxed };
        RoutingEntry {
            at: Micros(1),
            agent: "Ann".into(),
            queue: Some("Sales".into()),
            waited_seconds: 65,
            chosen,
        }
    }

    #[test]
    fn every_choice_is_a_sentence_that_names_the_agent_the_wait_and_the_rule() {
        for (reason, free, relaxed, english) in [
            (
                Reason::LongestIdle { idle_seconds: 240 },
                3,
                false,
                "Offered to Ann after 1:05 in Sales: of 3 agents with room, the one without a new conversation for longest (4:00)",
            ),
            (Reason::RoundRobin, 1, false, "Offered to Ann after 1:05 in Sales: the only agent with room"),
            (
                Reason::SkillLevel { level: 80 },
                2,
                true,
                "Offered to Ann after 1:05 in Sales: of 2 agents with room, the one with the highest skill level (80). \
                 Skill levels no longer counted after this wait",
            ),
            (
                Reason::FormerAgent,
                1,
                false,
                "Offered to Ann after 1:05 in Sales: the agent who helped this customer before",
            ),
        ] {
            assert_eq!(entry(reason, free, relaxed).english(), english);
        }
    }

    #[test]
    fn what_was_stored_is_read_back() {
        for reason in [
            Reason::FormerAgent,
            Reason::LongestIdle { idle_seconds: 4 },
            Reason::LeastBusy { open: 2 },
            Reason::RoundRobin,
            Reason::SkillLevel { level: 7 },
            Reason::AskedAgain,
        ] {
            let entry = entry(reason, 2, true);
            let json = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<RoutingEntry>(&json).unwrap(), entry, "{json}");
        }
    }
}
