//! Teams, skills and close reasons: names that agents and queues refer to, or that agents choose from.

use crate::batch::statements;
use crate::text::fold;
use crate::{Batch, Error, Row, Sql, Store, values};

statements! {
    /// Every team.
    TEAMS = "SELECT id, name, version FROM team ORDER BY name, id";
    /// Adds a team.
    INSERT_TEAM = "INSERT INTO team (id, name, name_folded, version) VALUES ($1, $2, $3, 1)";
    /// Renames one; $3 is the expected version, or 0 for any.
    UPDATE_TEAM = "UPDATE team SET name = $2, name_folded = $4, version = version + 1 WHERE id = $1 AND (version = $3 OR $3 = 0)";
    /// Removes one that no agent or queue uses.
    DELETE_TEAM = "DELETE FROM team WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM queue_team q WHERE q.team_id = $1)
        AND NOT EXISTS (SELECT 1 FROM agent a JOIN users u ON u.id = a.user_id WHERE a.team_id = $1 AND u.is_agent = 1)";
    /// Removes it from users who are no longer agents.
    FORGET_TEAM = "UPDATE agent SET team_id = NULL WHERE team_id = $1";
    /// Every skill.
    SKILLS = "SELECT id, name, version FROM skill ORDER BY name, id";
    /// Adds a skill.
    INSERT_SKILL = "INSERT INTO skill (id, name, name_folded, version) VALUES ($1, $2, $3, 1)";
    /// Renames one; $3 is the expected version, or 0 for any.
    UPDATE_SKILL = "UPDATE skill SET name = $2, name_folded = $4, version = version + 1 WHERE id = $1 AND (version = $3 OR $3 = 0)";
    /// Removes one that no agent or queue uses.
    DELETE_SKILL = "DELETE FROM skill WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM queue_skill q WHERE q.skill_id = $1)
        AND NOT EXISTS (SELECT 1 FROM agent_skill s JOIN users u ON u.id = s.user_id WHERE s.skill_id = $1 AND u.is_agent = 1)";
    /// Removes it from users who are no longer agents.
    FORGET_SKILL = "DELETE FROM agent_skill WHERE skill_id = $1";
    /// Every close reason.
    CLOSE_REASONS = "SELECT id, name, version FROM close_reason ORDER BY name, id";
    /// Adds a close reason.
    INSERT_CLOSE_REASON = "INSERT INTO close_reason (id, name, name_folded, version) VALUES ($1, $2, $3, 1)";
    /// Renames one; $3 is the expected version, or 0 for any.
    UPDATE_CLOSE_REASON = "UPDATE close_reason SET name = $2, name_folded = $4, version = version + 1
        WHERE id = $1 AND (version = $3 OR $3 = 0)";
    /// Removes one. Conversations that were closed with it keep its text.
    DELETE_CLOSE_REASON = "DELETE FROM close_reason WHERE id = $1";
}

/// The kind of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A team of agents.
    Team,
    /// A skill of agents.
    Skill,
    /// Why an agent closes a conversation.
    CloseReason,
}

/// The statements for the table of a kind.
struct Statements {
    list: Sql,
    insert: Sql,
    update: Sql,
    delete: Sql,
    /// What else is deleted with one of them.
    forget: Option<Sql>,
}

impl Kind {
    fn sql(self) -> Statements {
        match self {
            Self::Team => Statements {
                list: TEAMS,
                insert: INSERT_TEAM,
                update: UPDATE_TEAM,
                delete: DELETE_TEAM,
                forget: Some(FORGET_TEAM),
            },
            Self::Skill => Statements {
                list: SKILLS,
                insert: INSERT_SKILL,
                update: UPDATE_SKILL,
                delete: DELETE_SKILL,
                forget: Some(FORGET_SKILL),
            },
            Self::CloseReason => Statements {
                list: CLOSE_REASONS,
                insert: INSERT_CLOSE_REASON,
                update: UPDATE_CLOSE_REASON,
                delete: DELETE_CLOSE_REASON,
                forget: None,
            },
        }
    }
}

/// One of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> Named {
    Named { id: row.int(0), name: row.text(1), version: row.int(2) }
}

/// All of a kind, by name.
pub async fn list(store: &Store, kind: Kind) -> Result<Vec<Named>, Error> {
    Ok(store.rows(kind.sql().list, values![]).await?.iter().map(from_row).collect())
}

/// Adds one. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, kind: Kind, id: i64, name: &str) {
    batch.push(kind.sql().insert, values![id, name, fold(name)]);
}

/// Renames one; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, kind: Kind, id: i64, name: &str, version: Option<i64>) {
    batch.must(kind.sql().update, values![id, name, version.unwrap_or(0), fold(name)]);
}

/// Deletes one; a conflict if an agent or a queue uses it.
pub fn delete(batch: &mut Batch, kind: Kind, id: i64) {
    let sql = kind.sql();
    batch.must(sql.delete, values![id]);
    if let Some(forget) = sql.forget {
        batch.push(forget, values![id]);
    }
}
