//! The flow that greets an App Review's conversations: what Meta's reviewer gets when they write to the Page
//! (meta-platform.md §9.3: any text must be answered, and it must be obvious how to reach a person).

use domain::flow::{FlowBody, parse};

/// Greets, says what will happen, and leads to the queue of the entry point that brought the reviewer.
pub(super) fn body() -> FlowBody {
    parse(include_str!("flow.json")).expect("a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::flow::validate;

    #[test]
    fn it_can_be_published_as_it_is() {
        let body = body();
        let text = serde_json::to_string(&body).unwrap();
        assert!(parse(&text).is_ok_and(|read| read == body));
        assert!(
            validate(&body, &channels::messenger::MESSENGER).is_empty(),
            "{:?}",
            validate(&body, &channels::messenger::MESSENGER)
        );
    }
}
