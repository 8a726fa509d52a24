//! To come with its tests.
