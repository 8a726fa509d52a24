//! The permissions of logins, compared with those that are used: a missing one breaks something, and an unnecessary
//! one is a reason for Meta to refuse (meta-platform.md §9.3).

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::Facts;
use super::permission::Permission;

/// Permissions that every login has automatically.
const AUTOMATIC: [&str; 2] = ["public_profile", "email"];
/// Gives access to Pages of business portfolios, if a login has it (meta-platform.md §1.7).
const PORTFOLIOS: &str = "business_management";

/// A login and its permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Login {
    /// The person's name.
    pub name: String,
    /// The permissions.
    pub scopes: Vec<String>,
}

/// A missing permission, or one that is not needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mismatch {
    /// The permission.
    pub permission: String,
    /// The owner of the login, and what to do.
    pub text: String,
}

/// The permissions of the logins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Scopes {
    /// The permissions that Deskbell requests in the dialog. If a login configuration at Meta is used, it decides
    /// instead.
    pub asked: Vec<&'static str>,
    /// The valid logins.
    pub logins: Vec<Login>,
    /// The permissions that they lack.
    pub missing: Vec<Mismatch>,
    /// The permissions that they have beyond that.
    pub extra: Vec<Mismatch>,
}

pub fn compared(facts: &Facts) -> Scopes {
    let asked: Vec<&'static str> =
        Permission::used(facts).filter(|permission| !permission.is_feature()).map(Permission::key).collect();
    let logins: Vec<Login> = facts
        .logins
        .iter()
        .filter(|login| login.alive && facts.ways.iter().any(|way| way.is_login(&login.scopes)))
        .map(|login| Login { name: login.name.clone(), scopes: login.scopes.clone() })
        .collect();
    let whose = |has: &dyn Fn(&Login) -> bool| {
        let names: Vec<&str> = logins.iter().filter(|login| has(login)).map(|login| login.name.as_str()).collect();
        names.join(", ")
    };
    let carries = |login: &Login, scope: &str| login.scopes.iter().any(|it| it == scope);
    let place = if facts.login_config { "the login configuration at Meta" } else { "the app at Meta" };
    let mut missing: Vec<Mismatch> = Vec::new();
    for permission in Permission::used(facts) {
        let lacks = |login: &Login| permission.belongs_to(&login.scopes) && !carries(login, permission.key());
        if logins.iter().any(lacks) {
            let (scope, whose) = (permission.key(), whose(&lacks));
            let text = format!(
                "The login of {whose} lacks {scope}. Press Reconnect and leave everything switched on; if Meta does not offer it, {place} \
                 lacks it."
            );
            missing.push(Mismatch { permission: scope.to_owned(), text });
        }
    }
    let mut extra: Vec<Mismatch> = Vec::new();
    for scope in logins.iter().flat_map(|login| &login.scopes) {
        let signs_up = facts.embedded_signup && scope == PORTFOLIOS;
        let expected = asked.contains(&scope.as_str()) || AUTOMATIC.contains(&scope.as_str());
        if expected || signs_up || extra.iter().any(|known| known.permission == *scope) {
            continue;
        }
        let whose = whose(&|login| carries(login, scope));
        let text = if scope == PORTFOLIOS {
            format!(
                "The login of {whose} carries {scope}. Deskbell uses it only to find Pages of business portfolios; if the Pages are \
                 ticked one by one in Facebook's dialog it is not needed. Take it out of {place} before you submit: it needs a review of \
                 its own, with pages_read_engagement."
            )
        } else {
            format!(
                "The login of {whose} carries {scope}, which Deskbell does not use. Take it out of {place} before you submit: Meta \
                 refuses what is asked for and not shown."
            )
        };
        extra.push(Mismatch { permission: scope.clone(), text });
    }
    Scopes { asked, logins, missing, extra }
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::*;
    use domain::time::Micros;
    use store::table::account::Connection;

    #[test]
    fn a_login_may_carry_too_little_and_too_much() {
        let mut facts = sample();
        assert_eq!(compared(&facts).missing, []);
        let account = |name: &str, scopes: &[&str]| Connection {
            id: 1,
            person: "9".into(),
            name: name.into(),
            token: String::new().into(),
            alive: true,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            connected_at: Micros(0),
            user: None,
            login: domain::channel::Login::Facebook,
            token_at: Micros(0),
            expires_at: None,
        };
        facts.logins = vec![
            account("Ann", &["pages_show_list", "pages_messaging", "pages_manage_metadata", "public_profile"]),
            account("Ben", &["pages_show_list", "pages_messaging", "instagram_basic", "business_management"]),
        ];
        let scopes = compared(&facts);
        assert_eq!(scopes.missing.len(), 1);
        assert_eq!(scopes.missing[0].permission, "pages_manage_metadata");
        assert!(scopes.missing[0].text.contains("Ben") && !scopes.missing[0].text.contains("Ann"));
        let extra: Vec<&str> = scopes.extra.iter().map(|it| it.permission.as_str()).collect();
        assert_eq!(extra, ["instagram_basic", "business_management"]);
    }
}
