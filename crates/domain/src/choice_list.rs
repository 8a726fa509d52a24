//! A list to choose from, which opens under a message: sections with rows (meta-platform.md §3.8).

use serde::{Deserialize, Serialize};

use crate::capabilities::{Refused, Unit};
use crate::failure::Failure;

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChoiceList {
    /// The label of the button that opens it.
    pub button: String,
    /// Its sections.
    pub sections: Vec<ListSection>,
}

/// Rows under a common title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListSection {
    /// Its title; needed if there are several sections.
    #[serde(default)]
    pub title: String,
    /// Its rows.
    pub rows: Vec<ListRow>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// What the channel returns when it is tapped. The customer does not see it.
    pub id: String,
    /// What is shown, and returned as the customer's text.
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// How large a list may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimits {
    /// The longest label of the button that opens it.
    pub button: usize,
    /// The maximum number of sections.
    pub sections: usize,
    /// The maximum number of rows in all sections together.
    pub rows: usize,
    /// The longest title of a section or row.
    pub title: usize,
    /// The longest description of a row.
    pub description: usize,
    /// The longest id of a row.
    pub id: usize,
}

impl ListLimits {
    /// Checks a list. The pointers are within it.
    ///
    /// # Errors
    /// The first part that is missing, too long or duplicated.
    pub fn check(&self, channel: &str, list: &ChoiceList) -> Result<(), Refused> {
        let at = |pointer: &str, problem: ListProblem| {
            Err(Refused {
                reason: format!("{channel} does not take this list: {}", problem.english()),
                action: "Change it, then send it again.".into(),
                pointer: pointer.into(),
                failure: Box::new(Failure::TemplateNotTaken { channel: channel.into(), pointer: pointer.into() }),
            })
        };
        let text = |pointer: &str, text: &str, limit: usize| {
            let length = Unit::Characters.count(text);
            if text.trim().is_empty() {
                return at(pointer, ListProblem::Empty {});
            }
            if length > limit {
                return at(pointer, ListProblem::TooLong { length, limit });
            }
            Ok(())
        };
        text("/button", &list.button, self.button)?;
        let count = list.sections.len();
        if count == 0 {
            return at("/sections", ListProblem::Empty {});
        }
        if count > self.sections {
            return at("/sections", ListProblem::TooMany { what: "sections", count, limit: self.sections });
        }
        let rows: usize = list.sections.iter().map(|section| section.rows.len()).sum();
        if rows > self.rows {
            return at("/sections", ListProblem::TooMany { what: "rows", count: rows, limit: self.rows });
        }
        let mut ids = std::collections::HashSet::new();
        for (number, section) in list.sections.iter().enumerate() {
            let place = format!("/sections/{number}");
            if count > 1 || !section.title.is_empty() {
                text(&format!("{place}/title"), &section.title, self.title)?;
            }
            if section.rows.is_empty() {
                return at(&format!("{place}/rows"), ListProblem::Empty {});
            }
            for (number, row) in section.rows.iter().enumerate() {
                let place = format!("{place}/rows/{number}");
                text(&format!("{place}/id"), &row.id, self.id)?;
                text(&format!("{place}/title"), &row.title, self.title)?;
                if let Some(description) = &row.description {
                    text(&format!("{place}/description"), description, self.description)?;
                }
                if !ids.insert(row.id.as_str()) {
                    return at(&format!("{place}/id"), ListProblem::Twice {});
                }
            }
        }
        Ok(())
    }
}

/// What is wrong with a part of a list.
enum ListProblem {
    Empty {},
    TooLong {
        length: usize,
        limit: usize,
    },
    TooMany {
        what: &'static str,
        count: usize,
        limit: usize,
    },
    /// Another row has the same id.
    Twice {},
}

impl ListProblem {
    fn english(&self) -> String {
        match self {
            ListProblem::Empty {} => "it is empty".into(),
            ListProblem::TooLong { length, limit } => {
                format!("it has {length} characters, at most {limit} are possible")
            }
            ListProblem::TooMany { what, count, limit } => {
                format!("there are {count} {what}, at most {limit} are possible")
            }
            ListProblem::Twice {} => "another row has the same id".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ListLimits =
        ListLimits { button: 20, sections: 10, rows: 10, title: 24, description: 72, id: 200 };

    fn list(sections: usize, rows: usize) -> ChoiceList {
        let row = |section: usize, row: usize| ListRow {
            id: format!("{section}-{row}"),
            title: "One".into(),
            description: None,
        };
        let sections = (0..sections)
            .map(|section| ListSection {
                title: "Some".into(),
                rows: (0..rows).map(|it| row(section, it)).collect(),
            })
            .collect();
        ChoiceList { button: "Choose".into(), sections }
    }

    #[test]
    fn a_list_is_measured_and_what_is_wrong_has_its_place() {
        let pointer = |list: &ChoiceList| LIMITS.check("WhatsApp", list).err().map(|refused| refused.pointer);
        assert_eq!(pointer(&list(2, 5)), None);
        assert_eq!(pointer(&list(2, 6)).as_deref(), Some("/sections"));
        assert_eq!(pointer(&list(0, 0)).as_deref(), Some("/sections"));
        assert_eq!(pointer(&list(1, 0)).as_deref(), Some("/sections/0/rows"));
        let mut twice = list(2, 1);
        twice.sections[1].rows[0].id = "0-0".into();
        assert_eq!(pointer(&twice).as_deref(), Some("/sections/1/rows/0/id"));
        let mut long = list(1, 1);
        long.sections[0].rows[0].description = Some("a".repeat(73));
        let refused = LIMITS.check("WhatsApp", &long).unwrap_err();
        assert_eq!(refused.pointer, "/sections/0/rows/0/description");
        assert!(refused.reason.contains("73") && refused.reason.contains("72"), "{refused}");
        let mut untitled = list(2, 1);
        untitled.sections[0].title.clear();
        assert_eq!(pointer(&untitled).as_deref(), Some("/sections/0/title"));
        untitled.sections.truncate(1);
        assert_eq!(pointer(&untitled), None, "one section needs no title");
    }
}
