//! Meta's limits: what is checked before Meta is asked, and how close we are to its rate limits.

use domain::failure::Failure;
use domain::split::{PART_UNITS, units};
use serde::Deserialize;

use super::lenient::Number;

/// Text of one request must stay below this many UTF-16 units: "less than 2000 characters" (meta-platform.md §3.1).
pub const TEXT_UNITS: usize = PART_UNITS + 1;
/// The longest text that is split into several requests, in UTF-16 units. Our own limit: what is longer is a
/// document, not a message.
pub const WHOLE_TEXT_UNITS: usize = 20_000;
/// Most quick replies under one message (§3.1).
pub const CHOICES: usize = 13;
/// Longest title of a quick reply, in UTF-16 units (§3.1).
pub const CHOICE_TITLE_UNITS: usize = 20;
/// Longest payload of a quick reply, in UTF-16 units (§3.1).
pub const CHOICE_PAYLOAD_UNITS: usize = 1000;
/// Metadata must stay below this many UTF-16 units (§3.1).
pub const METADATA_UNITS: usize = 1000;
/// Most pictures in one request (§3.3).
pub const PICTURES: usize = 30;
/// Largest file, in bytes (§3.3: 25 MB).
pub const FILE_BYTES: u64 = 25 * 1024 * 1024;
/// Calls of the Send API in a second for one Page: text (§7.2).
pub const SENDS_PER_SECOND: u32 = 300;
/// The same for audio and video (§7.2).
pub const MEDIA_SENDS_PER_SECOND: u32 = 10;
/// Beyond this many messages in a second Meta's Page Inbox freezes (§7.2): a brake for our sending.
pub const INBOX_PER_SECOND: u32 = 40;
/// Calls of the Conversations API in a second for one Page (§4.3).
pub const CONVERSATIONS_PER_SECOND: u32 = 2;
/// From this percentage of a quota on it is time to slow down (§7.1).
pub const SLOW_DOWN_PERCENT: u32 = 75;

/// Refused by us, before Meta was asked: a sentence with the limit and the value, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}. {action}")]
pub struct Refused {
    /// What is too much, with limit and value.
    pub reason: String,
    /// What to do.
    pub action: String,
    /// The place within what was checked: a JSON pointer, empty for the whole of it.
    pub pointer: String,
    /// The same as a code with its arguments.
    pub failure: Failure,
}

impl Refused {
    pub(super) fn new(failure: Failure) -> Self {
        let words = failure.english();
        let reason = words.reason.trim_end_matches('.').to_owned();
        Self { reason, action: words.action, pointer: String::new(), failure }
    }

    /// The same, found at a place inside of something larger.
    pub(super) fn at(mut self, place: &str) -> Self {
        self.pointer.insert_str(0, place);
        self
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        refused.failure
    }
}

/// Checks a whole text, which may leave in several parts.
pub fn whole_text(text: &str) -> Result<(), Refused> {
    let length = units(text);
    if length > WHOLE_TEXT_UNITS {
        return Err(Refused::new(Failure::TextTooLong { length, limit: WHOLE_TEXT_UNITS }));
    }
    Ok(())
}

/// Checks the text of one request.
pub fn text(text: &str) -> Result<(), Refused> {
    let length = units(text);
    if text.trim().is_empty() {
        return Err(Refused::new(Failure::TextEmpty {}));
    }
    if length >= TEXT_UNITS {
        return Err(Refused::new(Failure::PartTooLong { length, limit: TEXT_UNITS - 1 }));
    }
    Ok(())
}

/// Checks the size of a file, in bytes. The caller knows it; [`super::send::encode`] does not.
pub fn file(bytes: u64) -> Result<(), Refused> {
    if bytes == 0 {
        return Err(Refused::new(Failure::FileEmpty {}));
    }
    if bytes > FILE_BYTES {
        return Err(Refused::new(Failure::FileTooLarge { bytes, limit: FILE_BYTES }));
    }
    Ok(())
}

