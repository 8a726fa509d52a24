//! What is wrong with a Page, as data. The engine words it (`engine/wording.rs`).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Why a Page cannot be used through the accounts that were connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum PageProblem {
    /// The account did not grant permissions that are needed.
    ScopesMissing {
        /// Its name.
        account: String,
        /// Which, in the channel's terms.
        scopes: Vec<String>,
    },
    /// The account lacks a task on the Page.
    TaskMissing {
        /// Its name.
        account: String,
        /// Which, in the channel's terms.
        task: String,
    },
    /// The account cannot get a token for the Page.
    NoToken {
        /// Its name.
        account: String,
    },
    /// The account no longer grants the Page.
    NotGranted {
        /// Its name.
        account: String,
    },
    /// Another gateway answers its customers.
    OtherGateway {
        /// The gateway's name.
        gateway: String,
    },
    /// The number is not registered at the channel yet.
    NotRegistered {},
}

impl PageProblem {
    /// Whether it is about the account itself, no matter who connected it.
    pub fn is_of_account(&self) -> bool {
        matches!(self, PageProblem::OtherGateway { .. } | PageProblem::NotRegistered {})
    }
}

/// What went wrong with a Page since it was connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum PageTrouble {
    /// The channel refused a request for a reason that affects the whole Page.
    Refused {
        /// Which reason.
        failure: Failure,
    },
    /// The channel accepted no persona of an agent.
    PersonaRefused {
        /// The agent's name.
        agent: String,
        /// The reason.
        failure: Failure,
    },
    /// Access to it was revoked at the channel.
    Withdrawn {},
    /// The gateway now belongs to another app, so the tokens are useless.
    AppChanged {},
}
