//! Who may do what with an Instagram account, by either flavour's permissions (§1.10, §3.7).

use crate::graph::auth::{self, Caller};
use crate::graph::error::GraphError;
use crate::world::World;

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Basic,
    Messages,
}

impl Need {
    /// The permission of the Page flavour.
    pub fn through_page(self) -> &'static str {
        match self {
            Self::Basic => "instagram_basic",
            Self::Messages => "instagram_manage_messages",
        }
    }

    /// The permission of Instagram Login.
    pub fn through_login(self) -> &'static str {
        match self {
            Self::Basic => "instagram_business_basic",
            Self::Messages => "instagram_business_manage_messages",
        }
    }
}

/// The account of the id in the path: itself, or the one of the Page.
pub fn account_of(world: &World, id: &str) -> Result<String, GraphError> {
    if world.instagram.contains_key(id) {
        return Ok(id.to_owned());
    }
    let linked = world.instagram_of_page(id).map(|account| account.seed.id.clone());
    linked.ok_or_else(|| {
        GraphError::new(100, "(#100) The Page is not linked to an Instagram professional account")
            .subcode(2_534_013)
    })
}

/// Requires a token that may do this with the account.
pub fn with(world: &World, caller: &Caller, method: &str, account_id: &str, need: Need) -> Result<(), GraphError> {
    let account = world.instagram.get(account_id).ok_or_else(|| GraphError::unknown_object(method, account_id))?;
    match caller {
        Caller::Instagram(token, own) if own == account_id => {
            let granted = account.grants.get(&token.app_id);
            if granted.is_some_and(|granted| granted.contains(need.through_login())) {
                Ok(())
            } else {
                Err(GraphError::not_granted(need.through_login()))
            }
        }
        Caller::Page(_, page_id) if account.seed.page_id.as_ref() == Some(page_id) => {
            auth::page_with(world, caller, page_id, method, need.through_page(), "MESSAGING").map(drop)
        }
        _ => Err(GraphError::unknown_object(method, account_id)),
    }
}
