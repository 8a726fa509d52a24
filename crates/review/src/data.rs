//! Meta's questions on data handling and data protection (meta-platform.md §9.3), with answers from this
//! installation's settings where possible. What only the operator knows is empty until they answer.

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::Facts;
use super::operator_answers::Answer;
use super::way::{Way, listed};
use engine::retention::rules::Rules;

/// The kind of answer that a question accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line.
    Line,
    /// Several lines.
    Text,
    /// One of the options.
    Choice,
    /// Any of the options.
    Many,
}

/// One option: its key and its text.
type Choice = (&'static str, &'static str);

/// A part of Meta's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewFormPart)]
pub enum FormPart {
    /// The five questions on data handling.
    Handling,
    /// Data protection.
    Protection,
    /// Not in Meta's form: only our public pages need it.
    Pages,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Its key.
    pub key: &'static str,
    /// The part of Meta's form that it belongs to.
    pub part: FormPart,
    /// Meta's question, in Deskbell's words.
    pub question: &'static str,
    /// Advice.
    pub help: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// The options of a choice.
    pub options: &'static [Choice],
}

const YES_NO: &[Choice] = &[("yes", "Yes"), ("no", "No")];

/// All of them, in the order of the form.
pub const ALL: [Question; 14] = [
    Question {
        key: "processors",
        part: FormPart::Handling,
        question: "Do you have data processors or service providers that have access to the Platform Data you get from Meta?",
        help: "The operator of the computer that Deskbell runs on counts: a hosting or cloud company is one.",
        kind: Kind::Choice,
        options: YES_NO,
    },
    Question {
        key: "processors_names",
        part: FormPart::Handling,
        question: "Which processors or service providers are they?",
        help: "Company, country and what they do, one a line: hosting, backups, support.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "responsible",
        part: FormPart::Handling,
        question: "Who is the person or entity responsible for all Platform Data?",
        help: "The full legal name of the business, as in Business Verification. It also appears in the texts and \
            public pages.",
        kind: Kind::Line,
        options: &[],
    },
    Question {
        key: "country",
        part: FormPart::Handling,
        question: "In which country is this person or entity?",
        help: "The country of the registered address.",
        kind: Kind::Line,
        options: &[],
    },
    Question {
        key: "authorities",
        part: FormPart::Handling,
        question: "Did you give personal data of people to public authorities in response to national-security requests in the last \
                   12 months?",
        help: "Answer for the business as a whole.",
        kind: Kind::Choice,
        options: &[("yes", "Yes"), ("no", "No"), ("prohibited", "I am prohibited by law from answering")],
    },
    Question {
        key: "authority_policies",
        part: FormPart::Handling,
        question: "Which of these processes or policies do you have for requests of public authorities for personal data?",
        help: "Tick what the business really does. Leaving all of them unticked is an answer too.",
        kind: Kind::Many,
        options: &[
            ("legality", "Required review of the legality of these requests"),
            ("challenge", "Provisions for challenging these requests if they are considered unlawful"),
            ("minimise", "Data minimisation: the ability to disclose the minimum information necessary"),
            (
                "document",
                "Documentation of these requests, of the responses, the legal reasoning and the actors involved",
            ),
            ("none", "None of the above"),
        ],
    },
    Question {
        key: "purpose",
        part: FormPart::Protection,
        question: "What does the app use Platform Data for?",
        help: "",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "location",
        part: FormPart::Protection,
        question: "Where are Platform Data stored?",
        help: "Add the company and the country in which this computer is located.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "sharing",
        part: FormPart::Protection,
        question: "Who is Platform Data shared with?",
        help: "Think of outgoing webhooks: systems that receive events.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "deletion",
        part: FormPart::Protection,
        question: "How long is Platform Data stored, and how is it deleted?",
        help: "It follows the retention settings; change those first.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "security",
        part: FormPart::Protection,
        question: "How are Platform Data protected?",
        help: "Add what the business does beyond it: disk encryption, backups, who may enter the server.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "contact_email",
        part: FormPart::Pages,
        question: "At which e-mail address do people reach the business about their data?",
        help: "It appears in the public pages, and Meta writes to the contact in the app's settings.",
        kind: Kind::Line,
        options: &[],
    },
    Question {
        key: "address",
        part: FormPart::Pages,
        question: "At which postal address?",
        help: "Street, town, country. May stay empty where the law does not ask for it.",
        kind: Kind::Text,
        options: &[],
    },
    Question {
        key: "terms_url",
        part: FormPart::Pages,
        question: "Where are the business's terms of service?",
        help: "The address of your own page; Meta's settings ask for it.",
        kind: Kind::Line,
        options: &[],
    },
];

