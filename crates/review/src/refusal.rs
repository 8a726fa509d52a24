//! Meta's usual refusals (meta-platform.md §9.3), and what to change here for each.

use serde::Serialize;
use utoipa::ToSchema;

/// A usual refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Its key.
    pub key: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Meta's wording.
    pub sign: &'static str,
    /// What to change before the next submission.
    pub advice: &'static str,
    /// Where to change it: the label and the part of the gateway's screens.
    place: (&'static str, &'static str),
}

/// All of them, the most common first.
pub const ALL: [Refusal; 17] = [
    Refusal {
        key: "not_shown",
        title: "The recording does not show the permission in use",
        sign: "\"The screencast does not show the end-to-end use of the permission\"",
        advice: "Record this permission alone: the complete Facebook login with this permission visible in the \
            dialog, the choice of the Page, then the function that uses it, on both sides. What the recording must \
            show is listed with the permission.",
        place: ("Recordings", "review#recordings"),
    },
    Refusal {
        key: "not_needed",
        title: "Meta does not see why the permission is needed",
        sign: "\"Your use case is not an allowed usage\", \"the permission is not required\"",
        advice: "Say in the text what would not work without it, and name the screen on which one sees that. If it was asked for \
                 because another permission depends on it, name that one first. Withdraw every permission that Deskbell does not use.",
        place: ("Permissions", "review#permissions"),
    },
    Refusal {
        key: "starts_after_login",
        title: "The recording starts after the login, or cuts the grant out",
        sign: "\"We could not see the Facebook login\", \"the login flow is missing\"",
        advice: "Begin signed out of everything: sign in to Deskbell, press Add or remove pages, go through Facebook's whole dialog \
                 without a cut, and choose the Page. Every recording begins so, not only the first.",
        place: ("Recordings", "review#recordings"),
    },
    Refusal {
        key: "login_not_found",
        title: "The reviewer did not find the Facebook login",
        sign: "\"Unable to Locate Facebook Login\" (Platform Terms 7.a)",
        advice: "Deskbell's own sign-in uses an e-mail address and a password; Facebook's login opens from the \
            button on the screen Facebook pages. Keep the step of the instructions that leads there, and show that \
            click in the recording. Give the reviewer's account no connected Page beforehand.",
        place: ("Reviewer instructions", "review#instructions"),
    },
    Refusal {
        key: "credentials",
        title: "The reviewer could not get in",
        sign: "\"The credentials do not work\", \"asks for a code\", \"the site cannot be reached\"",
        advice: "Create a new reviewer account with an expiry date far enough ahead, copy the new instructions into \
            Meta's form, and try them in a private window from another network: no VPN, no block by country, no \
            second factor. Everything of a submission is refused when the reviewer can't get in.",
        place: ("Reviewer account", "review#access"),
    },
    Refusal {
        key: "no_answer",
        title: "The reviewer wrote to the Page and no one answered",
        sign: "\"Messenger Bot Not Functional\" (Developer Policy 1.6), \"received no automated response\"",
        advice: "Keep the bot switched on so that any text, \"Hi\" included, is answered at once; publish the Page; \
            check Health for failed deliveries; keep an agent online while the review runs.",
        place: ("Health", "health"),
    },
    Refusal {
        key: "mismatch",
        title: "Text and recording don't match",
        sign: "\"The screencast does not match the description\"",
        advice: "Read the text beside the recording: every screen that the text names must appear under the same name, and nothing \
                 else. Go back to our text if yours speaks of functions that the recording leaves out.",
        place: ("Permissions", "review#permissions"),
    },
    Refusal {
        key: "copied_text",
        title: "Several permissions have the same text",
        sign: "\"Provide a description specific to this permission\"",
        advice: "Each permission needs a text of its own. Ours are; put them back where yours were copied.",
        place: ("Permissions", "review#permissions"),
    },
    Refusal {
        key: "no_page_choice",
        title: "No choice of a Page was seen in the product",
        sign: "\"Your app does not show how people select the Page\" (pages_show_list, pages_manage_metadata)",
        advice: "Show the screen Facebook pages after the login: the list of the person's Pages, the tick at one of them, and the \
                 webhook subscription switch. Meta's own dialog is not enough.",
        place: ("Facebook pages", "pages"),
    },
    Refusal {
        key: "personal_profile",
        title: "A personal profile was used instead of a Page",
        sign: "\"Use a business Page\", \"personal account\"",
        advice: "Write to a published business Page, never to a person's profile, in the recording and in the instructions. Connect \
                 such a Page and take the instructions' link to it.",
        place: ("Facebook pages", "pages"),
    },
    Refusal {
        key: "business_verification",
        title: "Business Verification is not finished",
        sign: "\"Business verification required\", \"pending\"",
        advice: "Finish Business Verification in Meta's Security Centre first: advanced access is not given without it. Then submit \
                 again; nothing else has to change.",
        place: ("Checklist", "review#business"),
    },
    Refusal {
        key: "app_settings",
        title: "The app's settings are incomplete",
        sign: "\"Your privacy policy cannot be reached\", \"app icon\", \"category\"",
        advice: "Go through the step on the app's settings: icon of 1024 × 1024, category, privacy policy, terms, data deletion, \
                 contact. Open each address in a private window.",
        place: ("Checklist", "review#app"),
    },
    Refusal {
        key: "privacy_policy",
        title: "The privacy policy does not say how to ask for deletion",
        sign: "\"Your privacy policy does not explain how to request data deletion\"",
        advice: "That one may ask is not enough: the policy must say how. Deskbell's page does; enter its address in the app's \
                 settings, or copy its part on deletion into your own policy.",
        place: ("Public pages", "review#legal"),
    },
    Refusal {
        key: "platform_not_shown",
        title: "The settings list a platform that the recording does not show",
        sign: "\"We could not test your iOS / Android app\"",
        advice: "Deskbell is a website. Remove every other platform from App settings, Basic, and give the address of this \
                 installation as the website.",
        place: ("Checklist", "review#app"),
    },
    Refusal {
        key: "other_channels",
        title: "More was asked for than was shown",
        sign: "\"instagram_… is not demonstrated\"",
        advice: "Withdraw the permissions of advertising, and of channels that this gateway does not use, from this submission, and take them \
                 out of the login configuration. Each permission that stays needs a recording of its own.",
        place: ("Permissions", "review#permissions"),
    },
    Refusal {
        key: "no_interface",
        title: "Meta took the app for one without screens",
        sign: "\"server-to-server\", \"no user interface\"",
        advice: "Say in the first line of the instructions that people use the app in a browser, with the address, and show it in the \
                 recording from the sign-in on.",
        place: ("Reviewer instructions", "review#instructions"),
    },
    Refusal {
        key: "language",
        title: "The recording was not understood",
        sign: "\"Provide the screencast in English\", \"low quality\"",
        advice: "Record at 1080p, with Deskbell in English and captions at every click that does not explain itself. Deskbell's own \
                 recordings are so.",
        place: ("Recordings", "review#recordings"),
    },
];

