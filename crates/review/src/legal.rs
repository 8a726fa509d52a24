//! The public pages that Meta's app settings ask for: the privacy policy and how to ask for deletion. Ours are
//! generated from this installation's facts; an administrator may replace them, in the simple markup of
//! [`super::markup`].

use serde::Serialize;
use utoipa::ToSchema;

use super::data;
use super::facts::{AccountFact, Facts};
use super::way::{Way, listed};

/// A public page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LegalPage)]
pub enum Page {
    /// The privacy policy.
    Privacy,
    /// How to ask for deletion.
    DataDeletion,
}

impl Page {
    pub const ALL: [Self; 2] = [Self::Privacy, Self::DataDeletion];

    /// Its key in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Privacy => "privacy",
            Self::DataDeletion => "data_deletion",
        }
    }

    /// The last part of its address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Privacy => "privacy",
            Self::DataDeletion => "data-deletion",
        }
    }

    /// The page with a key.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.key() == key)
    }

    /// The page at an address.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Privacy => "Privacy policy",
            Self::DataDeletion => "Deletion of your data",
        }
    }

    /// Its text: the operator's, else ours.
    pub fn text(self, facts: &Facts) -> String {
        facts.operator.legal.get(self.key()).cloned().unwrap_or_else(|| self.suggested(facts))
    }

    pub fn suggested(self, facts: &Facts) -> String {
        match self {
            Self::Privacy => privacy(facts),
            Self::DataDeletion => data_deletion(facts),
        }
    }
}

/// The contact address.
fn who(facts: &Facts) -> String {
    let mut who = facts
        .responsible()
        .map_or_else(|| format!("The business whose {} you wrote to", facts.noun()), str::to_owned);
    for more in ["address", "country"] {
        if let Some(more) = facts.operator.answer(more) {
            who = format!("{who}, {}", more.replace('\n', ", "));
        }
    }
    who
}

fn mail(facts: &Facts) -> String {
    facts.operator.answer("contact_email").map_or_else(String::new, |mail| format!("[{mail}](mailto:{mail})"))
}

/// The accounts that people can write to, by name, on every used channel.
fn accounts(facts: &Facts) -> String {
    let named = |way: Way| {
        let on = facts.of_channel(way.channel()).filter(|account| account.subscribed).take(20);
        let names: Vec<String> = on.map(AccountFact::shown).collect();
        let noun = way.account();
        let accounts = match names.as_slice() {
            [] => format!("our {noun}s"),
            [one] => format!("our {noun} {one}"),
            many => format!("our {noun}s {}", many.join(", ")),
        };
        if way == Way::Messenger { format!("{accounts} in Messenger") } else { accounts }
    };
    listed(&facts.by_app().into_iter().map(named).collect::<Vec<_>>(), "and")
}

/// How to ask, step by step: Meta refuses pages that only state that one may ask (meta-platform.md §9.3).
fn ways(facts: &Facts) -> String {
    let mut ways = format!(
        "- In {apps}: open the conversation with our {noun} and write \"Delete my data\". This is the surest way, because {app} shows us \
         there which conversation is yours.\n",
        apps = facts.apps("or"),
        noun = facts.noun(),
        app = if facts.by_app().len() == 1 { facts.ways[0].app() } else { "the app" },
    );
    if facts.operator.answer("contact_email").is_some() {
        ways.push_str(&format!(
            "- By e-mail to {}: say to which {} you wrote, under which name, and roughly when, so that we find the conversation.\n",
            mail(facts),
            facts.noun()
        ));
    }
    ways.push_str(
        "- On Facebook, if you signed in with Facebook to connect a Page: open Settings & privacy, Settings, Business integrations, choose \
         our app, press Remove and tick the deletion. Facebook then sends us your request, and shows you a confirmation code with a link \
         to its state.\n",
    );
    ways
}

fn privacy(facts: &Facts) -> String {
    let (who, mail) = (who(facts), mail(facts));
    let write = if mail.is_empty() { String::new() } else { format!(" You reach us at {mail}.") };
    let names = facts.operator.answer("processors_names").map(|names| {
        let lines: Vec<String> = names
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| format!("- {}", line.trim()))
            .collect();
        lines.join("\n")
    });
    let processors = match (facts.operator.answer("processors"), names) {
        (Some("no"), _) => " We don't share the data with anyone else.".to_owned(),
        (Some("yes"), Some(names)) => {
            format!(
                " These service providers work for us and may have access to the data while they do:\n\n{names}"
            )
        }
        (Some("yes"), None) => {
            " Service providers who work for us may have access to the data while they do.".into()
        }
        // Claims nothing for unanswered questions.
        _ => String::new(),
    };
    format!(
        "# Who we are\n\n{who} is responsible for the data described here.{write}\n\n\
         # What this is about\n\nYou can write to {accounts}. We answer with Deskbell, a contact centre that we run at {host}. This \
         page says what happens to your data there.\n\n\
         # What we receive from Meta\n\n\
         - what you write to our {noun}: texts, pictures, files, reactions, and when\n\
         - your name and profile picture, as Meta shows them to the businesses that people write to\n\
         - an id by which {apps} knows you on our {noun}{id}; it is not your Facebook id\n\
         - if you connect a Page of yours as its administrator: your name, the list of Pages that you manage, and the access that you grant\n\n\
         # What we use it for\n\nTo answer you, and for nothing else: no advertising, no sale, no profiles, no combination with other sources. \
         An automatic greeting may answer first; ask it for a person at any time.\n\n\
         # Who sees it\n\nOur agents and those who supervise them.{processors}\n\n\
         # Where it is stored and for how long\n\n{location}\n\n{retention}\n\n\
         # How to have your data deleted\n\nYou can ask at any time, without a reason and free of charge:\n\n{ways}\n\
         We delete your messages, files, name and picture without delay, at the latest within 30 days, and tell you when it is done. More at \
         {deletion_url}.\n\n\
         # Your other rights\n\nYou can ask what data we hold about you and receive a copy, have it corrected, object to its use, and complain to your \
         data protection authority.\n\n\
         # Changes\n\nThis page always shows what applies now.\n",
        accounts = accounts(facts),
        noun = facts.noun(),
        apps = facts.apps("or"),
        id = phone(facts),
        host = facts.host(),
        location = data::location(facts),
        retention = data::retention(&facts.rules),
        ways = ways(facts),
        deletion_url = linked(&facts.legal_url(Page::DataDeletion.path())),
    )
}

