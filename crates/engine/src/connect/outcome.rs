//! The outcome of a login: decided from what Meta returned, and worded.

use channels::connecting::Connecting;
use domain::channel::Login;
use domain::login_outcome::LoginOutcome;

use super::{AGAIN, STORE};
use crate::accounts::{Connected, Found};
use crate::wording;

/// The outcome from what Meta returned; Err if nothing was connected.
pub(super) fn of(
    connecting: &Connecting,
    found: &Found,
    connected: Connected,
) -> Result<LoginOutcome, LoginOutcome> {
    let name = found.person.name.clone();
    let scopes = connecting.missing(found.login, &found.scopes);
    if !scopes.is_empty() {
        return Err(LoginOutcome::ScopesMissing { name, scopes });
    }
    match connected {
        Connected { accounts: 0, dropped: 0, .. } => Err(LoginOutcome::NothingFound { name }),
        Connected { accounts: 0, dropped, .. } => Ok(LoginOutcome::Withdrawn { name, accounts: dropped }),
        Connected { accounts, usable, .. } => Ok(LoginOutcome::Connected { name, accounts, usable }),
    }
}

/// The outcome as sentences: what happened, and what to do next.
pub(super) fn english(connecting: &Connecting, login: Login, outcome: &LoginOutcome) -> String {
    let noun = connecting.noun;
    let count = |number: &usize| connecting.count(*number);
    let known = |name: &Option<String>| name.clone().unwrap_or_else(|| "This account".to_owned());
    match outcome {
        // With Instagram Login the account is the person.
        LoginOutcome::Connected { name, accounts, usable } if usable == accounts && login == Login::Instagram => {
            format!("The {noun} {} is connected. Now turn on its messages.", known(name))
        }
        LoginOutcome::Connected { name, accounts, usable } if usable == accounts => format!(
            "{} of {} connected. Now turn on messages for the {noun}s you want to answer here.",
            count(accounts),
            known(name)
        ),
        LoginOutcome::Connected { name, accounts, usable } => format!(
            "{} of {} connected, {usable} of them can be used. The list of {noun}s shows what the others lack.",
            count(accounts),
            known(name)
        ),
        LoginOutcome::Withdrawn { name, accounts } => {
            format!("{} no longer grants {}.", known(name), count(accounts))
        }
        LoginOutcome::ScopesMissing { name, scopes } => format!(
            "{} did not grant {}, so {noun}s cannot be used. Try again and leave every permission switched on. If \
             one is not offered, the app lacks access to it.",
            known(name),
            scopes.join(", ")
        ),
        LoginOutcome::NothingFound { name } => {
            format!("Meta returned no {noun} of {}. {}", known(name), how_to_select(connecting))
        }
        LoginOutcome::NoAccess {} => format!(
            "Facebook gave no access. Either the login was cancelled, or the app is not live, lacks access to a \
             permission, or this person has no role in it. Nothing was changed. {AGAIN}"
        ),
        LoginOutcome::GatewayOff {} => {
            "This gateway is switched off, so nothing was connected. Switch it on and try again.".into()
        }
        LoginOutcome::SecretLost {} => {
            "This gateway has lost its App Secret. Enter it again in the Meta tab, then connect.".into()
        }
        LoginOutcome::SecretRefused {} => {
            "Meta does not accept the App Secret. Enter it again in the gateway's Meta tab, then try again.".into()
        }
        LoginOutcome::AnswerUsed {} => {
            format!("Facebook's answer has already been used; it works once. {AGAIN}")
        }
        LoginOutcome::AnswerExpired {} => format!("Facebook's answer has expired. {AGAIN}"),
        LoginOutcome::AnswerForeign {} => {
            format!("Meta no longer recognises its answer: it was made for another app or address. {AGAIN}")
        }
        LoginOutcome::AddressNotListed { address } => format!(
            "Meta says that the redirect URI is not registered. In Meta's dashboard, under Facebook Login, \
             Settings, enter exactly {address} into \"Valid OAuth Redirect URIs\", and check the public URL of this \
             installation. {AGAIN}"
        ),
        LoginOutcome::NotExchanged { code } => {
            format!("Meta refused to exchange its answer (code {code}). Check App ID and App Secret. {AGAIN}")
        }
        LoginOutcome::Refused { code, subcode, failure } => format!(
            "Meta refused the login: {} (code {code}, subcode {subcode}). {AGAIN}",
            wording::failure(failure).reason
        ),
        LoginOutcome::Unreachable {} => {
            format!("Meta cannot be reached right now, so nothing was connected. {AGAIN}")
        }
        LoginOutcome::InstagramNotExchanged { address } => format!(
            "Instagram refused to exchange its answer. Check the Instagram app ID and secret in the gateway's Meta tab, and \
             that {address} is among the OAuth redirect URIs of the Instagram app. The answer works once and for ten \
             minutes. {AGAIN}"
        ),
        LoginOutcome::InstagramUnreachable {} => {
            format!("Instagram cannot be reached right now, so nothing was connected. {AGAIN}")
        }
        LoginOutcome::AccountsUnreadable { failure } => format!(
            "The login succeeded, but the {noun}s could not be read: {} {AGAIN}",
            wording::failure(failure).reason
        ),
        LoginOutcome::TakenByOther {} => {
            "This Facebook account has already connected Pages here for someone else, and those \
             were not changed. Sign in to Facebook with another account."
                .into()
        }
        LoginOutcome::UserDeactivated {} => {
            "Your access has ended, so nothing was connected. Ask the person who gave it to you.".into()
        }
        LoginOutcome::NotStored {} => STORE.into(),
    }
}

