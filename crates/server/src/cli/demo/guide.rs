//! The guide that the demo prints: where to click, in order.

use sandbox::seed::{
    DEMO_APP_ID, DEMO_APP_SECRET, DEMO_INSTAGRAM_APP_ID, DEMO_INSTAGRAM_APP_SECRET, DEMO_SYSTEM_USER_TOKEN,
};

use super::PASSWORD;

/// Addresses and state of a demo.
pub(super) struct Guide<'a> {
    pub(super) deskbell: &'a str,
    pub(super) sandbox: &'a str,
    pub(super) folder: &'a str,
    /// Whether the sandbox has lost the accounts that were connected.
    pub(super) reconnect: bool,
    /// Whether nothing is connected yet.
    pub(super) empty: bool,
}

impl Guide<'_> {
    pub(super) fn text(&self) -> String {
        let again = if self.reconnect {
            "\n  The sandbox has lost its state, so connected Pages need Reconnect:\n  \
             Admin, Chat gateways, Facebook pages, \"Add or remove pages\".\n"
        } else {
            ""
        };
        let steps = if self.empty { self.set_up() } else { self.look_around() };
        let Self { sandbox, folder, .. } = self;
        format!(
            "
  DESKBELL DEMO: a contact centre, and phones to write to it, without a Facebook account
{again}{steps}
  The sandbox's version of Meta's developer dashboard: {sandbox}/dashboard

  Data is in {folder}; delete the folder to start over. Ctrl-C ends the demo.
"
        )
    }

    /// The guide if everything is connected and customers wait.
    fn look_around(&self) -> String {
        let Self { deskbell, sandbox, .. } = self;
        format!(
            "
  1. Take chats                  {deskbell}/workspace
       Sign in as                anna@demo.example   password  {PASSWORD}
       Customers of Messenger, Instagram and WhatsApp are waiting: switch Call Center on.
       For a second agent open a private window and sign in as
       ben@demo.example or carla@demo.example, with the same password.

  2. Be the customer             {sandbox}/phone
       Choose a customer and an account: the Page, the Instagram account or the WhatsApp number.
       Write, and ask for a person: Workspace rings.

  3. See how it is connected     {deskbell}/admin
       Chat gateways, Lavka: its Page, Instagram account and WhatsApp number, and their health.
       To connect them yourself, start over with `deskbell demo --empty`.
       To see a day with many customers and colleagues, start it with `--busy`.
"
        )
    }

    /// The guide if nothing is connected: from creating the gateway to the first answer.
    fn set_up(&self) -> String {
        let Self { deskbell, sandbox, .. } = self;
        format!(
            "
  1. Connect a Page              {deskbell}/admin
       Sign in as                anna@demo.example   password  {PASSWORD}
       Chat gateways, Create, Meta
         App ID                  {DEMO_APP_ID}
         App Secret              {DEMO_APP_SECRET}
       Facebook pages, \"Add or remove pages\": the login is the sandbox's; choose Anna, tick Lavka.
       Switch on \"Webhook subscription\" for the Page.
       What you would paste into Meta's dashboard (redirect URI, deauthorize and data-deletion address)
       is filled in by the demo as soon as the gateway is saved.

  2. Take chats                  {deskbell}/workspace
       Switch Call Center on. For a second agent open a private window and sign in as
       ben@demo.example or carla@demo.example, with the same password.

  3. Be the customer             {sandbox}/phone
       Choose a customer and a Page, write, and ask for a person: Workspace rings.

  Instagram and WhatsApp are the tabs beside \"Facebook pages\"; the phone lists their accounts too.
       Instagram                 \"Connect through Facebook\", choose Anna, tick Lavka
         or Instagram Login      app ID {DEMO_INSTAGRAM_APP_ID}   secret {DEMO_INSTAGRAM_APP_SECRET}
       WhatsApp                  \"Paste a token\"
         Token                   {DEMO_SYSTEM_USER_TOKEN}
"
        )
    }
}
