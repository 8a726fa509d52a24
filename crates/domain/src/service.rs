//! Who serves a queue: everyone, teams or agents by name, and the skills that they need.

use crate::id::{SkillId, TeamId, UserId};
use crate::role::Role;
use crate::time::SECOND;

/// A skill of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentSkill {
    /// The skill.
    pub skill: SkillId,
    /// The level, from 1 to 100.
    pub level: i64,
}

/// What queues choose agents by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualifications {
    /// Their team.
    pub team: Option<TeamId>,
    /// Their skills, each once.
    pub skills: Vec<AgentSkill>,
}

impl Qualifications {
    /// Their level in a skill; None if they do not have it.
    pub fn level(&self, skill: SkillId) -> Option<i64> {
        self.skills.iter().find(|known| known.skill == skill).map(|known| known.level)
    }
}

/// A skill that a queue requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkillNeed {
    /// The skill.
    pub skill: SkillId,
    /// The lowest level, from 1 to 100.
    pub min_level: i64,
    /// After a wait of this many seconds any level is enough; None if the level always counts.
    pub relax_after: Option<i64>,
}

impl SkillNeed {
    /// Whether any level is enough for a customer who has waited this many microseconds.
    pub fn is_relaxed(&self, waited: i64) -> bool {
        self.relax_after.is_some_and(|after| waited >= after.saturating_mul(SECOND))
    }

    fn is_met(&self, by: &Qualifications, waited: i64) -> bool {
        by.level(self.skill).is_some_and(|level| level >= self.min_level || self.is_relaxed(waited))
    }
}

/// Who serves a queue. The skills are required of all agents, including those listed by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Only its members serve it and see what waits in it.
    pub isolated: bool,
    /// Whether every agent serves it, not only its teams and members.
    pub all_agents: bool,
    /// The teams that serve it.
    pub teams: Vec<TeamId>,
    /// The agents who serve it by name.
    pub members: Vec<UserId>,
    /// The required skills.
    pub skills: Vec<SkillNeed>,
}

impl Service {
    /// Whether a user serves the queue. An isolated one is served by its members only, and guests serve no other
    /// queues. Agents whose level is only enough after a wait serve it as well.
    pub fn includes(&self, user: UserId, role: Role, with: &Qualifications) -> bool {
        self.takes(user, role, with, i64::MAX)
    }

    /// Whether a user may get a customer who has waited this many microseconds.
    pub fn takes(&self, user: UserId, role: Role, with: &Qualifications, waited: i64) -> bool {
        let is_member = self.members.contains(&user);
        if self.isolated {
            return is_member;
        }
        let in_team = || with.team.is_some_and(|team| self.teams.contains(&team));
        role != Role::Guest
            && (self.all_agents || is_member || in_team())
            && self.skills.iter().all(|need| need.is_met(with, waited))
    }

    /// The number of its skills for which any level is enough by now. Customers with the same number may go to the
    /// same agents.
    pub fn relaxed(&self, waited: i64) -> usize {
        self.skills.iter().filter(|need| need.is_relaxed(waited)).count()
    }

    /// The sum of an agent's levels in the skills that the queue requires.
    pub fn level(&self, with: &Qualifications) -> i64 {
        self.skills.iter().filter_map(|need| with.level(need.skill)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: UserId = UserId(1);

    fn skilled(level: i64) -> Qualifications {
        Qualifications { team: None, skills: vec![AgentSkill { skill: SkillId(5), level }] }
    }

    fn needs(min_level: i64, relax_after: Option<i64>) -> Service {
        let need = SkillNeed { skill: SkillId(5), min_level, relax_after };
        Service { all_agents: true, skills: vec![need], ..Service::default() }
    }

    #[test]
    fn guests_serve_isolated_queues_and_isolated_queues_have_members_only() {
        let none = Qualifications::default();
        let of = |isolated, all_agents, is_member: bool| Service {
            isolated,
            all_agents,
            members: is_member.then_some(ME).into_iter().collect(),
            ..Service::default()
        };
        for role in [Role::Administrator, Role::Supervisor, Role::Agent] {
            let serves = |service: Service| service.includes(ME, role, &none);
            assert!(serves(of(false, true, false)) && serves(of(false, false, true)), "{role:?}");
            assert!(!serves(of(false, false, false)) && !serves(of(true, true, false)), "{role:?}");
            assert!(serves(of(true, false, true)), "{role:?}");
        }
        let guest = |service: Service| service.includes(ME, Role::Guest, &none);
        assert!(guest(of(true, false, true)) && !guest(of(true, true, false)) && !guest(of(false, true, true)));
    }

    #[test]
    fn a_team_serves_its_queues() {
        let service = Service { teams: vec![TeamId(3)], ..Service::default() };
        let of = |team| service.includes(ME, Role::Agent, &Qualifications { team, skills: vec![] });
        assert!(of(Some(TeamId(3))) && !of(Some(TeamId(4))) && !of(None));
    }

    #[test]
    fn a_level_that_is_too_low_is_enough_once_the_need_is_relaxed() {
        let takes = |service: &Service, level, waited| service.takes(ME, Role::Agent, &skilled(level), waited);
        let strict = needs(50, None);
        assert!(takes(&strict, 50, 0) && !takes(&strict, 49, i64::MAX));
        assert!(!strict.includes(ME, Role::Agent, &skilled(49)));
        let relaxing = needs(50, Some(60));
        assert!(!takes(&relaxing, 49, 60 * SECOND - 1) && takes(&relaxing, 49, 60 * SECOND));
        assert!(relaxing.includes(ME, Role::Agent, &skilled(1)));
        assert!(!relaxing.includes(ME, Role::Agent, &Qualifications::default()), "the skill is needed for ever");
        assert_eq!((relaxing.relaxed(0), relaxing.relaxed(i64::MAX), strict.relaxed(i64::MAX)), (0, 1, 0));
    }

    #[test]
    fn skills_are_asked_of_named_agents_too() {
        let service = Service { all_agents: false, members: vec![ME], ..needs(50, None) };
        assert!(
            service.includes(ME, Role::Agent, &skilled(80)) && !service.includes(ME, Role::Agent, &skilled(20))
        );
        assert!(!service.includes(UserId(2), Role::Agent, &skilled(80)));
    }
}