/// What to do if Meta returned nothing to connect.
fn how_to_select(connecting: &Connecting) -> &'static str {
    if connecting.page_tasks && connecting.exclusive {
        "Try again and select the Page that it belongs to. It must be a professional account, linked to that Page in the Page's \
         settings; an account without a Page is connected with Instagram Login."
    } else if connecting.page_tasks {
        "Try again and select at least one Page. Pages of a business portfolio must be selected one by one, not by \"all\"."
    } else {
        "Try again and select at least one WhatsApp account with a number, one by one, not by \"all\"."
    }
}

#[cfg(test)]
mod tests {
    use channels::meta::graph::Person;
    use domain::failure::Failure;

    use super::*;

    fn found(scopes: &[&str]) -> Found {
        Found {
            person: Person { id: "1".into(), name: Some("Ann".into()) },
            scoped_id: None,
            login: Login::Facebook,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            channels: Vec::new(),
            accounts: Vec::new(),
            whole: true,
        }
    }

    fn summary(connecting: &Connecting, found: &Found, connected: Connected) -> Result<String, String> {
        let worded = |outcome| english(connecting, found.login, &outcome);
        of(connecting, found, connected).map(worded).map_err(worded)
    }

    #[test]
    fn every_end_of_a_login_is_a_code_in_json_and_a_sentence_on_the_screen() {
        let (address, failure) = (|| "https://desk.example/chat/x".to_owned(), || Failure::GatewayDeleted {});
        for outcome in [
            LoginOutcome::Connected { name: None, accounts: 2, usable: 1 },
            LoginOutcome::Withdrawn { name: None, accounts: 1 },
            LoginOutcome::ScopesMissing { name: None, scopes: vec!["pages_messaging".into()] },
            LoginOutcome::NothingFound { name: None },
            LoginOutcome::NoAccess {},
            LoginOutcome::GatewayOff {},
            LoginOutcome::SecretLost {},
            LoginOutcome::SecretRefused {},
            LoginOutcome::AnswerUsed {},
            LoginOutcome::AnswerExpired {},
            LoginOutcome::AnswerForeign {},
            LoginOutcome::AddressNotListed { address: address() },
            LoginOutcome::NotExchanged { code: 1 },
            LoginOutcome::Refused { code: 1, subcode: 2, failure: failure() },
            LoginOutcome::Unreachable {},
            LoginOutcome::InstagramNotExchanged { address: address() },
            LoginOutcome::InstagramUnreachable {},
            LoginOutcome::AccountsUnreadable { failure: failure() },
            LoginOutcome::TakenByOther {},
            LoginOutcome::UserDeactivated {},
            LoginOutcome::NotStored {},
        ] {
            let sentence = english(&Connecting::PAGE, Login::Facebook, &outcome);
            assert!(sentence.ends_with('.') && !sentence.contains(['{', '}']), "{sentence}");
            assert!(!sentence.contains("  "), "{sentence}");
            let json = serde_json::to_string(&outcome).unwrap();
            assert!(!json.contains(' '), "{json}");
            assert_eq!(serde_json::from_str::<LoginOutcome>(&json).unwrap(), outcome);
        }
    }

    #[test]
    fn a_refusal_names_both_reasons_that_look_alike() {
        let denied = english(&Connecting::PAGE, Login::Facebook, &LoginOutcome::NoAccess {});
        assert!(denied.contains("cancelled") && denied.contains("not live"));
    }

    #[test]
    fn what_was_connected_is_counted() {
        let all = found(Connecting::PAGE.scopes(Login::Facebook));
        let connected = |accounts, usable, dropped| Connected { accounts, usable, dropped };
        let page = |connected| summary(&Connecting::PAGE, &all, connected);
        assert!(page(connected(3, 3, 0)).unwrap().starts_with("3 Pages of Ann connected."));
        assert!(page(connected(1, 0, 0)).unwrap().contains("0 of them"));
        assert!(page(connected(0, 0, 2)).unwrap().contains("2 Pages"));
        assert!(page(connected(0, 0, 0)).unwrap_err().contains("select at least one"));
        let partly = summary(&Connecting::PAGE, &found(&["pages_show_list"]), connected(1, 0, 0)).unwrap_err();
        assert!(partly.contains("pages_messaging, pages_manage_metadata"), "{partly}");
    }

    #[test]
    fn the_sentence_names_what_was_to_be_connected() {
        let none = Connected::default();
        for (connecting, words) in [
            (&Connecting::INSTAGRAM, "no Instagram account of Ann"),
            (&Connecting::WHATSAPP, "no WhatsApp number of Ann"),
        ] {
            let ended = summary(connecting, &found(connecting.scopes(Login::Facebook)), none).unwrap_err();
            assert!(ended.contains(words), "{ended}");
        }
    }
}
