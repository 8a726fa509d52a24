//! What is shown, shot by shot, as data: the whole story, and one film for each permission and feature.

pub mod channels;
mod shots;

use film::{Seat, Thing};
use serde::Serialize;
use serde_json::Value;

use self::shots::{
    answer, choose, close, customer_writes, go_online, grant, late_answer, listed, offer, panel, subscribe,
    yesterday,
};
use super::{FilmSetup, Operator};

/// The notice at the beginning of every film that is not made with Facebook itself.
pub const SANDBOX_NOTICE: &str = "Recorded with Deskbell's sandbox, which simulates Facebook and Messenger. Meta \
    wants to see the real ones: use this film as a template for yours, don't submit it.";

#[derive(Debug, Clone, Serialize)]
pub struct Script {
    /// The file name without its extension.
    pub name: &'static str,
    /// The permission or feature it is about; None for the whole story.
    pub about: Option<&'static str>,
    /// Above the title of the first card.
    pub over: String,
    pub title: String,
    /// What the viewer should know first.
    pub lines: Vec<String>,
    pub shots: Vec<Shot>,
}

/// What happens below one caption.
#[derive(Debug, Clone, Serialize)]
pub struct Shot {
    /// In English, for the reviewer.
    pub caption: String,
    /// The permission or feature that is used.
    pub tag: Option<&'static str>,
    /// What to do and to show, for filming the real Messenger manually.
    pub instruction: String,
    /// What the pointer does.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub enum Step {
    /// Nothing, for this many seconds.
    Hold(f64),
    /// Points at something.
    Point(Seat, Thing),
    Click(Seat, Thing),
    Write(Seat, Thing, String),
    Enter(Seat),
    /// Waits until something is visible.
    Sees(Seat, Thing),
    /// A window was opened; it has this title and shows this.
    Popup(&'static str, Thing),
    /// The window has closed itself.
    Closed,
    /// The sandbox does something on its own.
    Behind(Request),
}

/// A request to the sandbox's control API, for the film's Page and customer.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path after the customer's.
    pub path: &'static str,
    /// The body.
    pub body: Value,
}

/// Permissions and features, as Meta calls them.
pub const SHOW_LIST: &str = "pages_show_list";
pub const MESSAGING: &str = "pages_messaging";
pub const METADATA: &str = "pages_manage_metadata";
pub const PROFILE: &str = "Business Asset User Profile Access";
pub const HUMAN_AGENT: &str = "Human Agent";

/// The name of the film about late answers.
pub const HUMAN_AGENT_FILM: &str = "human_agent";
/// The name of the film of the whole story.
pub const STORY: &str = "story";
/// Every film that can be made with the sandbox, by name, with the permission or feature that it shows.
pub const FILMS: &[(&str, Option<&str>)] = &[
    (STORY, None),
    ("pages_show_list", Some(SHOW_LIST)),
    ("pages_messaging", Some(MESSAGING)),
    ("pages_manage_metadata", Some(METADATA)),
    ("business_asset_user_profile_access", Some(PROFILE)),
    (HUMAN_AGENT_FILM, Some(HUMAN_AGENT)),
];

/// The permission or feature that a film shows.
#[must_use]
pub fn about(name: &str) -> Option<&'static str> {
    let recorded = FILMS.iter().find(|(film, _)| *film == name);
    recorded.map_or_else(|| channels::about(name), |(_, about)| *about)
}

/// The whole set: the story, and a film for each permission and feature. Human Agent's is only for gateways that use
/// it.
#[must_use]
pub fn all(setup: &FilmSetup) -> Vec<Script> {
    let mut scripts = vec![story(setup), show_list(setup), messaging(setup), metadata(setup), profile(setup)];
    // A reviewer cannot see a conversation of yesterday: this one is filmed with a staff user.
    if matches!(setup.operator, Operator::Administrator(_)) {
        scripts.push(late(setup));
    }
    scripts
}

fn begin(name: &'static str, about: Option<&'static str>, title: &str, lines: &[&str]) -> Script {
    Script {
        name,
        about,
        over: match about {
            None => "Deskbell, the whole story".into(),
            Some(about) => format!("Deskbell, use of {about}"),
        },
        title: title.into(),
        lines: lines.iter().map(|&line| line.into()).collect(),
        shots: Vec::new(),
    }
}

const SIDES: &str =
    "Left: Messenger, as the customer sees it. Right: Deskbell, as our staff see it. Both begin signed out.";

/// The common beginning of most films: the Page is connected and an agent is online.
fn at_work(setup: &FilmSetup, about: Option<&'static str>) -> Vec<Shot> {
    let mut shots = grant(setup, about);
    shots.extend([choose(setup), subscribe(setup), go_online(setup)]);
    shots
}

fn story(setup: &FilmSetup) -> Script {
    let mut it = begin(STORY, None, "A customer writes to the Page, and a person answers", &[SIDES]);
    it.shots.extend(at_work(setup, None));
    it.shots.extend(customer_writes(setup));
    it.shots.extend(offer(setup, false));
    it.shots.extend(answer(setup));
    it.shots.push(close(setup));
    it
}

