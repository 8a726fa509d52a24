//! Enums that a column stores by name. The API uses the same names, so its document describes these enums themselves.

/// Declares an enum with the name that its column stores for each variant.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        $(#[$doc])*
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every variant, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the column, which is also the API's.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Parses the name; None for one that this program doesn't know.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        impl From<$name> for $crate::Value {
            fn from(value: $name) -> Self {
                value.word().into()
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::table::label::LabelColour;
    use crate::table::{catch_up, delivery, erasure, gateway, medium};

    #[test]
    fn the_api_uses_the_words_of_the_columns() {
        macro_rules! check {
            ($($enum:ty)*) => {$(
                for variant in <$enum>::ALL {
                    assert_eq!(serde_json::to_value(variant).unwrap(), variant.word());
                }
            )*};
        }
        check!(catch_up::State delivery::State erasure::State medium::State gateway::GatewayKind LabelColour);
    }
}
