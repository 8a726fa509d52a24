//! The requests that a message takes.

use super::Message;
use crate::capabilities::Capabilities;
use crate::inbound::FileKind;
use crate::outbound::{Choice, Part};
use crate::split::split;

impl Message {
    /// The requests for it, in this order: its text, split if it is too long for one request; its template; its
    /// pictures together, or each file on its own. Choices go under the last part: under an earlier one they would
    /// disappear when the next part arrives.
    pub fn parts(&self, capabilities: &Capabilities) -> Vec<Part> {
        let files = &self.data.files;
        let choices = &self.data.choices;
        let text = self.text.as_deref().unwrap_or_default();
        // Its text is what the customer reads: the channel fills in the template itself.
        if let Some(template) = &self.data.approved {
            return vec![Part::Approved { template: template.clone() }];
        }
        if let Some(special) = &self.data.special {
            let text = if special.is_button() { text } else { "" };
            return vec![Part::Special { text: text.to_owned(), special: special.clone() }];
        }
        if let Some(list) = &self.data.list {
            return vec![Part::List { text: text.to_owned(), list: list.clone() }];
        }
        // Where only a text can have choices, it comes after the files and is short enough for them.
        let under_text = capabilities.choices.and_then(|limits| limits.text).filter(|_| !choices.is_empty());
        let words = match (&files[..], capabilities.caption) {
            // A single file carries the text as its caption.
            ([file], Some(limit))
                if under_text.is_none() && file.takes_caption() && capabilities.text.unit.count(text) <= limit =>
            {
                Vec::new()
            }
            _ => words_of(text, choices, under_text, capabilities),
        };
        let caption = (words.is_empty() && !text.trim().is_empty()).then(|| text.to_owned());
        let mut parts: Vec<Part> = Vec::new();
        match &self.data.template {
            // Its file, if it has one, is part of it.
            Some(template) => parts.push(Part::Template { template: (**template).clone(), choices: Vec::new() }),
            None if capabilities.albums
                && files.len() > 1
                && files.iter().all(|file| file.kind == FileKind::Image) =>
            {
                let media = files.iter().map(|file| file.medium).collect();
                parts.push(Part::Pictures { media, choices: Vec::new() });
            }
            None => parts.extend(files.iter().map(|file| Part::File {
                medium: file.medium,
                file: file.kind,
                name: Some(file.name.clone()).filter(|name| !name.is_empty()),
                caption: caption.clone(),
                choices: Vec::new(),
            })),
        }
        let at = if under_text.is_some() { parts.len() } else { 0 };
        parts.splice(at..at, words);
        if let Some(place) = parts.last_mut().and_then(Part::choices_mut) {
            place.clone_from(choices);
        }
        parts
    }
}

/// A text as parts. `under_text`: the maximum length of the last part, if there are choices and only a text can have
/// them. Without a text, the titles of the choices become the text.
fn words_of(text: &str, choices: &[Choice], under_text: Option<usize>, capabilities: &Capabilities) -> Vec<Part> {
    let mut limits = capabilities.text;
    let titles = choices.iter().map(|choice| choice.title.as_str()).collect::<Vec<_>>().join("\n");
    let text = if under_text.is_some() && text.trim().is_empty() { &titles } else { text };
    if let Some(limit) = under_text {
        limits.request = limits.request.min(limit);
    }
    let words = split(text, &limits).into_iter().filter(|text| !text.trim().is_empty());
    words.map(|text| Part::Text { text: text.to_owned(), choices: Vec::new() }).collect()
}
