//! The app's settings in Meta's dashboard, the business behind it, and its mode.

use domain::channel::Login;

use super::{Check, Source, State, Step, step, ticked};
use crate::facts::Facts;
use crate::legal::Page;
use crate::operator_answers::Connectors;
use crate::permission::Permission;
use crate::way::{Way, listed};

/// A page of Meta's dashboard.
fn dashboard(facts: &Facts, path: &str) -> String {
    format!("https://developers.facebook.com/apps/{}/{path}", facts.app_id)
}

pub(super) fn steps(facts: &Facts) -> Vec<Step> {
    vec![settings(facts), business(facts), mode(facts)]
}

/// A setting that Graph may report; if it does not, the operator ticks it.
fn setting(facts: &Facts, field: &str, key: &str, title: &str, text: &str) -> Check {
    let check = ticked(facts, key, title, text);
    let Some(reported) = facts.meta_status.as_ref().and_then(|status| status.setting(field)) else { return check };
    let state = if reported.is_empty() { State::Todo } else { State::Done };
    let detail =
        if reported.is_empty() { "Meta says: nothing is set.".into() } else { format!("Meta says: {reported}") };
    Check { source: Source::Meta, tickable: false, ticked_at: None, state, ..check }.detail(detail)
}

/// Meta has a different address from ours: right if it is the business's own page, wrong after a move.
fn compared(check: Check, facts: &Facts, field: &str) -> Check {
    let reported = facts.meta_status.as_ref().and_then(|status| status.setting(field)).unwrap_or_default();
    let ours = check.paste.as_ref().map(|paste| paste.value.clone()).unwrap_or_default();
    if reported.is_empty() || reported.trim_end_matches('/') == ours.trim_end_matches('/') {
        return check;
    }
    check.detail(format!(
        "Meta says: {reported}. It is not Deskbell's page {ours}. That is fine if it is your own page \
        and says the same."
    ))
}

fn settings(facts: &Facts) -> Step {
    let review = facts.needs_review() != Some(false);
    let basic = dashboard(facts, "settings/basic/");
    let icon = setting(
        facts,
        "logo_url",
        "icon",
        "App icon of 1024 × 1024",
        "Without one the request can't be submitted. No trademark of Meta's on it.",
    );
    let category = setting(
        facts,
        "category",
        "category",
        "Category",
        "\"Business and Pages\" or \"Messaging\" fits a contact centre.",
    );
    let privacy = setting(
        facts,
        "privacy_policy_url",
        "privacy_policy",
        "Privacy policy",
        "A public page that says how to ask for deletion. Deskbell serves one made from your settings; your own does as well.",
    )
    .paste("Privacy policy URL", facts.legal_url(Page::Privacy.path()));
    let terms = setting(
        facts,
        "terms_of_service_url",
        "terms",
        "Terms of service",
        "The address of the business's terms.",
    );
    let terms = match facts.operator.answer("terms_url") {
        Some(url) => terms.paste("Terms of Service URL", url),
        None => terms,
    };
    let deletion = ticked(
        facts,
        "data_deletion",
        "Data deletion",
        "Choose \"Data deletion callback URL\": Deskbell carries such requests out and answers with a code and a status page. The \
         instructions page is for the other choice.",
    )
    .paste("Data deletion callback URL", format!("{}/data-deletion", facts.webhook_url));
    let instructions = ticked(
        facts,
        "data_deletion_page",
        "Data deletion instructions",
        "Only where Meta's form wants an instructions URL instead of the callback.",
    )
    .paste("Data deletion instructions URL", facts.legal_url(Page::DataDeletion.path()))
    .needed_if(false);
    let domains = setting(facts, "app_domains", "domains", "App domains", "The host of this installation.")
        .paste("App domains", facts.host());
    let website = setting(
        facts,
        "website_url",
        "website",
        "Platform: Website, and no other",
        "The reviewer opens it. Remove every platform that can't be shown, such as iOS or Android.",
    )
    .paste("Website, Site URL", facts.public_url.clone());
    let contact = setting(
        facts,
        "contact_email",
        "contact",
        "Contact e-mail",
        "Meta's questions and refusals go there: someone must read it.",
    );
    let redirect = ticked(
        facts,
        "redirect_uri",
        "Valid OAuth redirect URI and deauthorize callback",
        "Under Facebook Login for Business, Settings: the same address in both fields.",
    )
    .paste("Valid OAuth Redirect URIs, Deauthorize callback URL", facts.webhook_url.clone())
    .at("Facebook Login settings", dashboard(facts, "business-login/settings/"));
    let redirect = match facts.login_ok_at {
        // No login can succeed without it.
        Some(at) => {
            Check { state: State::Done, source: Source::Deskbell, tickable: false, ticked_at: None, ..redirect }
                .detail(format!("A login succeeded on {}.", crate::permission::day(at)))
        }
        None => redirect,
    };
    let basic_checks = [
        icon,
        category,
        compared(privacy, facts, "privacy_policy_url"),
        terms,
        deletion,
        instructions,
        domains,
        compared(website, facts, "website_url"),
        contact,
    ];
    let mut checks: Vec<Check> = basic_checks
        .into_iter()
        .map(|check| {
            let needed = review && check.state != State::NotNeeded;
            check.at("App settings, Basic", basic.clone()).needed_if(needed)
        })
        .collect();
    checks.push(redirect);
    if facts.has(Way::InstagramLogin) {
        checks.push(instagram_redirect(facts));
    }
    step(
        "app",
        "App settings",
        "Complete them before you submit: a change of basic or advanced settings afterwards may mean another review.",
        checks,
    )
}

