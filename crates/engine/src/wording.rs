//! The English of stored codes: what is wrong with a Page, why a search waits, why a message failed. That of Health's
//! findings is in `health/finding/english.rs`.

use channels::meta::error::{self, GraphError};
use domain::catch_up::SearchProblem;
use domain::failure::{Failure, FailureText};
use domain::inbound::PolicyAction;
use domain::not_applied::NotApplied;
use domain::page_trouble::{PageProblem, PageTrouble};
use store::table::account::Policy;
use store::table::catch_up::{Search, State};

/// Why something was not sent, and what to do next.
pub fn failure(failure: &Failure) -> FailureText {
    error::words(failure)
}

/// Why an event that Meta delivered changed nothing.
pub fn not_applied(why: &NotApplied) -> String {
    match why {
        NotApplied::MetaError { code, subcode } => {
            let error = GraphError { status: 400, code: *code, subcode: *subcode, ..GraphError::default() };
            format!("an error of Meta's without a message: {error}")
        }
        other => other.english(),
    }
}

/// Why an account cannot be used, and what to do about it. `noun` is the name for accounts of its channel.
pub fn page_problem(problem: &PageProblem, noun: &str) -> String {
    let (once, again) = match noun {
        "Page" => ("press Add or remove pages", "press Add or remove pages again"),
        _ => ("log in again", "log in again"),
    };
    match problem {
        PageProblem::ScopesMissing { account, scopes } => format!(
            "{account} did not grant {}: {once} and leave every permission switched on.",
            scopes.join(" and ")
        ),
        PageProblem::TaskMissing { account, task } => {
            let meaning = match task.as_str() {
                "MESSAGING" => " (answer messages)",
                "MODERATE" => " (switch message retrieval on and off)",
                _ => "",
            };
            format!(
                "{account} lacks the task {task}{meaning} on {}. Someone with full control can grant it in \
                Page settings, Page access. Then {again}.",
                if noun == "Page" { "this Page".to_owned() } else { format!("the Page of this {noun}") }
            )
        }
        PageProblem::NoToken { account } => format!(
            "Facebook gives {account} no access token for this {noun}: ask for full control of it, then {again}."
        ),
        PageProblem::NotGranted { account } => {
            format!("{account} no longer grants this {noun}: {once} and select it.")
        }
        PageProblem::OtherGateway { gateway } => format!(
            "The gateway {gateway} answers the customers of this {noun}. Switch it off there, then switch it on here: nothing is \
             delivered twice."
        ),
        PageProblem::NotRegistered {} => format!(
            "This {noun} is not registered for the Cloud API, so nothing can be sent. Register it with its six-digit PIN."
        ),
    }
}

/// What went wrong with an account.
pub fn page_trouble(trouble: &PageTrouble, noun: &str) -> String {
    match trouble {
        PageTrouble::Refused { failure: why } => failure(why).to_string(),
        PageTrouble::PersonaRefused { agent, failure: why } => {
            format!("Agents answer as the Page: Meta took no persona of {agent}. {}", failure(why).reason)
        }
        PageTrouble::Withdrawn {} => format!(
            "Access to this {noun} was revoked at Meta. Someone who manages the {noun} has to log in again: press Reconnect."
        ),
        PageTrouble::AppChanged {} => "The gateway has another App ID now: press Reconnect.".into(),
    }
}

/// Meta's action against a Page that violates a policy.
pub fn policy(policy: &Policy, noun: &str) -> String {
    measure(policy.measure, policy.reason.as_deref(), noun)
}

/// The same for an action with Meta's reason.
pub fn measure(measure: PolicyAction, reason: Option<&str>, noun: &str) -> String {
    let what = match measure {
        PolicyAction::Block => format!("Meta has blocked this {noun} from sending messages."),
        PolicyAction::Unblock => format!("Meta lets this {noun} send messages again."),
        PolicyAction::Warning => format!("Meta warns this {noun} that it breaks a messaging policy."),
        PolicyAction::Unspecified => format!("Meta reports a policy measure against this {noun}."),
    };
    match reason {
        Some(reason) => format!("{what} Meta's reason: {reason}"),
        None => what,
    }
}

/// The result of a search through a Page's conversations, or why it waits; empty if there is nothing to report.
pub fn search(it: &Search) -> String {
    match &it.problem {
        Some(problem) => search_problem(problem),
        None if it.state == State::Done => search_outcome(it.found, it.unreadable),
        None => String::new(),
    }
}

