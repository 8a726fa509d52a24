//! What an entry of the audit log records besides its action and object, as data: `{code, args}` in the store.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ContactId, GatewayId, UserId};

/// One remark. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum AuditDetail {
    /// No detail.
    Nothing {},
    /// What the object is called: a name, an e-mail address, a file.
    Named {
        /// Its name at that time.
        name: String,
    },
    /// Which fields or parts were set.
    Fields {
        /// Their names in the API.
        fields: Vec<String>,
    },
    /// What was changed, from what to what.
    Changed {
        /// What the object is called now; empty if there is only one.
        name: String,
        /// The fields that differ.
        changes: Vec<FieldChange>,
    },
    /// Where the request came from.
    Address {
        /// The IP address.
        address: String,
    },
    /// All objects of the kind, not a single one.
    All {},
    /// Done on the command line, without a user.
    CommandLine {},
    /// It belongs to another user.
    OfUser {
        /// What it is called.
        name: String,
        /// The owner.
        user: UserId,
    },
    /// Another contact was involved.
    Contact {
        /// The other contact.
        contact: ContactId,
    },
    /// A new user.
    User {
        /// The e-mail address.
        name: String,
        /// Its name in the API.
        role: String,
    },
    /// Access for a number of days.
    Access {
        /// The e-mail address.
        name: String,
        /// The number of days from now.
        days: i64,
    },
    /// The version that was published.
    Version {
        /// Counted from 1.
        number: i64,
    },
    /// How many conversations an agent takes at once.
    Capacity {
        /// The new limit.
        capacity: i64,
    },
    /// A campaign whose author stated that the recipients agreed.
    Campaign {
        /// Its name.
        name: String,
        /// How many recipients.
        recipients: i64,
    },
    /// Accounts were connected by a login or a token.
    Connected {
        /// What the channel calls one of them: "Page".
        name: String,
        /// How many.
        accounts: usize,
        /// How many of them can be used.
        usable: usize,
        /// Whether a token was pasted.
        by_token: bool,
    },
    /// Rows of a file were imported.
    Imported {
        /// How many were new.
        created: usize,
        /// How many updated existing data.
        updated: usize,
    },
    /// How many messages are sent again.
    Messages {
        /// How many.
        count: usize,
    },
    /// A subscription was missing at the channel, and Deskbell renewed it.
    Renewed {},
    /// Requested by the channel.
    ByChannel {
        /// Through which gateway.
        gateway: GatewayId,
    },
    /// How much was deleted, by kind.
    Deleted {
        /// A kind, such as `failed_deliveries`, and how many.
        counts: Vec<(String, u64)>,
    },
}

/// A field before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name in the API.
    pub field: String,
    /// Its value before.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

/// The longest field value that the log stores, in characters of its JSON. Longer ones are cut.
const LONGEST_VALUE: usize = 1_000;

/// A value as the log stores it.
fn shortened(value: &Value) -> Value {
    let text = value.to_string();
    if text.chars().count() <= LONGEST_VALUE {
        return value.clone();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        _ => text,
    };
    let start: String = text.chars().take(LONGEST_VALUE).collect();
    Value::String(start + "…")
}

impl Default for AuditDetail {
    fn default() -> Self {
        AuditDetail::Nothing {}
    }
}

impl AuditDetail {
    /// What the object is called.
    pub fn named(name: impl Into<String>) -> Self {
        AuditDetail::Named { name: name.into() }
    }

    /// Which fields or parts were set.
    pub fn fields<T: Into<String>>(fields: impl IntoIterator<Item = T>) -> Self {
        AuditDetail::Fields { fields: fields.into_iter().map(Into::into).collect() }
    }

    /// What differs between an object before and after, as the API shows it. Its id and version do not count.
    pub fn changed(name: impl Into<String>, before: &impl Serialize, after: &impl Serialize) -> Self {
        let fields = |it: Value| match it {
            Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        };
        let before = fields(serde_json::to_value(before).unwrap_or_default());
        let after = fields(serde_json::to_value(after).unwrap_or_default());
        let differs = |(field, value): (&String, &Value)| {
            let before = before.get(field).unwrap_or(&Value::Null);
            let counts = field != "id" && field != "version" && before != value;
            counts.then(|| FieldChange {
                field: field.clone(),
                before: shortened(before),
                after: shortened(value),
            })
        };
        AuditDetail::Changed { name: name.into(), changes: after.iter().filter_map(differs).collect() }
    }