/// The refusal with a key.
pub fn find(key: &str) -> Option<&'static Refusal> {
    ALL.iter().find(|refusal| refusal.key == key)
}

/// A screen of Deskbell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// Its name.
    pub label: String,
    /// Its whole address.
    pub url: String,
}

/// One of Meta's common reasons for refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Advice {
    /// Its key.
    pub key: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Meta's wording.
    pub sign: &'static str,
    /// What to change before the next submission.
    pub advice: &'static str,
    /// The screen where to change it.
    pub place: Place,
}

impl Refusal {
    /// The advice for a gateway whose screens begin at `gateway`.
    pub fn advice(&self, gateway: &str) -> Advice {
        let (label, path) = self.place;
        let place = Place { label: label.to_owned(), url: format!("{gateway}/{path}") };
        Advice { key: self.key, title: self.title, sign: self.sign, advice: self.advice, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_own_key_and_leads_somewhere() {
        for (n, one) in ALL.iter().enumerate() {
            assert!(ALL[..n].iter().all(|other| other.key != one.key && other.title != one.title), "{}", one.key);
            let advice = find(one.key).unwrap().advice("https://desk.example/admin/gateways/7");
            assert!(
                advice.place.url.starts_with("https://desk.example/admin/gateways/7/"),
                "{}",
                advice.place.url
            );
            assert!(one.advice.ends_with('.') && one.advice.len() > 60, "{}", one.key);
        }
        assert!(find("nothing").is_none());
    }
}
