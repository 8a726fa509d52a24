//! The world of the demo: one app, people with Pages, an Instagram account, a WhatsApp number, and customers.

use super::*;
use serde_json::json;

/// Id of the demo app.
pub const DEMO_APP_ID: &str = "1000000000000001";
/// Secret of the demo app.
pub const DEMO_APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Id of the demo app for Instagram Login.
pub const DEMO_INSTAGRAM_APP_ID: &str = "1000000000000002";
/// Its secret.
pub const DEMO_INSTAGRAM_APP_SECRET: &str = "fedcba9876543210fedcba9876543210";
/// Token of the demo's system user, to be pasted.
pub const DEMO_SYSTEM_USER_TOKEN: &str = "EAASandboxSystemUserToken00000000000000000000000000001";
/// The Page Lavka.
pub const DEMO_PAGE_ID: &str = "105500000000000001";
/// Its Instagram account.
pub const DEMO_INSTAGRAM_ID: &str = "17841400000000001";
/// The WhatsApp number of the same business.
pub const DEMO_NUMBER_ID: &str = "106540000000001";
/// The configuration of Embedded Signup.
pub const DEMO_SIGNUP_CONFIG_ID: &str = "2000000000000003";
/// The person who manages them.
pub const DEMO_PERSON_ID: &str = "10210000000000001";
const MAX: &str = "10210000000000002";
const WABA: &str = "102290000000001";
const WHATSAPP: [&str; 2] = ["whatsapp_business_management", "whatsapp_business_messaging"];

