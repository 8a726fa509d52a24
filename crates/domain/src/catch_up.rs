//! Why a search through a Page's conversations waits or ended early, as data. The engine puts it into words
//! (`engine/wording.rs`).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum SearchProblem {
    /// The Page's message retrieval is switched off.
    SwitchedOff {},
    /// No connected account has access to the Page.
    NotReached {},
    /// The app may not read conversations.
    NotAllowed {
        /// The channel's code.
        code: i64,
    },
    /// The channel refused for good.
    Refused {
        /// The reason.
        failure: Failure,
    },
    /// The channel did not answer; we ask again later.
    Delayed {
        /// The reason.
        failure: Failure,
    },
}
