//! The name under which an agent's messages appear: if switched on, the agent's own name and picture, which Meta
//! stores under an id. Messages never wait for it: without a picture, or if Meta refuses, they appear as from the
//! Page.

use std::collections::BTreeMap;

use channels::PERSONA_NAME;
use channels::meta::error::Class;
use channels::meta::graph;
use domain::outbound::Speaker;
use domain::page_trouble::PageTrouble;
use domain::time::HOUR;
use store::table::persona::{self, Persona};
use store::table::{account, event, message};
use store::{Batch, Error, Signal};

use super::deliver::SendAttempt;

/// How long a refusal is remembered.
const REFUSED_FOR: i64 = HOUR;

impl SendAttempt<'_> {
    /// Meta's id of the persona; None if the message is from the Page itself.
    pub(super) async fn persona(&self) -> Result<Option<String>, Error> {
        let (app, request) = (self.app, self.request);
        let has_personas = self.channel.capabilities().personas && self.gateway.row.personas;
        if !has_personas || request.speaker != Speaker::Agent {
            return Ok(None);
        }
        let Some(id) = request.message else { return Ok(None) };
        let Some(stored) = message::by_id(&app.store, id).await? else { return Ok(None) };
        let sender = stored.message.sender;
        let Some(user) = sender.user else { return Ok(None) };
        // Meta accepts no name without a picture.
        let Some(portrait) = persona::portrait_of(&app.store, user).await? else { return Ok(None) };
        let name = self.shown_name(&sender.name);
        let look = format!("{} {name}", portrait.key);
        let known = persona::of(&app.store, request.gateway, &request.account.id, user).await?;
        if let Some(known) = known.filter(|known| known.look == look)
            && (known.id.is_some() || self.app.clock.now().since(known.tried_at) < REFUSED_FOR)
        {
            return Ok(known.id);
        }
        let picture = app.urls.portrait(&portrait.key);
        let Some(call) = self.channel.persona(&self.token.node, &name, &picture) else { return Ok(None) };
        let answer = crate::account_tokens::read::<graph::Person>(app, self.gateway, self.token, call).await;
        let mut batch = Batch::new();
        let id = match answer {
            Ok(made) if !made.id.is_empty() => Some(made.id),
            Ok(_) => None,
            // The failure is temporary: the next message tries again.
            Err(refused) if refused.is_passing() || refused.error.class() == Class::TokenDead => return Ok(None),
            Err(refused) => {
                tracing::warn!(page = %request.account.id, code = refused.error.code, "Meta took no persona");
                let why = PageTrouble::PersonaRefused { agent: name.clone(), failure: refused.error.into() };
                account::set_trouble(&mut batch, request.gateway, &request.account.id, Some(&why));
                event::gateway_changed(&mut batch, request.gateway, self.app.clock.now());
                batch.notify(Signal::Config);
                None
            }
        };
        let created = Persona { id: id.clone(), look, tried_at: self.app.clock.now() };
        persona::set(&mut batch, request.gateway, &request.account.id, user, &created);
        super::commit(app, batch).await?;
        Ok(id)
    }

    /// Meta refused a message that named this persona: it is created again for the next message.
    pub(super) async fn forget_persona(&self, id: &str) -> Result<(), Error> {
        let mut batch = Batch::new();
        persona::forget(&mut batch, self.request.gateway, &self.request.account.id, id);
        super::commit(self.app, batch).await
    }

    /// The agent's name for customers, from the gateway's text, cut to Meta's limit.
    fn shown_name(&self, name: &str) -> String {
        let values = BTreeMap::from([("agent.name".to_owned(), name.to_owned())]);
        let shown = domain::text::render(&self.gateway.row.templates.agent_name, &values).unwrap_or_default();
        let shown = if shown.trim().is_empty() { name } else { shown.trim() };
        shown.chars().take(PERSONA_NAME).collect::<String>().trim().to_owned()
    }
}
