//! The submission itself: reviewer account, permissions with evidence and recordings, data handling, and the request.

use super::{Check, State, Step, seen, step, ticked};
use crate::facts::Facts;
use crate::film::real::Video;
use crate::operator_answers::ReviewStage;
use crate::permission::{self, Access, Permission};
use crate::{data, instructions, legal, scopes};

pub(super) fn steps(facts: &Facts) -> Vec<Step> {
    let mut steps =
        vec![permissions(facts), recordings(facts), reviewer(facts), handling(facts), submitted(facts)];
    if facts.needs_review() == Some(false) {
        for check in steps.iter_mut().flat_map(|step| &mut step.checks) {
            check.state = State::NotNeeded;
        }
    }
    steps
}

fn permissions(facts: &Facts) -> Step {
    let place = format!("{}/review#permissions", facts.screens());
    let mut checks: Vec<Check> = Permission::used(facts)
        .map(|it| {
            let one = permission::one(facts, it);
            let fresh = one.evidence.as_ref().is_some_and(|evidence| evidence.fresh);
            let title = format!("{}: a good call within 30 days", one.name);
            let check = seen(&format!("permission_{}", it.key()), &title, one.evidence_text, fresh);
            let check = match one.evidence {
                Some(evidence) => check.detail(format!("{} at {}", evidence.endpoint, evidence.at)),
                None => check,
            };
            check.at("Permissions", place.clone()).needed_if(one.access != Access::Standard || it.is_dependency())
        })
        .collect();
    let compared = scopes::compared(facts);
    let wrong: Vec<String> = compared.missing.iter().chain(&compared.extra).map(|it| it.text.clone()).collect();
    let check = seen(
        "scopes",
        "Logins carry what is used, and nothing else",
        "Meta refuses permissions that are asked for and not shown.",
        wrong.is_empty() && !compared.logins.is_empty(),
    );
    checks.push(if wrong.is_empty() { check } else { check.problem(wrong.join(" ")) });
    step(
        "permissions",
        "Permissions and features",
        "Request advanced access for each on Meta's page Permissions and features; the button there stays grey until a good call was logged.",
        checks,
    )
}

fn recordings(facts: &Facts) -> Step {
    let videos: Vec<Video> = facts.recordings.iter().filter_map(|name| Video::of(name)).collect();
    let each = |fits: fn(&Video) -> bool| {
        Permission::used(facts).all(|it| videos.iter().any(|video| video.film == it.key() && fits(video)))
    };
    let check = ticked(
        facts,
        "recordings",
        "One recording for each permission and feature",
        format!(
            "1080p or better, in English, from signed out to the function, with the complete login at Meta. Those that Deskbell records \
             automatically show the sandbox and are templates: Meta wants to see the real {}.",
            facts.apps("or")
        ),
    );
    let check = check.detail(match videos.len() {
        0 => "None was made here yet.".to_owned(),
        _ if each(|video| video.is_filmed) => "Each was filmed here.".to_owned(),
        _ if each(|_| true) => "There is a pattern of each: film the real ones after it.".to_owned(),
        count => {
            let filmed = videos.iter().filter(|video| video.is_filmed).count();
            format!("Made here: {count}, {filmed} of them filmed in the browser.")
        }
    });
    let check = check.at("Recordings", format!("{}/review#recordings", facts.screens()));
    step("recordings", "Recordings", "Every permission and feature needs one, or it is refused.", vec![check])
}

fn reviewer(facts: &Facts) -> Step {
    let missing = instructions::missing(facts);
    let account = seen(
        "reviewer_account",
        "A reviewer account that lasts",
        "The reviewer signs in with it and sees nothing of real customers.",
        facts.reviewer.as_ref().is_some_and(|reviewer| reviewer.expires_at > facts.at),
    )
    .at("Reviewer account", format!("{}/review#access", facts.screens()));
    let ready = seen(
        "instructions",
        "Instructions that can be followed",
        "Numbered steps with address, sign-in and what is seen; paste them into Meta's form.",
        missing.is_empty(),
    );
    let ready = if missing.is_empty() { ready } else { ready.detail(missing.join(" ")) };
    let tried = ticked(
        facts,
        "instructions_tried",
        "Someone followed them in a private window",
        "From another network, with a Facebook account that has no part in the app: if the reviewer can't get in, everything is refused.",
    );
    let place = format!("{}/review#instructions", facts.screens());
    step(
        "reviewer",
        "What the reviewer gets",
        "Sign-in data, numbered steps, and a Page that answers.",
        vec![account, ready.at("Reviewer instructions", place), tried],
    )
}

fn handling(facts: &Facts) -> Step {
    let screens = facts.screens();
    let open = data::open(facts);
    let answered = seen(
        "data_handling",
        "Data handling questions are answered",
        "Five questions, and a part on data protection.",
        open == 0,
    );
    let answered = match open {
        0 => answered,
        1 => answered.detail("1 question is open."),
        open => answered.detail(format!("{open} questions are open.")),
    };
    let problems: Vec<String> = legal::all(facts).into_iter().flat_map(|page| page.problems).collect();
    let pages = seen(
        "legal_pages",
        "Privacy policy and deletion page can be shown",
        "They name who is responsible, an address to write to, and how to ask for deletion. If you use pages of your own, see that these do.",
        problems.is_empty(),
    );
    let pages = match problems.first() {
        Some(first) => pages.detail(first.clone()),
        None => pages,
    };
    let pasted = ticked(
        facts,
        "data_handling_pasted",
        "The answers are in Meta's form",
        "Copy them one by one; Meta stores them for the next submission.",
    );
    step(
        "data",
        "Data handling",
        "Meta asks who has access to the data it provides, where it is stored and what happens to it.",
        vec![
            answered.at("Data handling", format!("{screens}/review#data")),
            pages.at("Public pages", format!("{screens}/review#legal")),
            pasted,
        ],
    )
}

fn submitted(facts: &Facts) -> Step {
    let place = format!("https://developers.facebook.com/apps/{}/app-review/submissions/", facts.app_id);
    let asked: Vec<_> = permission::all(facts).into_iter().filter(|one| one.access == Access::Advanced).collect();
    let all =
        |far: &dyn Fn(ReviewStage) -> bool| !asked.is_empty() && asked.iter().all(|one| far(one.status.state));
    let sent = seen(
        "submitted",
        "The request is submitted",
        "Say so at each permission, with the day. Meta answers within one to three weeks; most teams are refused at least once.",
        all(&|stage| stage != ReviewStage::NotYet),
    );
    let refused: Vec<String> = asked
        .iter()
        .filter(|one| matches!(one.status.state, ReviewStage::Refused | ReviewStage::Question))
        .map(|one| match &one.status.advice {
            Some(advice) => format!("{}: {}. {}", one.name, advice.title, advice.advice),
            None => format!("{}: say which kind of refusal it is, and read what to change.", one.name),
        })
        .collect();
    let granted = seen(
        "granted",
        "Everything is granted",
        "From that day on, everyone who writes gets an answer.",
        all(&|stage| stage == ReviewStage::Granted),
    );
    let granted = if refused.is_empty() { granted } else { granted.problem(refused.join(" ")) };
    let status = format!("{}/review#permissions", facts.screens());
    step(
        "submission",
        "Submission",
        "Once everything above is done, Meta's button Submit for review can be pressed.",
        vec![sent.at("App Review at Meta", place), granted.at("Permissions", status)],
    )
}
