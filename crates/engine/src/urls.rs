//! Every address of our own that others see: absolute if Meta, a browser or a person needs the public one, a path for
//! our own user interface.

use domain::id::{GatewayId, MediumId};

/// Builds addresses of this installation.
#[derive(Debug, Clone)]
pub struct Urls(String);

impl Urls {
    /// For an installation with this public URL, without a slash at its end.
    pub fn new(public_url: &str) -> Self {
        Self(public_url.to_owned())
    }

    /// What people open.
    pub fn public(&self) -> &str {
        &self.0
    }

    /// The one address of a gateway: callback URL, `redirect_uri` and deauthorisation at Meta.
    pub fn webhook(&self, uri: &str) -> String {
        format!("{}/chat/{uri}", self.0)
    }

    /// Where people read the status of their deletion request.
    pub fn data_deletion(&self, code: &str) -> String {
        format!("{}/data-deletion/{code}", self.0)
    }

    /// An agent's picture, which Meta fetches.
    pub fn portrait(&self, key: &str) -> String {
        format!("{}/portraits/{key}", self.0)
    }

    /// A public page of a gateway: `privacy`, `terms`, `data-deletion`.
    pub fn legal(&self, gateway: GatewayId, page: &str) -> String {
        format!("{}/legal/{gateway}/{page}", self.0)
    }

    /// A gateway in Admin.
    pub fn gateway(&self, gateway: GatewayId) -> String {
        format!("{}/admin/gateways/{gateway}", self.0)
    }

    /// Where agents work.
    pub fn workspace(&self) -> String {
        format!("{}/workspace", self.0)
    }

    /// Where the first administrator is made.
    pub fn setup(&self, token: &str) -> String {
        format!("{}/setup#{token}", self.0)
    }
}

/// A stored file, as a path of the API.
pub fn medium(id: MediumId) -> String {
    format!("/api/v1/media/{id}")
}

/// Its small picture.
pub fn thumb(id: MediumId) -> String {
    format!("/api/v1/media/{id}?size=thumb")
}

/// The picture of a Page.
pub fn page_picture(gateway: GatewayId, page: &str) -> String {
    format!("/api/v1/gateways/{gateway}/pages/{page}/picture")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_begin_with_the_public_url() {
        let urls = Urls::new("https://chat.example");
        assert_eq!(urls.webhook("shop"), "https://chat.example/chat/shop");
        assert_eq!(urls.portrait("k"), "https://chat.example/portraits/k");
        assert_eq!(urls.legal(GatewayId(7), "terms"), "https://chat.example/legal/7/terms");
        assert_eq!(thumb(MediumId(3)), "/api/v1/media/3?size=thumb");
    }
}
