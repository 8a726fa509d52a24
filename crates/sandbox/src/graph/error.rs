//! Graph errors in Meta's envelope (§6.1), with the codes of §6.2 and §6.3.

use crate::crypto::random_string;
use serde_json::{Value, json};

/// An error response of a Graph call.
#[derive(Debug, Clone)]
pub struct GraphError {
    /// HTTP status; unreliable at Meta, so clients decide by code (§6.1).
    pub status: u16,
    pub code: i64,
    pub subcode: Option<i64>,
    pub kind: &'static str,
    pub message: String,
    pub transient: bool,
    /// Word in the `WWW-Authenticate` header (§1.3).
    pub authenticate: Option<&'static str>,
    /// WhatsApp: what exactly is wrong, in `error_data` (§6.4).
    pub details: Option<Box<str>>,
    /// A raw body instead of the envelope (faults).
    pub raw: Option<Box<str>>,
}

impl GraphError {
    /// An `OAuthException` with HTTP 400.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            subcode: None,
            kind: "OAuthException",
            message: message.into(),
            transient: false,
            authenticate: None,
            details: None,
            raw: None,
        }
    }

    /// An error of WhatsApp: a title, and what exactly is wrong (§6.4).
    pub fn whatsapp(code: i64, title: &str, details: impl Into<String>) -> Self {
        Self { details: Some(details.into().into_boxed_str()), ..Self::new(code, format!("(#{code}) {title}")) }
    }

    /// With this HTTP status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With this subcode.
    pub fn subcode(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// With a `WWW-Authenticate` header.
    pub fn authenticate(mut self, word: &'static str) -> Self {
        self.authenticate = Some(word);
        self
    }

    /// 100: a bad parameter.
    pub fn parameter(message: impl std::fmt::Display) -> Self {
        Self::new(100, format!("(#100) {message}"))
    }

    /// 100: a parameter that must be there.
    pub fn required(name: &str) -> Self {
        Self::parameter(format_args!("The parameter {name} is required"))
    }

    /// 100/33: the object does not exist or is not visible.
    pub fn unknown_object(method: &str, id: &str) -> Self {
        let mut error = Self::new(
            100,
            format!(
                "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation",
                method.to_ascii_lowercase()
            ),
        );
        error.kind = "GraphMethodException";
        error.subcode(33)
    }

    /// 200: a permission is missing.
    pub fn permission(message: impl std::fmt::Display) -> Self {
        Self::new(200, format!("(#200) {message}")).status(403)
    }

    /// 10: the permission was never granted or was revoked.
    pub fn not_granted(permission: &str) -> Self {
        Self::new(10, format!("(#10) This endpoint requires the '{permission}' permission")).status(403)
    }

    /// 190: the token is invalid.
    pub fn dead_token(subcode: Option<i64>) -> Self {
        let message = match subcode {
            None => {
                return Self::new(190, "Invalid OAuth access token - Cannot parse access token")
                    .authenticate("invalid_token");
            }
            Some(458) => "Error validating access token: The user has not authorized application.",
            Some(459) => {
                "Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given."
            }
            Some(460) => {
                "Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."
            }
            Some(463) => "Error validating access token: Session has expired.",
            Some(492) => {
                "Error validating access token: Session does not match current stored session. The user no longer has a role on the Page."
            }
            Some(_) => "Error validating access token: The session is invalid.",
        };
        Self { subcode, ..Self::new(190, message).status(401).authenticate("invalid_token") }
    }

    /// The JSON envelope.
    pub fn envelope(&self) -> Value {
        let mut error = json!({
            "message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": format!("A{}", random_string(22)),
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        json!({ "error": error })
    }
}
