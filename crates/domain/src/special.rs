//! Special messages, which are neither texts nor files: a place, contacts, a link as a button, a request for the
//! customer's location, a heart (meta-platform.md §3.7, §3.8).

use serde::{Deserialize, Serialize};

use crate::capabilities::{Capabilities, Refused};
use crate::failure::Failure;
use crate::message::{Kind, Message, ShownCard};

/// The text of a heart in the thread, and in everything that reads the thread.
const HEART: &str = "❤️";
/// The longest name, address or number. Our own limit.
const LONGEST: usize = 1_000;
/// The maximum number of contacts in one message, and of numbers of one contact. Our own limit.
const MOST: usize = 20;

/// A special message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Special {
    /// A place.
    Location(Place),
    /// People or businesses to get in touch with.
    Contacts {
        /// At least one.
        contacts: Vec<ContactCard>,
    },
    /// A button below the text that opens a web page.
    Link(Link),
    /// A button below the text by which the customer sends their location.
    AskLocation,
    /// A heart.
    Heart,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OutgoingLocation))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A contact that is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OutgoingContact))]
#[serde(deny_unknown_fields)]
pub struct ContactCard {
    /// The whole name.
    pub name: String,
    /// Numbers.
    #[serde(default)]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// A button that opens a web page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OutgoingLink))]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The label of the button.
    pub title: String,
    /// Where it leads: `https://…` or `http://…`.
    pub url: String,
}

impl Special {
    /// Its name, which is also its field in the API's request.
    pub fn word(&self) -> &'static str {
        match self {
            Special::Location(_) => "location",
            Special::Contacts { .. } => "contacts",
            Special::Link(_) => "link",
            Special::AskLocation => "ask_location",
            Special::Heart => "heart",
        }
    }

    /// Whether it is a button below a text.
    pub fn is_button(&self) -> bool {
        matches!(self, Special::Link(_) | Special::AskLocation)
    }

    /// Checks it. The pointers are those of the API's request.
    ///
    /// # Errors
    /// The channel does not have it, or a part of it is missing, too long or invalid.
    pub fn check(&self, text: Option<&str>, capabilities: &Capabilities) -> Result<(), Refused> {
        let channel = capabilities.name;
        if !capabilities.specials.contains(&self.word()) {
            return Err(
                Refused::new(Failure::NotOnChannel { channel: channel.into() }).at(&format!("/{}", self.word()))
            );
        }
        let at = |pointer: &str, reason: &str| {
            Err(Refused {
                reason: reason.into(),
                action: "Change it, then send it again.".into(),
                pointer: pointer.into(),
                failure: Box::new(Failure::TemplateNotTaken { channel: channel.into(), pointer: pointer.into() }),
            })
        };
        let text = text.unwrap_or_default();
        if self.is_button() {
            if text.trim().is_empty() {
                return at("/text", "A button needs a text above it");
            }
            capabilities.text_with_choices(text).map_err(|refused| refused.at("/text"))?;
        } else if !text.is_empty() {
            return at("/text", "This is a whole message: send the text on its own");
        }
        match self {
            Special::Location(place) => {
                if !(-90.0..=90.0).contains(&place.latitude) {
                    return at("/location/latitude", "The latitude must be between -90 and 90 degrees");
                }
                if !(-180.0..=180.0).contains(&place.longitude) {
                    return at("/location/longitude", "The longitude must be between -180 and 180 degrees");
                }
                for (pointer, text) in [("/location/name", &place.name), ("/location/address", &place.address)] {
                    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
                        return at(pointer, "This has more than 1,000 characters");
                    }
                }
            }
            Special::Contacts { contacts } => {
                if contacts.is_empty() || contacts.len() > MOST {
                    return at("/contacts", "A message has between 1 and 20 contacts");
                }
                for (index, contact) in contacts.iter().enumerate() {
                    if let Some(reason) = contact.problem() {
                        return at(&format!("/contacts/{index}"), reason);
                    }
                }
            }
            Special::Link(link) => {
                let longest = capabilities.buttons.map_or(LONGEST, |limits| limits.title);
                let length = capabilities.text.unit.count(&link.title);
                if link.title.trim().is_empty() || length > longest {
                    return at(
                        "/link/title",
                        &format!("The button's title must have between 1 and {longest} characters"),
                    );
                }
                let is_web = ["https://", "http://"].iter().any(|scheme| {
                    link.url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
                });
                if !is_web || link.url.contains(char::is_whitespace) || link.url.len() > 2 * LONGEST {
                    return at(
                        "/link/url",
                        "The address must be a web address that begins with https:// or http://",
                    );
                }
            }
            Special::AskLocation | Special::Heart => {}
        }
        Ok(())
    }

    /// Adds to a message what the thread shows for it.
    pub fn show_in(&self, message: &mut Message) {
        match self {
            Special::Location(place) => {
                message.kind = Kind::Location;
                message.data.place = Some((place.latitude, place.longitude));
                let lines: Vec<&str> =
                    [&place.name, &place.address].into_iter().flatten().map(String::as_str).collect();
                message.text = Some(lines.join("\n")).filter(|text| !text.is_empty());
            }
            Special::Contacts { contacts } => {
                message.kind = Kind::Share;
                message.data.cards = contacts.iter().map(ContactCard::shown).collect();
                let names: Vec<&str> = contacts.iter().map(|contact| contact.name.as_str()).collect();
                message.text = Some(names.join(", "));
            }
            Special::Link(link) => message.data.link = Some((link.url.clone(), Some(link.title.clone()))),
            Special::AskLocation => {}
            Special::Heart => message.text = Some(HEART.to_owned()),
        }
        message.data.special = Some(Box::new(self.clone()));
    }
}

