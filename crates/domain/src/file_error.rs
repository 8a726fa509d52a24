//! Why a customer's file could not be fetched, as data: `{code, args}` in the store. The English is produced where it
//! is shown.

use serde::{Deserialize, Serialize};

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum FileError {
    /// The channel gave no address.
    NoAddress {},
    /// The address cannot be read.
    AddressUnreadable {},
    /// The address names no host.
    HostMissing {},
    /// The address holds a user name.
    UserInAddress {
        /// Its host name.
        host: String,
    },
    /// Requests to this host are not allowed.
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// The host, or the address of its name, is inside our own network.
    Internal {
        /// The host.
        host: String,
    },
    /// It is offered without encryption.
    Unencrypted {
        /// The host.
        host: String,
    },
    /// Its address uses another protocol than https.
    SchemeNotAllowed {
        /// The protocol.
        scheme: String,
    },
    /// The host cannot be reached.
    Unreachable {},
    /// The host did not answer in time.
    NoAnswer {},
    /// The whole file took too long.
    TooSlow {},
    /// The transfer stalled in the middle of the file.
    Stalled {},
    /// The connection ended in the middle of the file.
    BrokenOff {},
    /// A redirect names no address.
    RedirectNowhere {},
    /// There are too many redirects.
    RedirectLoop {},
    /// The host is overloaded or failing.
    Busy {
        /// The HTTP status.
        status: u16,
    },
    /// The host no longer provides it.
    Expired {
        /// The HTTP status.
        status: u16,
    },
    /// The host refused it.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It is too large.
    TooLarge {
        /// The maximum size.
        megabytes: u64,
    },
    /// It is empty.
    Empty {},
    /// Its bytes are not those that the channel announced.
    ChecksumWrong {},
    /// Its address has to be requested from the channel, and no token of the account is valid.
    Disconnected {},
    /// Deskbell's disk is nearly full. The rest is reserved for messages.
    DiskLow {},
    /// Deskbell cannot write to its media folder.
    FolderUnwritable {},
    /// It was deleted at the end of its retention time.
    Removed {},
}

impl FileError {
    /// The reason as English sentences.
    pub fn english(&self) -> String {
        match self {
            FileError::NoAddress {} => "Meta gave no address to fetch it from.".into(),
            FileError::AddressUnreadable {} => "The file's address cannot be read.".into(),
            FileError::HostMissing {} => "The file's address names no host.".into(),
            FileError::UserInAddress { host } => {
                format!("The file's address at {host} contains a user name, which Meta's addresses never do.")
            }
            FileError::HostNotAllowed { host } => format!(
                "Files are not fetched from {host}. If they should be, add it to DESKBELL_META_MEDIA_HOSTS."
            ),
            FileError::Internal { host } => {
                format!("The host {host} is inside our own network, so no file is fetched from it.")
            }
            FileError::Unencrypted { host } => {
                format!(
                    "The file at {host} is offered without encryption (http), which is only accepted from this \
                    computer."
                )
            }
            FileError::SchemeNotAllowed { scheme } => {
                format!("Files are fetched by https, not by \"{scheme}\".")
            }
            FileError::Unreachable {} => "The file's host cannot be reached. Deskbell will try again.".into(),
            FileError::NoAnswer {} => "The file's host did not answer in time. Deskbell will try again.".into(),
            FileError::TooSlow {} => "The file arrived too slowly. Deskbell will try again.".into(),
            FileError::Stalled {} => "The download stalled half-way. Deskbell will try again.".into(),
            FileError::BrokenOff {} => "The download broke off half-way. Deskbell will try again.".into(),
            FileError::RedirectNowhere {} => {
                "The file's host answered with a redirect that has no address.".into()
            }
            FileError::RedirectLoop {} => "The file's host redirects in an endless loop.".into(),
            FileError::Busy { status } => {
                format!("The file's host is busy or out of order (HTTP {status}). Deskbell will try again.")
            }
            FileError::Expired { status } => format!(
                "Meta no longer provides the file (HTTP {status}): its address has expired, or the customer unsent \
                it."
            ),
            FileError::Refused { status } => format!("The file's host refused it (HTTP {status})."),
            FileError::TooLarge { megabytes } => {
                format!("The file is larger than {megabytes} MB, the most that is stored.")
            }
            FileError::Empty {} => "The file is empty.".into(),
            FileError::ChecksumWrong {} => {
                "The file arrived damaged: its checksum is not the one that Meta announced. Deskbell will try again."
                    .into()
            }
            FileError::Disconnected {} => {
                "The file waits for a connection of its account: ask an administrator to reconnect it.".into()
            }
            FileError::DiskLow {} => {
                "The disk of this installation is nearly full: the file is fetched as soon as there is space."
                    .into()
            }
            FileError::FolderUnwritable {} => "The media folder cannot be written: the disk may be full.".into(),
            FileError::Removed {} => {
                "It was deleted: this installation does not store files of closed conversations any longer.".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_code_in_json_and_a_sentence_on_the_screen() {
        let host = || "files.example".to_owned();
        let every = [
            FileError::NoAddress {},
            FileError::AddressUnreadable {},
            FileError::HostMissing {},
            FileError::UserInAddress { host: host() },
            FileError::HostNotAllowed { host: host() },
            FileError::Internal { host: "10.0.0.8".into() },
            FileError::Unencrypted { host: host() },
            FileError::SchemeNotAllowed { scheme: "ftp".into() },
            FileError::Unreachable {},
            FileError::NoAnswer {},
            FileError::TooSlow {},
            FileError::Stalled {},
            FileError::BrokenOff {},
            FileError::RedirectNowhere {},
            FileError::RedirectLoop {},
            FileError::Busy { status: 503 },
            FileError::Expired { status: 410 },
            FileError::Refused { status: 400 },
            FileError::TooLarge { megabytes: 25 },
            FileError::Empty {},
            FileError::ChecksumWrong {},
            FileError::Disconnected {},
            FileError::DiskLow {},
            FileError::FolderUnwritable {},
            FileError::Removed {},
        ];
        for error in every {
            let sentence = error.english();
            assert!(sentence.ends_with('.') && !sentence.contains(['{', '}']), "{sentence}");
            let json = serde_json::to_string(&error).unwrap();
            assert!(!json.contains(' '), "{json}");
            assert_eq!(serde_json::from_str::<FileError>(&json).unwrap(), error);
        }
    }
}