fn search_outcome(found: i64, unreadable: i64) -> String {
    let found = match found {
        0 => "Nothing was missing.".to_owned(),
        1 => "One message was missing and is in its thread now.".to_owned(),
        more => format!("{more} messages were missing and are in their threads now."),
    };
    let unreadable = match unreadable {
        0 => String::new(),
        1 => " In one conversation more was said than the 20 messages that Meta still shows.".to_owned(),
        more => format!(" In {more} conversations more was said than the 20 messages that Meta still shows."),
    };
    found + &unreadable
}

fn search_problem(problem: &SearchProblem) -> String {
    match problem {
        SearchProblem::SwitchedOff {} => "Message retrieval of the Page is switched off.".into(),
        SearchProblem::NotReached {} => {
            "No connected account reaches this Page: press Reconnect, then fetch missed messages.".into()
        }
        SearchProblem::NotAllowed { code } => format!(
            "Meta does not let Deskbell read this Page's conversations: it takes pages_messaging, pages_manage_metadata and \
             pages_read_engagement. Add what is missing, press Reconnect, and try again (code {code})."
        ),
        SearchProblem::Refused { failure: why } => failure(why).to_string(),
        SearchProblem::Delayed { failure: why } => {
            format!("Meta did not answer. Deskbell will ask again. {}", failure(why).reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Failure {
        GraphError { status: 400, code: 190, subcode: 460, ..GraphError::default() }.into()
    }

    /// Each is a code in JSON, without any of our sentences, and a sentence on the screen.
    #[track_caller]
    fn is_code_and_sentence<T: serde::Serialize>(value: &T, sentence: &str) {
        let json = serde_json::to_value(value).unwrap();
        assert!(json["code"].is_string() && json["args"].is_object(), "{json}");
        assert!(!json.to_string().contains(' '), "{json}");
        is_sentence(sentence);
    }

    #[track_caller]
    fn is_sentence(sentence: &str) {
        assert!(sentence.ends_with('.') && sentence.len() > 10, "{sentence}");
        assert!(!sentence.contains(['{', '}']) && !sentence.contains("  "), "{sentence}");
    }

    #[test]
    fn what_is_wrong_with_a_page_is_a_code_that_has_its_sentence() {
        let account = || "Ann".to_owned();
        for problem in [
            PageProblem::ScopesMissing { account: account(), scopes: vec!["pages_messaging".into()] },
            PageProblem::TaskMissing { account: account(), task: "MESSAGING".into() },
            PageProblem::TaskMissing { account: account(), task: "MODERATE".into() },
            PageProblem::NoToken { account: account() },
            PageProblem::NotGranted { account: account() },
            PageProblem::OtherGateway { gateway: "Kyiv".into() },
            PageProblem::NotRegistered {},
        ] {
            is_code_and_sentence(&problem, &page_problem(&problem, "Page"));
            let sentence = page_problem(&problem, "WhatsApp number");
            is_sentence(&sentence);
            assert!(!sentence.contains("this Page"), "{sentence}");
        }
        for trouble in [
            PageTrouble::Refused { failure: refused() },
            PageTrouble::PersonaRefused { agent: "Ben".into(), failure: refused() },
            PageTrouble::Withdrawn {},
            PageTrouble::AppChanged {},
        ] {
            is_code_and_sentence(&trouble, &page_trouble(&trouble, "Page"));
        }
    }

    #[test]
    fn every_measure_has_its_sentence_and_quotes_metas_reason() {
        for action in
            [PolicyAction::Block, PolicyAction::Unblock, PolicyAction::Warning, PolicyAction::Unspecified]
        {
            is_sentence(&measure(action, None, "Page"));
            assert!(measure(action, Some("Spam"), "Page").ends_with(". Meta's reason: Spam"));
        }
    }

    #[test]
    fn every_problem_of_a_search_has_its_sentence() {
        for problem in [
            SearchProblem::SwitchedOff {},
            SearchProblem::NotReached {},
            SearchProblem::NotAllowed { code: 10 },
            SearchProblem::Refused { failure: refused() },
            SearchProblem::Delayed { failure: refused() },
        ] {
            is_code_and_sentence(&problem, &search_problem(&problem));
        }
    }

    #[test]
    fn the_outcome_is_a_sentence() {
        assert_eq!(search_outcome(0, 0), "Nothing was missing.");
        assert!(
            search_outcome(3, 1).starts_with("3 messages") && search_outcome(3, 1).contains("In one conversation")
        );
    }
}
