//! The login dialog and its redirect (meta-platform.md §1.1–§1.2).

use std::fmt::Write;

/// The permissions that a contact centre needs (§9.1), for classic Facebook Login.
pub const SCOPES: [&str; 3] = ["pages_show_list", "pages_messaging", "pages_manage_metadata"];

/// The webhook fields of a Page that we handle (§5.1, the recommended Messenger set with comments and
/// linked accounts).
pub const PAGE_FIELDS: [&str; 15] = [
    "messages",
    "messaging_postbacks",
    "messaging_optins",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "messaging_referrals",
    "messaging_handovers",
    "standby",
    "messaging_feedback",
    "messaging_policy_enforcement",
    "messaging_account_linking",
    "feed",
];

/// What the dialog requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login<'a> {
    /// Classic Facebook Login: these permissions.
    Scopes(&'a [&'a str]),
    /// Facebook Login for Business: the configuration of this id, which contains the permissions.
    Config(&'a str),
    /// WhatsApp's Embedded Signup: the configuration of this id.
    EmbeddedSignup(&'a str),
}

/// The dialog's address. `redirect_uri` must be, byte for byte, the one registered at Meta and the one given to the
/// code exchange. `rerequest` asks again for declined permissions; a configuration always asks for all of its own.
pub fn dialog_url(
    base: &str,
    version: &str,
    app_id: &str,
    redirect_uri: &str,
    state: &str,
    login: Login,
    rerequest: bool,
) -> String {
    let mut url = format!("{}/{version}/dialog/oauth", base.trim_end_matches('/'));
    let mut separator = '?';
    let mut add = |name: &str, value: &str| {
        let _ = write!(url, "{separator}{name}={}", percent_encoded(value));
        separator = '&';
    };
    add("client_id", app_id);
    add("redirect_uri", redirect_uri);
    add("state", state);
    add("response_type", "code");
    match login {
        Login::Scopes(scopes) => {
            add("scope", &scopes.join(","));
            if rerequest {
                add("auth_type", "rerequest");
            }
        }
        Login::Config(id) => {
            add("config_id", id);
            // Needed if the configuration issues system-user tokens, harmless otherwise.
            add("override_default_response_type", "true");
        }
        Login::EmbeddedSignup(id) => {
            add("config_id", id);
            add("override_default_response_type", "true");
            add("extras", r#"{"setup":{}}"#);
        }
    }
    url
}

/// The address of Instagram Login's dialog (§1.10). `app_id` is the Instagram app's.
pub fn instagram_dialog_url(base: &str, app_id: &str, redirect_uri: &str, state: &str, scopes: &[&str]) -> String {
    let query = [
        ("client_id", app_id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", &scopes.join(",")),
        ("state", state),
    ];
    let query: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    format!("{}/oauth/authorize?{}", base.trim_end_matches('/'), query.join("&"))
}

/// Everything but letters, digits and `-._~` as `%XX`.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The result of the dialog, from the redirect.
#[derive(Clone, PartialEq, Eq)]
pub enum Redirect {
    /// A code to exchange; it is valid for about 10 minutes and works once.
    Code {
        /// The code: a secret.
        code: String,
        /// The attempt that it belongs to.
        state: String,
    },
    /// No grant: the person cancelled, *or* the app is not live or lacks access (§1.2: the values are the same).
    /// Messages must mention both.
    Denied {
        /// The attempt, where the dialog named it.
        state: Option<String>,
    },
    /// Not a result of the dialog: no code and no error, or a code without its state.
    Other,
}

impl std::fmt::Debug for Redirect {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Redirect::Code { .. } => f.write_str("Code(…)"),
            Redirect::Denied { .. } => f.write_str("Denied"),
            Redirect::Other => f.write_str("Other"),
        }
    }
}

/// Reads the query of the redirect (decoded pairs).
pub fn outcome<K: AsRef<str>, V: AsRef<str>>(query: &[(K, V)]) -> Redirect {
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key.as_ref() == name);
        // Facebook appends the fragment `#_=_`; a client that sends it must not corrupt the value.
        let value = found.map(|(_, value)| value.as_ref().split('#').next().unwrap_or_default());
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let failed = ["error", "error_code", "error_reason", "error_message", "error_description"];
    if failed.into_iter().any(|name| value(name).is_some()) {
        return Redirect::Denied { state: value("state") };
    }
    match (value("code"), value("state")) {
        (Some(code), Some(state)) => Redirect::Code { code, state },
        _ => Redirect::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_asks_for_scopes_or_a_configuration_never_both() {
        let url = |login, rerequest| {
            let base = "https://www.facebook.com/";
            dialog_url(base, "v26.0", "100", "https://desk.example/chat/ab", "s/1 ü", login, rerequest)
        };
        assert_eq!(
            url(Login::Scopes(&SCOPES), true),
            "https://www.facebook.com/v26.0/dialog/oauth?client_id=100&redirect_uri=https%3A%2F%2Fdesk.example%2Fchat%2Fab\
             &state=s%2F1%20%C3%BC&response_type=code&scope=pages_show_list%2Cpages_messaging%2Cpages_manage_metadata&auth_type=rerequest"
        );
        assert_eq!(
            url(Login::Config("55"), true),
            "https://www.facebook.com/v26.0/dialog/oauth?client_id=100&redirect_uri=https%3A%2F%2Fdesk.example%2Fchat%2Fab\
             &state=s%2F1%20%C3%BC&response_type=code&config_id=55&override_default_response_type=true"
        );
    }

    #[test]
    fn embedded_signup_and_instagram_have_their_own_dialogs() {
        let login = Login::EmbeddedSignup("77");
        let url = dialog_url("https://www.facebook.com", "v26.0", "100", "https://desk/chat/x", "s", login, true);
        assert!(
            url.ends_with("&config_id=77&override_default_response_type=true&extras=%7B%22setup%22%3A%7B%7D%7D")
        );
        assert_eq!(
            instagram_dialog_url("https://www.instagram.com/", "900", "https://desk/chat/x", "s", &["a", "b"]),
            "https://www.instagram.com/oauth/authorize?client_id=900&redirect_uri=https%3A%2F%2Fdesk%2Fchat%2Fx\
             &response_type=code&scope=a%2Cb&state=s"
        );
    }

    #[test]
    fn every_way_back_is_understood() {
        let code = Redirect::Code { code: "AQ".into(), state: "s".into() };
        assert_eq!(outcome(&[("code", "AQ"), ("state", "s")]), code);
        assert_eq!(outcome(&[("code", "AQ"), ("state", "s#_=_")]), code);
        let denied = |state: Option<&str>| Redirect::Denied { state: state.map(Into::into) };
        assert_eq!(outcome(&[("error", "access_denied"), ("state", "s")]), denied(Some("s")));
        assert_eq!(outcome(&[("error_code", "1349048")]), denied(None));
        assert_eq!(outcome(&[("error", "access_denied"), ("code", "AQ"), ("state", "s")]), denied(Some("s")));
        assert_eq!(outcome(&[("code", "AQ")]), Redirect::Other);
        assert_eq!(outcome::<&str, &str>(&[]), Redirect::Other);
    }
}
