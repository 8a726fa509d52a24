//! All our own addresses that others see: absolute if Meta, a browser or a person needs the public one, a path for
//! our own user interface. Everything is under the path of the public URL, if it has one.

use domain::id::{GatewayId, MediumId};

/// Builds addresses of this installation.
#[derive(Debug, Clone)]
pub struct Urls {
    public: String,
    base: String,
}

impl Urls {
    /// For an installation with this public URL, without a trailing slash.
    pub fn new(public_url: &str) -> Self {
        let base = reqwest::Url::parse(public_url).map(|url| url.path().trim_end_matches('/').to_owned());
        Self { public: public_url.to_owned(), base: base.unwrap_or_default() }
    }

    /// The path of the public URL, without a trailing slash; empty if it has none.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address that people open.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The one address of a gateway: callback URL, `redirect_uri` and deauthorisation at Meta.
    pub fn webhook(&self, uri: &str) -> String {
        format!("{}/chat/{uri}", self.public)
    }

    /// The page with the status of a deletion request.
    pub fn data_deletion(&self, code: &str) -> String {
        format!("{}/data-deletion/{code}", self.public)
    }

    /// An agent's picture, which Meta fetches.
    pub fn portrait(&self, key: &str) -> String {
        format!("{}/portraits/{key}", self.public)
    }

    /// A public page of a gateway: `privacy`, `terms`, `data-deletion`.
    pub fn legal(&self, gateway: GatewayId, page: &str) -> String {
        format!("{}/legal/{gateway}/{page}", self.public)
    }

    /// A gateway in Admin.
    pub fn gateway(&self, gateway: GatewayId) -> String {
        format!("{}/admin/gateways/{gateway}", self.public)
    }

    /// The Workspace.
    pub fn workspace(&self) -> String {
        format!("{}/workspace", self.public)
    }

    /// The page that creates the first administrator.
    pub fn setup(&self, token: &str) -> String {
        format!("{}/setup#{token}", self.public)
    }

    /// A stored file, as a path of the API.
    pub fn medium(&self, id: MediumId) -> String {
        format!("{}/api/v1/media/{id}", self.base)
    }

    /// Its thumbnail.
    pub fn thumb(&self, id: MediumId) -> String {
        format!("{}/api/v1/media/{id}?size=thumb", self.base)
    }

    /// The QR code of an entry point, as a path of the API.
    pub fn entry_point_qr(&self, id: domain::id::EntryPointId) -> String {
        format!("{}/api/v1/entry-points/{id}/qr", self.base)
    }

    /// The picture of a Page.
    pub fn page_picture(&self, gateway: GatewayId, page: &str) -> String {
        format!("{}/api/v1/gateways/{gateway}/pages/{page}/picture", self.base)
    }
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
        assert_eq!(urls.thumb(MediumId(3)), "/api/v1/media/3?size=thumb");
        let urls = Urls::new("https://firm.example/desk");
        assert_eq!(urls.base(), "/desk");
        assert_eq!(urls.webhook("shop"), "https://firm.example/desk/chat/shop");
        assert_eq!(urls.medium(MediumId(3)), "/desk/api/v1/media/3");
    }
}