/// The question with a key.
pub fn find(key: &str) -> Option<&'static Question> {
    ALL.iter().find(|question| question.key == key)
}

impl Question {
    /// This installation's own answer; None for what only the operator knows.
    pub fn suggested(&self, facts: &Facts) -> Option<String> {
        match self.key {
            "purpose" => Some(format!(
                "To answer people who write to {}: their messages, names and pictures are shown to its agents, and the answers are sent \
                 back. Nothing else: no advertising, no profiling, no sale, no combination with other sources, no training of models.",
                written_to(facts)
            )),
            "location" => Some(match facts.operator.answer("processors_names") {
                Some(names) => format!("{}\nService providers with access to it:\n{names}", location(facts)),
                None => location(facts),
            }),
            "sharing" => Some(
                "Only with the processors named above. The data stay in this installation, which the business runs \
                 itself; the maker of the software has no access to it. What agents and the bot write goes to Meta, \
                 as the answer to the customer."
                    .into(),
            ),
            "deletion" => Some(deletion(facts)),
            "security" => Some(SECURITY.into()),
            _ => None,
        }
    }

    /// Whether an answer is needed before the form can be filled in.
    pub fn is_needed(&self, facts: &Facts) -> bool {
        match self.key {
            "processors_names" => facts.operator.answer("processors") == Some("yes"),
            "address" | "terms_url" => false,
            _ => true,
        }
    }

    /// The effective answer: the operator's, else ours.
    pub fn answered(&self, facts: &Facts) -> Option<Answer> {
        let own = facts.operator.answers.get(self.key).filter(|answer| match answer {
            Answer::One(text) => !text.trim().is_empty(),
            Answer::Many(list) => !list.is_empty(),
        });
        own.cloned().or_else(|| self.suggested(facts).map(Answer::One))
    }

    /// The answer in words, for documents; None if there is none.
    pub fn in_words(&self, facts: &Facts) -> Option<String> {
        let words = |key: &str| {
            let option = self.options.iter().find(|(option, _)| *option == key);
            option.map_or_else(|| key.to_owned(), |(_, words)| (*words).to_owned())
        };
        Some(match self.answered(facts)? {
            Answer::One(key) => words(&key),
            Answer::Many(keys) => {
                keys.iter().map(|key| format!("- {}", words(key))).collect::<Vec<_>>().join("\n")
            }
        })
    }
}

const SECURITY: &str = "All traffic goes over TLS. App Secret and access tokens are encrypted at rest with a key \
    that is stored outside the database, and are never shown, logged or returned again. People sign in with a \
    password of at least ten characters, stored as an Argon2id hash; failed sign-ins are slowed down; sessions \
    expire. Roles decide on every request what a user may see: agents see only their own conversations, and \
    administrative actions are written to an audit log. Webhooks are accepted only with Meta's signature, calls \
    carry appsecret_proof. Logs, errors and metrics hold no message text, token or secret.";

/// The accounts that people write to, on every used channel.
fn written_to(facts: &Facts) -> String {
    let business = facts.responsible().unwrap_or("the business");
    let accounts = |way: Way| match way {
        Way::Messenger => format!("the Facebook Pages of {business} in Messenger"),
        other => format!("the {}s of {business}", other.account()),
    };
    listed(&facts.by_app().into_iter().map(accounts).collect::<Vec<_>>(), "and")
}

/// Where data is stored.
pub(super) fn location(facts: &Facts) -> String {
    let store = if facts.postgres { "in a PostgreSQL database" } else { "in a database file" };
    format!(
        "Messages, names and conversations are stored {store}, files and pictures in a folder, both on the server \
         of this installation ({}). There is no copy elsewhere except its backups.",
        facts.host()
    )
}