impl ContactCard {
    fn problem(&self) -> Option<&'static str> {
        let all = || self.phones.iter().chain(&self.emails);
        let is_long = |text: &String| text.chars().count() > LONGEST;
        if self.name.trim().is_empty() {
            return Some("A contact needs a name");
        }
        if all().next().is_none() || all().any(|one| one.trim().is_empty()) {
            return Some("A contact needs a number or an e-mail address, and none of them may be empty");
        }
        if all().count() > MOST {
            return Some("A contact has at most 20 numbers and addresses");
        }
        let is_too_long =
            is_long(&self.name) || all().any(is_long) || self.organization.as_ref().is_some_and(is_long);
        is_too_long.then_some("A part of this contact has more than 1,000 characters")
    }

    fn shown(&self) -> ShownCard {
        let lines: Vec<&str> =
            self.phones.iter().chain(&self.emails).chain(&self.organization).map(String::as_str).collect();
        ShownCard { title: Some(self.name.clone()), subtitle: Some(lines.join(", ")), picture: None, link: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::tests::SAMPLE;

    const ALL: Capabilities =
        Capabilities { specials: &["location", "contacts", "link", "ask_location", "heart"], ..SAMPLE };

    fn pointer(special: &Special, text: Option<&str>) -> String {
        special.check(text, &ALL).expect_err("it is refused").pointer
    }

    fn place(latitude: f64) -> Special {
        Special::Location(Place { latitude, longitude: 30.5, name: Some("Shop".into()), address: None })
    }

    fn link(url: &str) -> Special {
        Special::Link(Link { title: "Open".into(), url: url.into() })
    }

    #[test]
    fn what_a_channel_does_not_have_is_refused_at_its_own_place() {
        let refused = Special::Heart.check(None, &SAMPLE).expect_err("the sample has none");
        assert_eq!(refused.pointer, "/heart");
        assert_eq!(Special::Heart.check(None, &ALL), Ok(()));
    }

    #[test]
    fn each_part_is_checked_where_it_is() {
        assert_eq!(place(50.4).check(None, &ALL), Ok(()));
        assert_eq!(pointer(&place(91.0), None), "/location/latitude");
        assert_eq!(pointer(&place(f64::NAN), None), "/location/latitude");
        assert_eq!(pointer(&place(1.0), Some("Here")), "/text");
        assert_eq!(pointer(&link("https://shop.example/1"), None), "/text");
        assert_eq!(link("https://shop.example/1").check(Some("Look"), &ALL), Ok(()));
        for url in ["shop.example", "javascript:alert(1)", "https:///x", "https://a b", "https://"] {
            assert_eq!(pointer(&link(url), Some("Look")), "/link/url", "{url}");
        }
        let contact = |phones: &[&str]| Special::Contacts {
            contacts: vec![ContactCard {
                name: "Ann".into(),
                phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
                emails: vec![],
                organization: None,
            }],
        };
        assert_eq!(contact(&["+4915"]).check(None, &ALL), Ok(()));
        assert_eq!(pointer(&contact(&[]), None), "/contacts/0");
        assert_eq!(pointer(&Special::Contacts { contacts: vec![] }, None), "/contacts");
    }
}
