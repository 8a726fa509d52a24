//! How a login came out, as a sentence.

use channels::connecting::Connecting;
use domain::channel::Login;

use super::Ended;
use crate::accounts::{Connected, Found};

/// The outcome as a sentence.
pub(super) fn summary(connecting: &Connecting, found: &Found, connected: Connected) -> Ended {
    let name = found.person.name.as_deref().unwrap_or("This account");
    let noun = connecting.noun;
    let missing = connecting.missing(found.login, &found.scopes);
    if !missing.is_empty() {
        return Err(format!(
            "{name} did not grant {}, so {noun}s cannot be used. Try again and leave every permission switched on. If \
            one is not offered, the app lacks access to it.",
            missing.join(", ")
        ));
    }
    let count = |number: usize| connecting.count(number);
    match connected {
        Connected { accounts: 0, dropped: 0, .. } => Err(none_found(connecting, name)),
        Connected { accounts: 0, dropped, .. } => Ok(format!("{name} no longer grants {}.", count(dropped))),
        // With Instagram Login the account is the person.
        Connected { accounts, usable, .. } if usable == accounts && found.login == Login::Instagram => {
            Ok(format!("The {noun} {name} is connected. Now turn on its messages."))
        }
        Connected { accounts, usable, .. } if usable == accounts => Ok(format!(
            "{} of {name} connected. Now turn on messages for the {noun}s you want to answer here.",
            count(accounts)
        )),
        Connected { accounts, usable, .. } => Ok(format!(
            "{} of {name} connected, {} of them can be used. The list of {noun}s shows what the others lack.",
            count(accounts),
            usable
        )),
    }
}

/// What to do if Meta returned nothing to connect.
fn none_found(connecting: &Connecting, name: &str) -> String {
    let noun = connecting.noun;
    let advice = if connecting.page_tasks && connecting.exclusive {
        "Try again and select the Page that it belongs to. It must be a professional account, linked to that Page in the Page's \
         settings; an account without a Page is connected with Instagram Login."
    } else if connecting.page_tasks {
        "Try again and select at least one Page. Pages of a business portfolio must be selected one by one, not by \"all\"."
    } else {
        "Try again and select at least one WhatsApp account with a number, one by one, not by \"all\"."
    };
    format!("Meta returned no {noun} of {name}. {advice}")
}

#[cfg(test)]
mod tests {
    use channels::meta::graph::Person;

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

    #[test]
    fn every_end_of_a_login_is_a_sentence() {
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
