//! [`App`]: the engine, and what only the HTTP layer keeps in memory. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use channels::Channels;
use engine::config::Config;
use engine::engine::{Engine, StartError};
use engine::health::ManualChecks;
use review::film::studio::Studio;

use crate::model_requests::ModelRequests;
use crate::searches::Searches;
use crate::throttle::Throttle;
use crate::typing_signals::TypingSignals;

#[derive(Clone)]
pub struct App(Arc<Web>);

/// The parts of the application.
pub struct Web {
    pub engine: Engine,
    pub throttle: Throttle,
    /// Running and waiting searches.
    pub searches: Searches,
    /// Open requests to the language model.
    pub model_requests: ModelRequests,
    /// Conversations whose customers were recently shown that an agent is typing.
    pub typing_signals: TypingSignals,
    /// Checks of gateways that users requested.
    pub manual_checks: ManualChecks,
    /// Recordings for App Review.
    pub studio: Studio,
}

impl Deref for App {
    type Target = Web;
    fn deref(&self) -> &Web {
        &self.0
    }
}

impl Deref for Web {
    type Target = Engine;
    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl App {
    /// Opens the store, fills a new one, and builds everything that handlers share.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Self::open_with(config, Channels::default()).await
    }

    /// The same with other channels than those of this program.
    pub async fn open_with(config: Config, channels: Channels) -> Result<Self, StartError> {
        let engine = Engine::open_with(config, channels).await?;
        Ok(Self(Arc::new(Web {
            engine,
            throttle: Throttle::default(),
            searches: Searches::default(),
            model_requests: ModelRequests::default(),
            typing_signals: TypingSignals::default(),
            manual_checks: ManualChecks::default(),
            studio: Studio::default(),
        })))
    }
}
