//! How a login at Meta ended, as data. The engine puts it into words (`engine/connect/outcome.rs`).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One end of a login. `name` is the person or account that logged in, where Meta names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum LoginOutcome {
    /// Accounts are connected.
    Connected {
        /// The person or account that logged in.
        name: Option<String>,
        /// How many accounts.
        accounts: usize,
        /// How many of them can be used.
        usable: usize,
    },
    /// None of the accounts granted before is granted now.
    Withdrawn {
        /// The person or account that logged in.
        name: Option<String>,
        /// How many accounts.
        accounts: usize,
    },
    /// Permissions that are needed were not granted.
    ScopesMissing {
        /// The person or account that logged in.
        name: Option<String>,
        /// Which, in the channel's terms.
        scopes: Vec<String>,
    },
    /// The selection contains nothing that can be connected.
    NothingFound {
        /// The person or account that logged in.
        name: Option<String>,
    },
    /// It was cancelled, or the app may not request access; the channel does not say which.
    NoAccess {},
    /// The gateway is switched off.
    GatewayOff {},
    /// The gateway has no App Secret.
    SecretLost {},
    /// The channel does not accept the App Secret.
    SecretRefused {},
    /// The channel's answer was used before.
    AnswerUsed {},
    /// The channel's answer is too old.
    AnswerExpired {},
    /// The channel's answer belongs to another app or address.
    AnswerForeign {},
    /// The address is not among those that the app may return to.
    AddressNotListed {
        /// Our address.
        address: String,
    },
    /// The channel did not exchange its answer.
    NotExchanged {
        /// The channel's code.
        code: i64,
    },
    /// The channel refused the login for another reason.
    Refused {
        /// The channel's code.
        code: i64,
        /// The channel's second code.
        subcode: i64,
        /// What they mean.
        failure: Failure,
    },
    /// The channel cannot be reached.
    Unreachable {},
    /// Instagram's own login did not exchange its answer.
    InstagramNotExchanged {
        /// Our address, which must be listed there.
        address: String,
    },
    /// Instagram's own login cannot be reached.
    InstagramUnreachable {},
    /// The accounts of the person could not be read.
    AccountsUnreadable {
        /// The reason.
        failure: Failure,
    },
    /// Another user has already connected accounts with this login.
    TakenByOther {},
    /// The user who logged in has been deactivated in the meantime.
    UserDeactivated {},
    /// The store cannot be reached.
    NotStored {},
}
