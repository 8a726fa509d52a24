//! The HTML of the login dialog: plain forms that work without a script and have stable accessible names.

use crate::world::{Page, Session, World};
use std::fmt::Write;

/// Escapes text for HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A page of the dialog, at a step of three.
pub fn frame(title: &str, step: usize, body: &str) -> String {
    let dots: String =
        (1..=3).map(|dot| format!("<i class=\"{}\"></i>", if dot <= step { "on" } else { "" })).collect();
    let dots =
        if step == 0 { String::new() } else { format!("<div class=\"dots\" aria-hidden=\"true\">{dots}</div>") };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
        content=\"width=device-width,initial-scale=1\"><title>{title} · Sandbox login</title><link \
        rel=\"stylesheet\" href=\"/static/dialog.css\"></head><body><header><span class=\"mark\" \
        aria-hidden=\"true\"></span><b>Sandbox</b> login<small>simulates \
        Facebook</small></header><main>{dots}{body}</main><script src=\"/static/dialog.js\" \
        defer></script></body></html>",
        title = escape(title),
    )
}

/// An error page: the browser stays here.
pub fn error(reason: &str) -> String {
    let body =
        format!("<h1>Sorry, something went wrong</h1><p class=\"error\" role=\"alert\">{}</p>", escape(reason));
    frame("Error", 0, &body)
}

/// The app's name.
pub fn app_name(world: &World, session: &Session) -> String {
    escape(world.apps.get(&session.app_id).map_or("The app", |app| &app.settings.name))
}

/// A form of the session, with its foot.
pub fn form(id: &str, inner: &str, foot: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/dialog/step\"><input type=\"hidden\" name=\"session\" value=\"{id}\">{inner}\
         <footer><button class=\"quiet\" name=\"step\" value=\"cancel\" formnovalidate>Cancel</button>{foot}</footer></form>"
    )
}

/// The button to the step after this one.
pub fn next(step: &str) -> String {
    format!("<button class=\"main\" name=\"step\" value=\"{step}\">Continue</button>")
}

/// Step 1: who are you?
pub fn people(world: &World, id: &str, session: &Session) -> String {
    let mut list = String::new();
    for account in world.instagram.values().filter(|_| session.instagram) {
        let _ = write!(
            list,
            "<button class=\"person\" name=\"person\" value=\"{id}\" aria-label=\"{name}\"><img src=\"/cdn/avatar/page-ig-{id}.png\" alt=\"\">\
             <span><b dir=\"auto\">{name}</b><small>professional account on Instagram</small></span></button>",
            id = escape(&account.seed.id),
            name = escape(&account.seed.username),
        );
    }
    for person in world.people.values().filter(|person| !session.instagram && !person.seed.system_user) {
        let pages = world.pages.values().filter(|page| !page.tasks(&person.seed.id).is_empty()).count();
        let _ = write!(
            list,
            "<button class=\"person\" name=\"person\" value=\"{id}\" aria-label=\"{name}\"><img src=\"/cdn/avatar/person-{id}.png\" alt=\"\">\
             <span><b dir=\"auto\">{name}</b><small>manages {pages} Page{s}</small></span></button>",
            id = escape(&person.seed.id),
            name = escape(&person.seed.name),
            s = if pages == 1 { "" } else { "s" },
        );
    }
    if list.is_empty() {
        list.push_str("<p class=\"error\">The seed holds no people.</p>");
    }
    let inner = format!("<input type=\"hidden\" name=\"step\" value=\"person\"><div class=\"list\">{list}</div>");
    // A separate form for the cancel button: in this one any button selects a person.
    let body = format!(
        "<h1>Log in to continue to {app}</h1><p>Who are you?</p>\
         <form method=\"post\" action=\"/dialog/step\"><input type=\"hidden\" name=\"session\" value=\"{id}\">{inner}</form>\
         <form method=\"post\" action=\"/dialog/step\"><input type=\"hidden\" name=\"session\" value=\"{id}\">\
         <footer><button class=\"quiet\" name=\"step\" value=\"cancel\">Cancel</button></footer></form>",
        app = app_name(world, session),
    );
    frame("Choose a person", 1, &body)
}

/// The Pages on which the person has a role.
pub fn managed<'w>(world: &'w World, session: &Session) -> Vec<&'w Page> {
    let person = session.person_id.as_deref().unwrap_or_default();
    world.pages.values().filter(|page| !page.tasks(person).is_empty()).collect()
}

