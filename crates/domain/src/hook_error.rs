//! Why another program did not get an event, as data: `{code, args}` in the store. The English is produced where it
//! is shown.

use serde::{Deserialize, Serialize};

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
#[error("{}", self.english())]
pub enum HookError {
    /// The address cannot be read.
    AddressUnreadable {},
    /// The address names no host.
    HostMissing {},
    /// The address holds a user name or a password.
    UserInAddress {},
    /// The host is inside our own network.
    Internal {
        /// The host.
        host: String,
    },
    /// The host's name resolves to our own network.
    NameInternal {
        /// The host.
        host: String,
    },
    /// There is a proxy, and the host's name is not known here: it may lead into our own network.
    NameUnknown {
        /// The host.
        host: String,
    },
    /// The address is not https.
    Unencrypted {},
    /// It answered with a redirect.
    Redirect {
        /// The HTTP status.
        status: u16,
    },
    /// It refused the event.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It did not answer in time.
    NoAnswer {},
    /// It cannot be reached.
    Unreachable {},
    /// The connection ended before it answered.
    BrokenOff {},
    /// The webhook's secret cannot be decrypted.
    SecretUnreadable {},
}

impl HookError {
    /// The reason as English sentences.
    pub fn english(&self) -> String {
        const LISTED: &str =
            "If it may be reached, ask your server administrator to add it to DESKBELL_WEBHOOK_HOSTS.";
        match self {
            HookError::AddressUnreadable {} => "Enter a valid address, such as https://host/path.".into(),
            HookError::HostMissing {} => "This address names no host: write it as https://host/path.".into(),
            HookError::UserInAddress {} => {
                "An address with a user name and password cannot be used: sign-in is by the signature.".into()
            }
            HookError::Internal { host } => format!("{host} is inside our own network. {LISTED}"),
            HookError::NameInternal { host } => {
                format!("The name {host} leads into our own network. {LISTED}")
            }
            HookError::NameUnknown { host } => {
                format!(
                    "The name {host} cannot be resolved here, so that it may lead into our own network. {LISTED}"
                )
            }
            HookError::Unencrypted {} => {
                "The address must begin with https://, so that no one can read it in transit.".into()
            }
            HookError::Redirect { status } => {
                format!("It answered with a redirect ({status}), which is not followed.")
            }
            HookError::Refused { status } => {
                format!("It answered with status {status}; any 2xx takes the event.")
            }
            HookError::NoAnswer {} => "It did not answer within 10 seconds.".into(),
            HookError::Unreachable {} => "It cannot be reached.".into(),
            HookError::BrokenOff {} => "The connection broke off before it answered.".into(),
            HookError::SecretUnreadable {} => {
                "Its secret was encrypted with another key: give the webhook a new one.".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_code_in_json_and_a_sentence_on_the_screen() {
        let host = || "crm.example".to_owned();
        for error in [
            HookError::AddressUnreadable {},
            HookError::HostMissing {},
            HookError::UserInAddress {},
            HookError::Internal { host: host() },
            HookError::NameInternal { host: host() },
            HookError::NameUnknown { host: host() },
            HookError::Unencrypted {},
            HookError::Redirect { status: 301 },
            HookError::Refused { status: 500 },
            HookError::NoAnswer {},
            HookError::Unreachable {},
            HookError::BrokenOff {},
            HookError::SecretUnreadable {},
        ] {
            let sentence = error.to_string();
            assert!(sentence.ends_with('.') && !sentence.contains(['{', '}']), "{sentence}");
            let json = serde_json::to_string(&error).unwrap();
            assert!(!json.contains(' '), "{json}");
            assert_eq!(serde_json::from_str::<HookError>(&json).unwrap(), error);
        }
    }
}
