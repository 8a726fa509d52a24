//! WhatsApp's step of a login, as in Embedded Signup: which business accounts are shared, or a new one with a number
//! (§3.8, §5.5).

use crate::dialog_view::{escape, form, frame, next};
use crate::seed::{NumberSeed, Quality, Tier, WhatsAppSeed};
use crate::world::{Session, World, country_code, digits};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The step's page.
pub(super) fn view(world: &World, id: &str, session: &Session, problem: Option<&str>) -> String {
    let mut inner = String::new();
    if let Some(problem) = problem {
        let _ = write!(inner, "<p class=\"error\" role=\"alert\">{}</p>", escape(problem));
    }
    inner.push_str("<div class=\"list\">");
    for waba in world.wabas.values().filter(|waba| mine(waba.seed.people.as_slice(), session)) {
        let numbers = world.numbers.values().filter(|number| number.waba_id == waba.seed.id);
        let numbers: Vec<&str> = numbers.map(|number| number.seed.display_phone.as_str()).collect();
        let ticked = session.whatsapp.as_ref().is_none_or(|shared| shared.contains(&waba.seed.id));
        let _ = write!(
            inner,
            "<label class=\"row\"><input type=\"checkbox\" name=\"waba\" value=\"{id}\" aria-label=\"{name}\"{checked}>\
             <span><b dir=\"auto\">{name}</b><small>{numbers} · {id}</small></span></label>",
            id = escape(&waba.seed.id),
            name = escape(&waba.seed.name),
            checked = if ticked { " checked" } else { "" },
            numbers = escape(&numbers.join(", ")),
        );
    }
    inner.push_str(
        "</div><details><summary>Create a new account with a number</summary>\
         <label class=\"row\"><span><b>Business name</b></span><input name=\"new_name\" aria-label=\"Business name\" maxlength=\"100\"></label>\
         <label class=\"row\"><span><b>Phone number</b><small>with + and country code</small></span>\
         <input name=\"new_phone\" aria-label=\"Phone number\" maxlength=\"20\"></label></details>",
    );
    let body = format!(
        "<h1>Choose the WhatsApp accounts for {}</h1><p>The app gets access to the accounts that you tick, and to their numbers.</p>{}",
        crate::dialog_view::app_name(world, session),
        form(id, &inner, &next("whatsapp"))
    );
    frame("Choose WhatsApp accounts", 2, &body)
}

fn mine(people: &[String], session: &Session) -> bool {
    session.person_id.as_ref().is_some_and(|person| people.contains(person))
}

/// Takes the ticked accounts, and makes a new one if it was asked for.
pub(super) fn choose(world: &mut World, session: &mut Session, fields: &[(String, String)]) -> Result<(), String> {
    let all =
        |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim());
    let first = |name: &'static str| all(name).next().unwrap_or_default().to_owned();
    let mut ticked: BTreeSet<String> = all("waba")
        .filter(|id| world.wabas.get(*id).is_some_and(|waba| mine(waba.seed.people.as_slice(), session)))
        .map(str::to_owned)
        .collect();
    let (name, phone) = (first("new_name"), first("new_phone"));
    if !name.is_empty() || !phone.is_empty() {
        ticked.insert(make(world, session, &name, &phone)?);
    }
    if ticked.is_empty() {
        return Err("Choose at least one WhatsApp account, or create one.".to_owned());
    }
    session.whatsapp = Some(ticked);
    Ok(())
}

/// A new account whose number is verified and not registered: the app registers it (§3.8).
fn make(world: &mut World, session: &Session, name: &str, phone: &str) -> Result<String, String> {
    let plain = digits(phone);
    if name.is_empty() || !phone.starts_with('+') || !(8..=15).contains(&plain.len()) {
        return Err("A new account needs a business name and a phone number with + and country code.".to_owned());
    }
    if world.numbers.values().any(|number| number.digits() == plain) {
        return Err(format!("{phone} is a number of another WhatsApp account."));
    }
    let number = world.next();
    let id = format!("1022{number:011}");
    world.add_waba(WhatsAppSeed {
        id: id.clone(),
        name: name.to_owned(),
        business_id: format!("88{number:013}"),
        people: session.person_id.clone().into_iter().collect(),
        currency: "EUR".to_owned(),
        timezone_id: "1".to_owned(),
        numbers: vec![NumberSeed {
            id: format!("1065{number:011}"),
            display_phone: phone.to_owned(),
            country_code: country_code(&plain),
            verified_name: name.to_owned(),
            quality: Quality::Unknown,
            name_status: "PENDING_REVIEW".to_owned(),
            verified: true,
            registered: false,
            pin: None,
            limit: Tier::Tier250,
            allowed_recipients: None,
        }],
        templates: Vec::new(),
        locked: false,
        payment_ok: true,
    });
    Ok(id)
}