    /// How much was deleted, by kind.
    pub fn deleted(counts: impl IntoIterator<Item = (&'static str, u64)>) -> Self {
        AuditDetail::Deleted { counts: counts.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect() }
    }

    /// The remark in English; empty if there is none.
    pub fn english(&self) -> String {
        match self {
            AuditDetail::Nothing {} => String::new(),
            AuditDetail::Named { name } => name.clone(),
            AuditDetail::Fields { fields } => fields.join(", "),
            AuditDetail::Changed { name, changes } => {
                let short = |value: &Value| match value {
                    Value::String(text) if text.chars().count() <= 80 => format!("\"{text}\""),
                    value if value.to_string().chars().count() <= 80 => value.to_string(),
                    value => value.to_string().chars().take(80).collect::<String>() + "…",
                };
                let change =
                    |it: &FieldChange| format!("{} {} → {}", it.field, short(&it.before), short(&it.after));
                let changes: Vec<String> = changes.iter().map(change).collect();
                match (name.is_empty(), changes.is_empty()) {
                    (_, true) => name.clone(),
                    (true, false) => changes.join(", "),
                    (false, false) => format!("{name}: {}", changes.join(", ")),
                }
            }
            AuditDetail::Address { address } => address.clone(),
            AuditDetail::All {} => "all".into(),
            AuditDetail::CommandLine {} => "command line".into(),
            AuditDetail::OfUser { name, user } => format!("{name}, of user {user}"),
            AuditDetail::Contact { contact } => format!("contact {contact}"),
            AuditDetail::User { name, role } => format!("{name}, {role}"),
            AuditDetail::Access { name, days } => format!("{name}, {days} days"),
            AuditDetail::Version { number } => format!("version {number}"),
            AuditDetail::Capacity { capacity } => format!("capacity {capacity}"),
            AuditDetail::Campaign { name, recipients } => {
                format!("{name} ({recipients} recipients, consent stated)")
            }
            AuditDetail::Connected { name, accounts, usable, by_token } => {
                let plural = if *accounts == 1 { "" } else { "s" };
                let how = if *by_token { ", by token" } else { "" };
                format!("connected {accounts} {name}{plural}, usable {usable}{how}")
            }
            AuditDetail::Imported { created, updated } => format!("created {created}, updated {updated}"),
            AuditDetail::Messages { count } => count.to_string(),
            AuditDetail::Renewed {} => "lost at Meta, renewed by Deskbell".into(),
            AuditDetail::ByChannel { gateway } => format!("gateway {gateway}, by Meta"),
            AuditDetail::Deleted { counts } => counts
                .iter()
                .map(|(kind, count)| format!("{count} {}", kind.replace('_', " ")))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remark_is_a_code_in_json_and_words_on_the_screen() {
        let name = || "Ann".to_owned();
        for (detail, english) in [
            (AuditDetail::default(), ""),
            (AuditDetail::named("Ann"), "Ann"),
            (AuditDetail::fields(["name", "role"]), "name, role"),
            (
                AuditDetail::changed(
                    "Ann",
                    &serde_json::json!({ "id": "1", "version": 1, "name": "Anna", "text": "x" }),
                    &serde_json::json!({ "id": "1", "version": 2, "name": "Ann", "text": "x" }),
                ),
                "Ann: name \"Anna\" → \"Ann\"",
            ),
            (AuditDetail::Address { address: "203.0.113.9".into() }, "203.0.113.9"),
            (AuditDetail::All {}, "all"),
            (AuditDetail::CommandLine {}, "command line"),
            (AuditDetail::OfUser { name: name(), user: UserId(7) }, "Ann, of user 7"),
            (AuditDetail::Contact { contact: ContactId(7) }, "contact 7"),
            (AuditDetail::User { name: name(), role: "agent".into() }, "Ann, agent"),
            (AuditDetail::Access { name: name(), days: 60 }, "Ann, 60 days"),
            (AuditDetail::Version { number: 2 }, "version 2"),
            (AuditDetail::Capacity { capacity: 2 }, "capacity 2"),
            (AuditDetail::Campaign { name: name(), recipients: 2 }, "Ann (2 recipients, consent stated)"),
            (
                AuditDetail::Connected { name: "Page".into(), accounts: 2, usable: 1, by_token: false },
                "connected 2 Pages, usable 1",
            ),
            (AuditDetail::Imported { created: 2, updated: 1 }, "created 2, updated 1"),
            (AuditDetail::Messages { count: 3 }, "3"),
            (AuditDetail::Renewed {}, "lost at Meta, renewed by Deskbell"),
            (AuditDetail::ByChannel { gateway: GatewayId(7) }, "gateway 7, by Meta"),
            (AuditDetail::deleted([("failed_deliveries", 3), ("files", 1)]), "3 failed deliveries, 1 files"),
        ] {
            assert_eq!(detail.english(), english);
            let json = serde_json::to_string(&detail).unwrap();
            assert!(!json.contains(' '), "{json}");
            assert_eq!(serde_json::from_str::<AuditDetail>(&json).unwrap(), detail);
        }
    }
}