fn data_deletion(facts: &Facts) -> String {
    format!(
        "{who} deletes the data it holds about you when you ask. This is how:\n\n{ways}\n\
         # What is deleted\n\nYour messages and files, your name and picture, and the id by which {apps} knows you on our {noun}{id}. If you \
         connected a Page with your Facebook account: the access that you granted, and your name. Messages stay in your own {apps}, where \
         only you can delete them.\n\n\
         # How long it takes\n\nA request that comes through Facebook is carried out at once; its code shows the state. Other requests are \
         carried out without delay, at the latest within 30 days, and we tell you when it is done.\n\n\
         More about your data: {privacy}.\n",
        who = who(facts),
        ways = ways(facts),
        apps = facts.apps("or"),
        noun = facts.noun(),
        id = phone(facts),
        privacy = linked(&facts.legal_url(Page::Privacy.path())),
    )
}

/// What WhatsApp provides about a customer besides an id.
fn phone(facts: &Facts) -> &'static str {
    if facts.has(Way::WhatsApp) { ", and on WhatsApp your phone number" } else { "" }
}

fn linked(url: &str) -> String {
    format!("[{url}]({url})")
}

/// A public page, as shown in the tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LegalOut {
    /// The page.
    pub key: Page,
    /// Its title.
    pub title: &'static str,
    /// Its public address, for Meta's app settings.
    pub url: String,
    /// Its text, in the markup: `# ` and `## ` headings, `- ` lists, `[words](https://…)` links.
    pub text: String,
    /// Deskbell's own text.
    pub suggested: String,
    /// Whether the operator wrote the text.
    pub own: bool,
    /// What is missing for it to be accepted, as sentences.
    pub problems: Vec<String>,
}

/// Both pages.
pub fn all(facts: &Facts) -> Vec<LegalOut> {
    let view = |page: Page| LegalOut {
        key: page,
        title: page.title(),
        url: facts.legal_url(page.path()),
        text: page.text(facts),
        suggested: page.suggested(facts),
        own: facts.operator.legal.contains_key(page.key()),
        problems: problems(facts, page),
    };
    Page::ALL.into_iter().map(view).collect()
}

fn problems(facts: &Facts, page: Page) -> Vec<String> {
    let mut problems = Vec::new();
    let own = facts.operator.legal.get(page.key());
    if own.is_none() && facts.responsible().is_none() {
        problems.push("It does not say who is responsible: answer that question under data handling.".to_owned());
    }
    if own.is_none() && facts.operator.answer("contact_email").is_none() {
        problems
            .push("It names no e-mail address to write to: answer that question under data handling.".to_owned());
    }
    if own.is_none() && page == Page::Privacy && facts.operator.answer("processors").is_none() {
        problems.push(
            "It does not say whether service providers have access: answer that question under data handling."
                .to_owned(),
        );
    }
    if own.is_some_and(|text| !text.to_lowercase().contains("delet")) {
        problems.push("It does not say how to ask for deletion: Meta refuses that.".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::super::markup;
    use super::super::operator_answers::Answer;
    use super::*;

    #[test]
    fn the_policy_says_who_what_how_long_and_how_to_ask_for_deletion() {
        let mut facts = sample();
        assert_eq!((all(&facts)[0].problems.len(), all(&facts)[1].problems.len()), (3, 2));
        for (key, answer) in [
            ("responsible", "Lavka Ltd"),
            ("processors", "no"),
            ("contact_email", "privacy@lavka.example"),
            ("country", "Ukraine"),
        ] {
            facts.operator.answers.insert(key.into(), Answer::One(answer.into()));
        }
        facts.rules.conversations = 90;
        let text = Page::Privacy.text(&facts);
        for part in [
            "don't share the data with anyone else",
            "Lavka Ltd, Ukraine",
            "mailto:privacy@lavka.example",
            "for 90 days",
            "\"Lavka\"",
            "Delete my data",
            "Business integrations",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(all(&facts)[0].problems, Vec::<String>::new());
        assert!(markup::html(&text).contains("<a href=\"https://desk.example/legal/7/data-deletion\""));
        facts.operator.legal.insert("privacy".into(), "# Ours\nWe store nothing.".into());
        let own = &all(&facts)[0];
        assert!(own.own && own.problems.len() == 1 && own.suggested.contains("Lavka Ltd"));
    }
}
