//! The ways in which a gateway reaches customers. Each needs its own permissions (meta-platform.md §9.1), so the
//! review names only those of the ways that the gateway uses.

use domain::channel::{Channel, Login};
use store::table::gateway::Gateway;

use super::facts::AccountFact;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Facebook Pages.
    Messenger,
    /// Instagram accounts through the Page that they are linked to.
    InstagramByPage,
    /// Instagram accounts that log in themselves.
    InstagramLogin,
    /// WhatsApp numbers.
    WhatsApp,
}

impl Way {
    const ALL: [Self; 4] = [Self::Messenger, Self::InstagramByPage, Self::InstagramLogin, Self::WhatsApp];

    /// Those that a gateway uses: an account is connected, or the channel is configured. A new gateway is assumed to
    /// be for Messenger.
    pub fn used(gateway: &Gateway, accounts: &[AccountFact]) -> Vec<Self> {
        let is_set_up = |way: Self| match way {
            Self::Messenger | Self::InstagramByPage => false,
            Self::InstagramLogin => gateway.instagram_app_id.is_some(),
            Self::WhatsApp => gateway.whatsapp_config_id.is_some(),
        };
        let used = |way: &Self| is_set_up(*way) || accounts.iter().any(|account| Self::of(account) == Some(*way));
        let ways: Vec<Self> = Self::ALL.into_iter().filter(used).collect();
        if ways.is_empty() { vec![Self::Messenger] } else { ways }
    }

    /// The way in which an account was connected.
    pub fn of(account: &AccountFact) -> Option<Self> {
        match (account.channel, account.login) {
            (Channel::MESSENGER, _) => Some(Self::Messenger),
            (Channel::INSTAGRAM, Login::Facebook) => Some(Self::InstagramByPage),
            (Channel::INSTAGRAM, Login::Instagram) => Some(Self::InstagramLogin),
            (Channel::WHATSAPP, _) => Some(Self::WhatsApp),
            _ => None,
        }
    }

    pub fn channel(self) -> Channel {
        match self {
            Self::Messenger => Channel::MESSENGER,
            Self::InstagramByPage | Self::InstagramLogin => Channel::INSTAGRAM,
            Self::WhatsApp => Channel::WHATSAPP,
        }
    }

    /// The name of the app that customers write with.
    pub fn app(self) -> &'static str {
        match self {
            Self::Messenger => "Messenger",
            Self::InstagramByPage | Self::InstagramLogin => "Instagram",
            Self::WhatsApp => "WhatsApp",
        }
    }

    /// The noun for the account that customers write to.
    pub fn account(self) -> &'static str {
        match self {
            Self::Messenger => "Facebook Page",
            Self::InstagramByPage | Self::InstagramLogin => "Instagram account",
            Self::WhatsApp => "WhatsApp number",
        }
    }

    /// Whether a login was for this way. A login that connected nothing of a channel was never asked for its
    /// permissions.
    pub fn is_login(self, scopes: &[String]) -> bool {
        scopes.iter().any(|scope| match self {
            Self::Messenger => scope.starts_with("pages_"),
            Self::InstagramByPage => scope.starts_with("instagram_") && !scope.starts_with("instagram_business_"),
            Self::InstagramLogin => scope.starts_with("instagram_business_"),
            Self::WhatsApp => scope.starts_with("whatsapp_"),
        })
    }
}

/// Joins words as a list in a sentence: "a", "a or b", "a, b or c".
pub fn listed<W: AsRef<str>>(words: &[W], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., end] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", first.join(", "), end.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::account;
    use super::*;

    #[test]
    fn logins_are_told_from_each_other_by_their_permissions() {
        let is = |way: Way, scope: &str| way.is_login(&[scope.to_owned()]);
        assert!(is(Way::Messenger, "pages_show_list") && !is(Way::Messenger, "instagram_basic"));
        assert!(
            is(Way::InstagramByPage, "instagram_basic") && !is(Way::InstagramByPage, "instagram_business_basic")
        );
        assert!(is(Way::InstagramLogin, "instagram_business_basic") && !is(Way::WhatsApp, "public_profile"));
    }

    #[test]
    fn an_account_belongs_to_the_way_by_which_it_was_connected() {
        let mut instagram = account(Channel::INSTAGRAM, "1784", None);
        assert_eq!(Way::of(&instagram), Some(Way::InstagramByPage));
        instagram.login = Login::Instagram;
        assert_eq!(Way::of(&instagram), Some(Way::InstagramLogin));
        assert_eq!(Way::of(&account(Channel::new("telegram"), "1", None)), None);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        let none: [&str; 0] = [];
        assert_eq!(listed(&none, "or"), "");
        assert_eq!(listed(&["a"], "or"), "a");
        assert_eq!(listed(&["a", "b", "c"], "or"), "a, b or c");
    }
}