/// Checks quick replies.
pub fn choices(choices: &[domain::outbound::Choice]) -> Result<(), Refused> {
    if choices.len() > CHOICES {
        return Err(Refused::new(Failure::TooManyChoices { count: choices.len(), limit: CHOICES }));
    }
    for (index, choice) in choices.iter().enumerate() {
        let place = format!("/{index}");
        let (title, payload) = (units(&choice.title), units(&choice.payload));
        if choice.title.trim().is_empty() {
            return Err(Refused::new(Failure::ChoiceWithoutTitle {}).at(&place));
        }
        if title > CHOICE_TITLE_UNITS {
            return Err(Refused::new(Failure::ChoiceTitleTooLong {
                title: choice.title.clone(),
                length: title,
                limit: CHOICE_TITLE_UNITS,
            })
            .at(&place));
        }
        if payload > CHOICE_PAYLOAD_UNITS {
            return Err(Refused::new(Failure::ChoicePayloadTooLong {
                title: choice.title.clone(),
                length: payload,
                limit: CHOICE_PAYLOAD_UNITS,
            })
            .at(&place));
        }
    }
    Ok(())
}

/// Checks a template.
pub fn template(template: &domain::template::Template) -> Result<(), Refused> {
    domain::template::check(template).map_err(|fault| Refused {
        reason: fault.reason,
        action: fault.action.to_owned(),
        failure: Failure::TemplateNotTaken { pointer: fault.pointer.clone() },
        pointer: fault.pointer,
    })
}

/// Checks how many pictures go together.
pub fn pictures(count: usize) -> Result<(), Refused> {
    if count > PICTURES {
        return Err(Refused::new(Failure::TooManyPictures { count, limit: PICTURES }));
    }
    Ok(())
}

/// Checks the metadata that comes back in the echo.
pub fn metadata(metadata: &str) -> Result<(), Refused> {
    let length = units(metadata);
    if length >= METADATA_UNITS {
        return Err(Refused::new(Failure::MetadataTooLong { length, limit: METADATA_UNITS }));
    }
    Ok(())
}

/// How much of Meta's quotas is used (meta-platform.md §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The fullest quota of all, in percent; over 100 means throttled. 0 if no header reported one.
    pub percent: u32,
    /// Minutes until access returns, where a header names them and they are not 0.
    pub regain_minutes: Option<u32>,
    /// Seconds that the header `Retry-After` asks to wait.
    pub retry_after_seconds: Option<u32>,
}

impl Usage {
    /// Whether it is time to slow down.
    pub fn is_high(&self) -> bool {
        self.percent >= SLOW_DOWN_PERCENT
    }

    /// How long the headers ask us to wait, in seconds.
    pub fn wait_seconds(&self) -> Option<u32> {
        let regain = self.regain_minutes.map(|minutes| minutes.saturating_mul(60));
        regain.max(self.retry_after_seconds)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Quota {
    call_count: Number,
    total_time: Number,
    total_cputime: Number,
    estimated_time_to_regain_access: Number,
}

/// Reads `X-App-Usage`, `X-Page-Usage`, `X-Business-Use-Case-Usage` and `Retry-After` out of a
/// response's headers, whatever their case. Absent or unreadable ones are normal and count as 0.
pub fn usage<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Usage {
    let mut usage = Usage::default();
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("x-app-usage") || name.eq_ignore_ascii_case("x-page-usage") {
            if let Ok(quota) = serde_json::from_str(value) {
                usage.add(&quota);
            }
        } else if name.eq_ignore_ascii_case("x-business-use-case-usage") {
            let owners = serde_json::from_str::<std::collections::BTreeMap<String, Vec<Quota>>>(value);
            owners.unwrap_or_default().values().flatten().for_each(|quota| usage.add(quota));
        } else if name.eq_ignore_ascii_case("retry-after") {
            usage.retry_after_seconds = value.trim().parse().ok();
        }
    }
    usage
}

impl Usage {
    fn add(&mut self, quota: &Quota) {
        let whole = |number: Number| u32::try_from(number.0.unwrap_or(0).max(0)).unwrap_or(u32::MAX);
        for part in [quota.call_count, quota.total_time, quota.total_cputime] {
            self.percent = self.percent.max(whole(part));
        }
        let minutes = whole(quota.estimated_time_to_regain_access);
        if minutes > 0 {
            self.regain_minutes = self.regain_minutes.max(Some(minutes));
        }
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
