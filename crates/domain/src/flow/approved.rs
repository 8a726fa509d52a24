//! Message templates in flows: whether the one that a node names can be sent to this customer.

use super::run::FlowContext;
use crate::message_template::{FilledTemplate, TemplateToSend, Variables};
use crate::thread_event::TemplateFault;

/// The template that a node names, and its text as the customer reads it; or why it can't be sent. `value` fills in the text
/// of a variable.
pub(super) fn filled(
    named: &TemplateToSend,
    context: &FlowContext<'_>,
    value: impl Fn(&str) -> String,
) -> Result<(FilledTemplate, String), TemplateFault> {
    let known = context.message_templates.ok_or(TemplateFault::NotOnChannel)?;
    let template = known.iter().find(|template| template.is(named)).ok_or(TemplateFault::Unknown)?;
    if !template.is_approved() {
        return Err(TemplateFault::NotApproved);
    }
    if context.marketing_stopped && template.is_marketing() {
        return Err(TemplateFault::MarketingStopped);
    }
    let variables: Variables =
        named.variables.iter().map(|(key, text)| (key.clone(), in_one_line(&value(text)))).collect();
    template.fill(&variables).map_err(|_| TemplateFault::Variables)
}

/// Meta accepts no line breaks and no long gaps in a value, but customers write them in their answers.
fn in_one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