/// Step 2: which Pages?
pub fn pages(world: &World, id: &str, session: &Session, problem: Option<&str>) -> String {
    let managed = managed(world, session);
    let mut inner = String::new();
    if let Some(problem) = problem {
        let _ = write!(inner, "<p class=\"error\" role=\"alert\">{}</p>", escape(problem));
    }
    if managed.len() > 8 {
        inner.push_str("<input type=\"search\" id=\"search\" aria-label=\"Search Pages\" placeholder=\"Search Pages\" autocomplete=\"off\">");
    }
    let all = session.pages.as_ref().is_some_and(|ticked| !managed.is_empty() && ticked.len() == managed.len());
    let _ = write!(
        inner,
        "<label class=\"row all\"><input type=\"checkbox\" name=\"all\" id=\"all\" aria-label=\"Select all\"{}><b>Select all</b><small>{} Pages</small></label><div class=\"list scroll\">",
        if all { " checked" } else { "" },
        managed.len()
    );
    for page in managed {
        let ticked = session.pages.as_ref().is_none_or(|pages| pages.contains(&page.seed.id));
        let _ = write!(
            inner,
            "<label class=\"row\"><input type=\"checkbox\" name=\"page\" value=\"{id}\" aria-label=\"{name}\"{checked}>\
             <img src=\"/cdn/avatar/page-{id}.png\" alt=\"\" loading=\"lazy\"><span><b dir=\"auto\">{name}</b><small>{category} · {id}</small></span></label>",
            id = escape(&page.seed.id),
            name = escape(&page.seed.name),
            category = escape(&page.seed.category),
            checked = if ticked { " checked" } else { "" },
        );
    }
    let _ = write!(
        inner,
        "</div><label class=\"row future\"><input type=\"checkbox\" name=\"future\" aria-label=\"All current and future Pages\"{}><span><b>All current and future Pages</b>\
         <small>instead of the ticked ones</small></span></label>",
        if session.pages.is_none() { " checked" } else { "" }
    );
    let body = format!(
        "<h1>Choose the Pages for {}</h1><p>The app gets access to the Pages that you tick.</p>{}",
        app_name(world, session),
        form(id, &inner, &next("pages"))
    );
    frame("Choose Pages", 2, &body)
}

/// The permissions that step 3 asks for: none that was declined before, unless the app asks again (§1.1).
pub fn asked(world: &World, session: &Session) -> Vec<String> {
    let grant = session.person_id.as_deref().and_then(|person| world.grant(&session.app_id, person));
    let declined = |scope: &str| grant.is_some_and(|grant| grant.permissions.get(scope) == Some(&false));
    let asked =
        session.scopes.iter().filter(|scope| session.config.is_some() || session.rerequest || !declined(scope));
    asked.cloned().collect()
}

/// Step 3: what may the app do?
pub fn permissions(world: &World, id: &str, session: &Session) -> String {
    let fixed = session.config.is_some();
    let mut inner = String::from("<div class=\"list\">");
    for scope in asked(world, session) {
        let always = fixed || matches!(scope.as_str(), "public_profile" | "email");
        let _ = write!(
            inner,
            "<label class=\"row\"><input type=\"checkbox\" name=\"permission\" value=\"{scope}\" aria-label=\"{scope}\" checked{}>\
             <span><b>{}</b><small>{scope}</small></span></label>",
            if always { " disabled" } else { "" },
            explain(&scope),
            scope = escape(&scope),
        );
    }
    inner.push_str("</div>");
    if fixed {
        inner.push_str(
            "<p class=\"hint\">These permissions belong together: continue with all of them, or cancel.</p>",
        );
    }
    let whatsapp =
        session.whatsapp.as_ref().filter(|_| session.scopes.iter().any(|it| it.starts_with("whatsapp_")));
    let chosen = match &session.pages {
        _ if session.instagram => "your Instagram account".to_owned(),
        Some(pages) if pages.is_empty() && whatsapp.is_some() => "the chosen WhatsApp accounts".to_owned(),
        None => "all current and future Pages".to_owned(),
        Some(pages) if pages.len() == 1 => "1 Page".to_owned(),
        Some(pages) => format!("{} Pages", pages.len()),
    };
    let body = format!(
        "<h1>What {} may do</h1><p>For {chosen}.</p>{}",
        app_name(world, session),
        form(id, &inner, &next("permissions"))
    );
    frame("Permissions", 3, &body)
}

fn explain(scope: &str) -> &'static str {
    match scope {
        "public_profile" => "Know your name and picture",
        "email" => "Know your e-mail address",
        "pages_show_list" => "Show a list of the Pages you manage",
        "pages_messaging" => "Manage and access Page conversations in Messenger",
        "pages_manage_metadata" => "Manage accounts, settings and webhooks for a Page",
        "pages_read_engagement" => "Read content posted on the Page",
        "instagram_basic" | "instagram_business_basic" => "See the profile of your Instagram account",
        "instagram_manage_messages" | "instagram_business_manage_messages" => {
            "Read and answer messages to your Instagram account"
        }
        "instagram_manage_comments" | "instagram_business_manage_comments" => {
            "Read and answer comments on your Instagram posts"
        }
        "whatsapp_business_management" => "Manage your WhatsApp accounts, numbers and templates",
        "whatsapp_business_messaging" => "Send and receive WhatsApp messages for your numbers",
        "business_management" => "Manage your business",
        _ => "Use a further permission",
    }
}