fn for_days(days: i64) -> String {
    match days {
        0 => "until someone asks for their deletion".into(),
        1 => "for one day".into(),
        days => format!("for {days} days"),
    }
}

/// How long data is stored, in sentences.
pub(super) fn retention(rules: &Rules) -> String {
    let files = match rules.media {
        days if days > 0 && (rules.conversations == 0 || days < rules.conversations) => {
            format!("; files of closed conversations {}", for_days(days))
        }
        _ => String::new(),
    };
    format!(
        "Closed conversations with their messages, files, names and pictures are stored {}{files}. What Meta \
         delivered is stored in its original form {} to repair failures.",
        for_days(rules.conversations),
        for_days(rules.deliveries)
    )
}

fn deletion(facts: &Facts) -> String {
    format!(
        "{}{} Anyone can ask for deletion at any time: by writing to the {}, by e-mail, or by removing the app in \
         Facebook's settings; an administrator then erases the person with messages, files, name and picture by one \
         action. Meta's data deletion requests arrive at {}/data-deletion, are carried out at once and answered \
         with a confirmation code and a status page. People read how at {}.",
        retention(&facts.rules),
        if facts.rules.conversations > 0 { " Afterwards they are erased automatically." } else { "" },
        facts.noun(),
        facts.webhook_url,
        facts.legal_url("data-deletion")
    )
}

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewOption)]
pub struct OptionOut {
    /// What to send.
    pub key: &'static str,
    /// Meta's wording.
    pub title: &'static str,
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewQuestion)]
pub struct QuestionOut {
    /// Its key.
    pub key: &'static str,
    /// The part of Meta's form that it belongs to.
    pub part: FormPart,
    /// Meta's question, in Deskbell's words.
    pub question: &'static str,
    /// Advice.
    pub help: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// The options of a choice.
    pub options: Vec<OptionOut>,
    /// The effective answer: the operator's, or else the generated one; null if it is unknown.
    pub answer: Option<Answer>,
    /// Deskbell's own answer.
    pub suggested: Option<String>,
    /// Whether the operator answered.
    pub own: bool,
    /// Whether an answer is needed.
    pub needed: bool,
}

/// Every question with its answer.
pub fn all(facts: &Facts) -> Vec<QuestionOut> {
    let view = |it: &Question| QuestionOut {
        key: it.key,
        part: it.part,
        question: it.question,
        help: it.help,
        kind: it.kind,
        options: it.options.iter().map(|(key, title)| OptionOut { key, title }).collect(),
        answer: it.answered(facts),
        suggested: it.suggested(facts),
        own: facts.operator.answers.contains_key(it.key),
        needed: it.is_needed(facts),
    };
    ALL.iter().map(view).collect()
}

/// The number of required questions that are not answered.
pub fn open(facts: &Facts) -> usize {
    ALL.iter().filter(|it| it.is_needed(facts) && it.answered(facts).is_none()).count()
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::*;

    #[test]
    fn settings_answer_what_they_know_and_the_operator_the_rest() {
        let mut facts = sample();
        let before = open(&facts);
        let words = |facts: &Facts, key: &str| find(key).unwrap().in_words(facts);
        assert_eq!(words(&facts, "responsible"), None);
        assert!(words(&facts, "deletion").unwrap().contains("https://desk.example/chat/abc/data-deletion"));
        assert!(words(&facts, "deletion").unwrap().contains("for 14 days"));
        facts.rules.conversations = 180;
        assert!(words(&facts, "deletion").unwrap().contains("for 180 days"));
        facts.operator.answers.insert("responsible".into(), Answer::One("Lavka Ltd".into()));
        facts.operator.answers.insert("processors".into(), Answer::One("yes".into()));
        let both = Answer::Many(vec!["legality".into(), "document".into()]);
        facts.operator.answers.insert("authority_policies".into(), both);
        assert!(words(&facts, "purpose").unwrap().contains("Lavka Ltd"));
        assert_eq!(words(&facts, "processors").unwrap(), "Yes");
        assert!(words(&facts, "authority_policies").unwrap().starts_with("- Required review"));
        // Three are answered, and one answer requires another.
        assert_eq!(open(&facts), before - 2);
        facts.postgres = true;
        assert!(words(&facts, "location").unwrap().contains("PostgreSQL"));
    }
}