fn show_list(setup: &FilmSetup) -> Script {
    let about = "Deskbell reads the list of Pages after the login, so that the person can choose which of them our staff answer.";
    let title = "The person's Pages are listed, and they choose one";
    let mut it = begin("pages_show_list", Some(SHOW_LIST), title, &[about]);
    it.shots.extend(grant(setup, Some(SHOW_LIST)));
    it.shots.extend([choose(setup), listed(setup)]);
    it
}

fn metadata(setup: &FilmSetup) -> Script {
    let about =
        "Deskbell subscribes the chosen Page's webhooks, so that messages to the Page reach our staff at once.";
    let title = "The Page's webhooks are subscribed, and a message arrives";
    let mut it = begin("pages_manage_metadata", Some(METADATA), title, &[about]);
    it.shots.extend(at_work(setup, Some(METADATA)));
    it.shots.extend(customer_writes(setup));
    it.shots.extend(offer(setup, false));
    it
}

fn messaging(setup: &FilmSetup) -> Script {
    let about = "Left: Messenger, as the customer sees it. Right: Deskbell, where the message is sent.";
    let title = "Our staff answer in Deskbell, and the answer arrives in Messenger";
    let mut it = begin("pages_messaging", Some(MESSAGING), title, &[about]);
    it.shots.extend(at_work(setup, Some(MESSAGING)));
    it.shots.extend(customer_writes(setup));
    it.shots.extend(offer(setup, false));
    it.shots.extend(answer(setup));
    it
}

fn profile(setup: &FilmSetup) -> Script {
    let about = "Deskbell shows the name and picture of people who wrote to the Page, and only to the staff who answer them.";
    let title = "Our staff see who is writing: the customer's name and picture";
    let mut it = begin("business_asset_user_profile_access", Some(PROFILE), title, &[about]);
    it.shots.extend(at_work(setup, Some(PROFILE)));
    it.shots.extend(customer_writes(setup));
    it.shots.extend(offer(setup, true));
    it.shots.push(panel(setup));
    it
}

fn late(setup: &FilmSetup) -> Script {
    let about = "The customer wrote yesterday; a person at the desk, not a bot, answers within 7 days.";
    let title = "A person answers a question after more than 24 hours";
    let mut it = begin(HUMAN_AGENT_FILM, Some(HUMAN_AGENT), title, &[about]);
    it.shots.extend(at_work(setup, Some(HUMAN_AGENT)));
    it.shots.extend(yesterday(setup));
    it.shots.extend(late_answer(setup));
    it
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::film::Sandbox;

    fn scripts(operator: Operator) -> Vec<Script> {
        all(&FilmSetup {
            deskbell_url: "https://desk.example".into(),
            operator,
            email: "reviewer@example.org".into(),
            password: "a-password-of-theirs".into(),
            page: "Lavka".into(),
            sandbox: Sandbox {
                url: "http://localhost:1".into(),
                person: "Anna".into(),
                page_id: "1".into(),
                customer_id: "olena".into(),
                customer: "Olena".into(),
            },
        })
    }

    fn both() -> impl Iterator<Item = Script> {
        let administrator = scripts(Operator::Administrator("Shop".into()));
        administrator.into_iter().chain(scripts(Operator::Reviewer("COPPER".into())))
    }

    #[test]
    fn every_film_is_there_under_the_name_that_is_promised() {
        let made: Vec<_> =
            scripts(Operator::Administrator("Shop".into())).iter().map(|it| (it.name, it.about)).collect();
        assert_eq!(made, FILMS);
    }

    #[test]
    fn every_film_begins_signed_out_and_shows_login_choice_of_the_page_and_grant() {
        for script in both() {
            let steps: Vec<&Step> = script.shots.iter().flat_map(|shot| &shot.steps).collect();
            let at = |what: &str, test: &dyn Fn(&Step) -> bool| {
                steps.iter().position(|step| test(step)).unwrap_or_else(|| panic!("{}: {what}", script.name))
            };
            let clicks = |name: &'static str| move |step: &Step| matches!(step, Step::Click(_, thing) if thing.name.as_deref() == Some(name));
            let order = [
                at("signs in", &clicks("Sign in")),
                at("finds Facebook Login", &|step| {
                    clicks("Add or remove pages")(step) || clicks("Log in with Facebook")(step)
                }),
                at("sees the dialog", &|step| matches!(step, Step::Popup(..))),
                at("chooses the Page", &clicks("Lavka")),
                at(
                    "rests on the permissions",
                    &|step| matches!(step, Step::Point(Seat::Popup, thing) if thing.name.as_deref().is_some_and(|it| it.starts_with("pages_"))),
                ),
                at("comes back", &|step| matches!(step, Step::Closed)),
            ];
            assert!(order.is_sorted(), "{}: {order:?}", script.name);
        }
    }

    #[test]
    fn captions_fit_below_the_windows_and_each_film_names_what_it_is_about() {
        for script in both() {
            for shot in &script.shots {
                assert!(shot.caption.chars().count() <= 160, "{}: {}", script.name, shot.caption);
                assert!(!shot.instruction.is_empty());
            }
            if script.about.is_some() {
                assert!(script.shots.iter().any(|shot| shot.tag == script.about), "{}", script.name);
            }
        }
    }
}