impl Seed {
    /// The demo's world: one app, Anna with three Pages, Max with 130, and a handful of customers.
    pub fn demo() -> Self {
        let everything: &[&str] = &["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];
        let mut pages = vec![
            page(DEMO_PAGE_ID, "Lavka", "Grocery store", DEMO_PERSON_ID, everything),
            page("105500000000000002", "Second Cup", "Coffee shop", DEMO_PERSON_ID, everything),
            page("105500000000000003", "Old Town Museum", "Museum", DEMO_PERSON_ID, &["ADVERTISE", "ANALYZE"]),
        ];
        pages.extend((1..=130).map(|number| {
            let (id, name) = (format!("1066{number:014}"), format!("Branch {number:03}"));
            page(&id, &name, "Local business", MAX, everything)
        }));
        Self {
            apps: vec![AppSeed {
                id: DEMO_APP_ID.to_owned(),
                name: "Deskbell Demo".to_owned(),
                secret: DEMO_APP_SECRET.to_owned(),
                redirect_uris: Vec::new(),
                accept_any_redirect_uri: false,
                deauthorize_callback_url: None,
                data_deletion_url: None,
                require_app_secret: true,
                allow_api_settings: true,
                human_agent: true,
                profile_access: true,
                mode: Mode::Live,
                privacy_policy_url: None,
                login_configs: vec![
                    config("2000000000000001", "Pages of a person", TokenType::User),
                    config("2000000000000002", "Pages of a business", TokenType::SystemUser),
                    LoginConfig {
                        permissions: WHATSAPP.map(str::to_owned).to_vec(),
                        ..config(DEMO_SIGNUP_CONFIG_ID, "WhatsApp Embedded Signup", TokenType::SystemUser)
                    },
                ],
                roles: vec![DEMO_PERSON_ID.to_owned()],
                permissions: None,
                instagram_app_id: Some(DEMO_INSTAGRAM_APP_ID.to_owned()),
                instagram_app_secret: Some(DEMO_INSTAGRAM_APP_SECRET.to_owned()),
            }],
            people: vec![person(DEMO_PERSON_ID, "Anna Admin"), person(MAX, "Max Many")],
            pages,
            customers: vec![
                customer("olena", "Olena", "Kovalenko", true),
                customer("ahmed", "Ahmed", "الراشد", true),
                customer("maria", "María-Fernanda", "de los Ángeles Castañeda-Villavicencio y Montenegro", true),
                customer("li", "李", "小龍", true),
                CustomerSeed {
                    whatsapp: WhatsAppPerson {
                        username: Some("petro.s".to_owned()),
                        hides_phone: true,
                        ..WhatsAppPerson::default()
                    },
                    ..customer("nopic", "Petro", "Shevchuk", false)
                },
            ],
            instagram: vec![InstagramSeed {
                id: DEMO_INSTAGRAM_ID.to_owned(),
                username: "lavka.shop".to_owned(),
                name: "Lavka".to_owned(),
                page_id: Some(DEMO_PAGE_ID.to_owned()),
                link: Link::Business,
                followers: 1_204,
                allows_access: true,
            }],
            whatsapp: vec![whatsapp()],
            system_users: vec![SystemUserSeed {
                id: "122090000000001".to_owned(),
                name: "Deskbell system user".to_owned(),
                app_id: DEMO_APP_ID.to_owned(),
                token: DEMO_SYSTEM_USER_TOKEN.to_owned(),
                permissions: WHATSAPP.map(str::to_owned).to_vec(),
                whatsapp: Some(vec![WABA.to_owned()]),
            }],
            settings: Settings::default(),
        }
    }
}

fn page(id: &str, name: &str, category: &str, person: &str, tasks: &[&str]) -> PageSeed {
    let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
    PageSeed {
        id: id.to_owned(),
        name: name.to_owned(),
        category: category.to_owned(),
        roles: BTreeMap::from([(person.to_owned(), tasks)]),
        business_id: None,
        takes_messages: true,
    }
}

fn person(id: &str, name: &str) -> PersonSeed {
    PersonSeed { id: id.to_owned(), name: name.to_owned(), system_user: false }
}

fn customer(id: &str, first_name: &str, last_name: &str, picture: bool) -> CustomerSeed {
    CustomerSeed {
        id: id.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        picture,
        instagram: InstagramPerson::default(),
        whatsapp: WhatsAppPerson::default(),
    }
}

fn config(id: &str, name: &str, token_type: TokenType) -> LoginConfig {
    let permissions = ["pages_show_list", "pages_messaging", "pages_manage_metadata"];
    LoginConfig {
        id: id.to_owned(),
        name: name.to_owned(),
        token_type,
        permissions: permissions.map(str::to_owned).to_vec(),
    }
}

/// One business account with one number, and a template of each kind.
fn whatsapp() -> WhatsAppSeed {
    let template = |name: &str, category, status, components| TemplateSeed {
        id: String::new(),
        name: name.to_owned(),
        language: "en".to_owned(),
        category,
        status,
        quality: Quality::Unknown,
        components,
        parameter_format: "POSITIONAL".to_owned(),
        rejected_reason: None,
    };
    let order = json!([
        {"type": "BODY", "text": "Hello {{1}}, your order {{2}} is on its way.",
            "example": {"body_text": [["Olena", "1042"]]}},
        {"type": "FOOTER", "text": "Lavka, Kyiv"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thank you"},
            {"type": "URL", "text": "Track it", "url": "https://lavka.example/track/{{1}}",
                "example": ["https://lavka.example/track/1042"]}]},
    ]);
    let offer = json!([
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
        {"type": "BODY", "text": "Spring is here, {{1}}! {{2}} off all bread until Sunday.",
            "example": {"body_text": [["Olena", "20 %"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop promotions"}]},
    ]);
    let appointment = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Your visit on {{day}}",
            "example": {"header_text_named_params": [{"param_name": "day", "example": "Monday"}]}},
        {"type": "BODY", "text": "Hello {{name}}, we expect you at {{time}}.", "example": {"body_text_named_params": [
            {"param_name": "name", "example": "Olena"}, {"param_name": "time", "example": "10:30"}]}},
    ]);
    let news = json!([{"type": "BODY", "text": "Our new collection is here."}]);
    WhatsAppSeed {
        id: WABA.to_owned(),
        name: "Lavka".to_owned(),
        business_id: "880000000000001".to_owned(),
        people: vec![DEMO_PERSON_ID.to_owned()],
        currency: "EUR".to_owned(),
        timezone_id: "144".to_owned(),
        numbers: vec![NumberSeed {
            id: DEMO_NUMBER_ID.to_owned(),
            display_phone: "+380 44 390 0101".to_owned(),
            country_code: "380".to_owned(),
            verified_name: "Lavka".to_owned(),
            quality: Quality::Green,
            name_status: "APPROVED".to_owned(),
            verified: true,
            registered: true,
            pin: None,
            limit: Tier::Tier250,
            allowed_recipients: None,
        }],
        templates: vec![
            template("order_update", Category::Utility, TemplateState::Approved, order),
            template("spring_offer", Category::Marketing, TemplateState::Approved, offer),
            TemplateSeed {
                parameter_format: "NAMED".to_owned(),
                ..template("appointment", Category::Utility, TemplateState::Approved, appointment)
            },
            template("new_collection", Category::Marketing, TemplateState::Pending, news),
        ],
        locked: false,
        payment_ok: true,
    }
}