/// Instagram Login has a separate list of addresses (meta-platform.md §1.10).
fn instagram_redirect(facts: &Facts) -> Check {
    let redirect = ticked(
        facts,
        "instagram_redirect_uri",
        "OAuth redirect URI of Instagram Login",
        "Under Instagram, API setup with Instagram login, Set up Instagram business login.",
    )
    .paste("OAuth redirect URIs", facts.webhook_url.clone())
    .at("App dashboard", dashboard(facts, "dashboard/"));
    match facts.logins.iter().find(|login| login.login == Login::Instagram) {
        // No login can succeed without it.
        Some(login) => {
            Check { state: State::Done, source: Source::Deskbell, tickable: false, ticked_at: None, ..redirect }
                .detail(format!("{} logged in on {}.", login.name, crate::permission::day(login.connected_at)))
        }
        None => redirect,
    }
}

fn business(facts: &Facts) -> Step {
    let review = facts.needs_review() != Some(false);
    let others = facts.operator.connectors == Some(Connectors::Others);
    let verified = ticked(
        facts,
        "business_verified",
        "Business Verification is done",
        "In Meta's Security Centre of the business portfolio. Advanced access is not given without it, and a pending one is a refusal.",
    )
    .at("Security Centre", "https://business.facebook.com/settings/security");
    let claimed = ticked(
        facts,
        "business_app",
        "The app belongs to the verified business",
        "App settings, Basic, Verification: the portfolio that owns the app is the verified one, and its contact is right.",
    )
    .at("App settings, Basic", dashboard(facts, "settings/basic/"));
    let provider = ticked(
        facts,
        "tech_provider",
        "Access verification (Tech Provider)",
        format!(
            "Other businesses connect their {}s and the app holds {}: Meta verifies the business once more, in about five days. Without it \
             their calls fail with \"Unsupported get request\" (code 100). It can't be undone.",
            facts.noun(),
            listed(&Permission::verified(facts).map(Permission::key).collect::<Vec<_>>(), "and")
        ),
    )
    .at("App Review", dashboard(facts, "app-review/"));
    let checkup = ticked(
        facts,
        "data_use_checkup",
        "Data Use Checkup has nothing open",
        "Meta asks for it once a year and before the first switch to Live.",
    )
    .at("App dashboard", dashboard(facts, "dashboard/"));
    let checks = vec![
        verified.needed_if(review),
        claimed.needed_if(review),
        provider.needed_if(review && others),
        checkup.needed_if(review),
    ];
    step("business", "The business", "Meta gives advanced access to verified businesses only.", checks)
}

fn mode(facts: &Facts) -> Step {
    let live = ticked(
        facts,
        "live",
        "The app is live (published)",
        "In development Meta delivers no events of the public. Some Business apps have no such switch: then tick it. It may be switched \
         before the review; without advanced access only people with a role are served until then.",
    )
    .at("App dashboard", dashboard(facts, "dashboard/"));
    let version = ticked(
        facts,
        "api_access",
        "Allow API access to app settings",
        "App settings, Advanced: lets Deskbell set up the webhook automatically. Without it, paste the address and \
         verify token yourself.",
    )
    .at("App settings, Advanced", dashboard(facts, "settings/advanced/"));
    let version = match facts.webhook_verified_at {
        Some(_) => {
            version.detail("The webhook is already verified, so this is no longer needed.").needed_if(false)
        }
        None => version,
    };
    step("mode", "App mode", "Webhooks of the public arrive only from a published app.", vec![live, version])
}
