//! What customers write to, and which apps are notified: a Page, an Instagram account or a WhatsApp number (§2.4,
//! §5.1, §5.5).

use super::World;
use crate::seed::Mode;

/// An app of Meta's family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Messenger,
    Instagram,
    WhatsApp,
}

impl Channel {
    /// The `object` of its webhooks.
    pub fn object(self) -> &'static str {
        match self {
            Self::Messenger => "page",
            Self::Instagram => "instagram",
            Self::WhatsApp => "whatsapp_business_account",
        }
    }

    /// As the control API names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::WhatsApp => "whatsapp",
        }
    }
}

/// Where an app's webhooks of one account go, and the key that signs them.
pub struct Target {
    pub url: String,
    pub secret: String,
}

impl World {
    /// The channel of an account: a Page, an Instagram account, a WhatsApp number or business account.
    pub fn channel(&self, account_id: &str) -> Option<Channel> {
        if self.pages.contains_key(account_id) {
            Some(Channel::Messenger)
        } else if self.instagram.contains_key(account_id) {
            Some(Channel::Instagram)
        } else {
            self.waba_of(account_id).map(|_| Channel::WhatsApp)
        }
    }

    /// Live apps that are subscribed to a field of an account, on both levels.
    pub(super) fn subscribers(&self, account_id: &str, field: &str) -> Vec<String> {
        let Some(channel) = self.channel(account_id) else { return Vec::new() };
        if self.instagram.get(account_id).is_some_and(|account| !account.seed.allows_access) {
            return Vec::new();
        }
        let listens = |app_id: &String| {
            self.apps.get(app_id).is_some_and(|app| {
                app.settings.mode == Mode::Live
                    && app
                        .subscriptions
                        .get(channel.object())
                        .is_some_and(|own| own.fields.iter().any(|name| same_field(name, field)))
            })
        };
        self.attached(account_id, Some(field)).into_iter().filter(listens).collect()
    }

    /// Apps that are attached to an account, regardless of their fields; with a field, Pages count it too.
    pub fn attached(&self, account_id: &str, field: Option<&str>) -> Vec<String> {
        if let Some(page) = self.pages.get(account_id) {
            let wanted = page.subscribed_apps.iter();
            return wanted
                .filter(|(_, fields)| field.is_none_or(|field| fields.contains(field)))
                .map(|(id, _)| id.clone())
                .collect();
        }
        if let Some(account) = self.instagram.get(account_id) {
            // One field of the Page is enough; Instagram Login takes no choice of fields at all (§5.1).
            let page = account.seed.page_id.as_ref().and_then(|id| self.pages.get(id));
            let through_page = page.into_iter().flat_map(|page| {
                page.subscribed_apps.iter().filter(|(_, fields)| !fields.is_empty()).map(|(id, _)| id)
            });
            let mut all: Vec<String> = through_page.chain(&account.subscribed_apps).cloned().collect();
            all.sort();
            all.dedup();
            all.retain(|app| !account.disabled_apps.contains(app));
            return all;
        }
        self.waba_of(account_id).map(|waba| waba.subscribed_apps.keys().cloned().collect()).unwrap_or_default()
    }

    /// Where an event of the account goes now; `None` once the app is detached.
    pub fn target(&self, app_id: &str, account_id: &str) -> Option<Target> {
        let channel = self.channel(account_id)?;
        if !self.attached(account_id, None).iter().any(|id| id == app_id) {
            return None;
        }
        let app = self.apps.get(app_id)?;
        let mut url = app.subscriptions.get(channel.object())?.callback_url.clone();
        let mut secret = app.settings.secret.clone();
        match channel {
            Channel::Messenger => {}
            Channel::Instagram => {
                let account = self.instagram.get(account_id)?;
                let page = account.seed.page_id.as_ref().and_then(|id| self.pages.get(id));
                let through_page = page.is_some_and(|page| page.subscribed_apps.contains_key(app_id));
                if !through_page {
                    secret = app.settings.instagram_app_secret.clone()?;
                }
            }
            Channel::WhatsApp => {
                let of_number = self.numbers.get(account_id).and_then(|number| number.overrides.get(app_id));
                let of_account = self.waba_of(account_id)?.subscribed_apps.get(app_id)?.as_ref();
                if let Some(own) = of_number.or(of_account) {
                    url = own.callback_url.clone();
                }
            }
        }
        Some(Target { url, secret })
    }
}

/// Instagram's pages and the API do not agree on the plural of some fields (§2.7 [?]).
fn same_field(one: &str, other: &str) -> bool {
    const BOTH: [&str; 3] = ["messaging_referral", "messaging_handover", "message_edit"];
    let singular = |name: &str| BOTH.iter().find(|known| name.strip_suffix('s') == Some(known)).copied();
    one == other || singular(one) == Some(other) || singular(other) == Some(one)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_field_may_be_singular_or_plural() {
        assert!(super::same_field("messaging_referral", "messaging_referrals"));
        assert!(super::same_field("message_edits", "message_edit"));
        assert!(!super::same_field("message", "messages"));
    }
}
