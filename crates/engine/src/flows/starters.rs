//! Starter flows for common tasks, each with its tests, in several languages. `POST /flows/import` turns one into a
//! flow.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The languages, and the starters of each.
const LANGUAGES: [(&str, &str); 2] =
    [("en", include_str!("starters/en.json")), ("uk", include_str!("starters/uk.json"))];

/// A starter flow. It has the format of an export, so it can be imported as it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = FlowStarter)]
pub struct Starter {
    /// The same in all languages.
    pub id: String,
    pub name: String,
    /// What it does, in a sentence.
    pub about: String,
    #[schema(value_type = Object)]
    pub body: Value,
    #[schema(value_type = Vec<Object>)]
    pub tests: Vec<Value>,
}

/// The language.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StarterQuery {
    /// `en` or `uk`; English if left out or unavailable.
    pub language: Option<String>,
}

/// All of them in a language.
pub fn all(query: &StarterQuery) -> Vec<Starter> {
    let wanted = query.language.as_deref().unwrap_or_default();
    let known = LANGUAGES.iter().find(|(language, _)| wanted.starts_with(language)).unwrap_or(&LANGUAGES[0]);
    serde_json::from_str(known.1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_starter_can_be_published_on_every_channel_and_is_there_in_every_language() {
        let ids = |starters: &[Starter]| starters.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let english = ids(&all(&StarterQuery { language: None }));
        assert_eq!(english.len(), 8);
        for (language, _) in LANGUAGES {
            let starters = all(&StarterQuery { language: Some(format!("{language}-UA")) });
            assert_eq!(ids(&starters), english, "{language}");
            for it in starters {
                let body =
                    domain::flow::parse_value(it.body).unwrap_or_else(|found| panic!("{}: {found:?}", it.id));
                let found = domain::flow::validate(&body, channels::Channels::default().for_flows());
                let errors: Vec<_> = found.iter().filter(|problem| problem.is_error()).collect();
                assert!(errors.is_empty(), "{language} {}: {errors:?}", it.id);
                assert!(!it.tests.is_empty(), "{}", it.id);
            }
        }
    }
}
