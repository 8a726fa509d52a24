//! [`Engine`]: what every use case and every worker needs. Built once at the start, passed down, cheap to clone.

use std::sync::Arc;

use channels::Channels;
use domain::conversation::FlowRef;
use domain::flow::FlowBody;
use domain::id::Ids;
use domain::time::Day;
use store::table::activity::{self, Activity};
use store::table::{newest, push_subscription, setting};
use store::{Signal, Store};

use crate::browsers::Browsers;
use crate::check_requests::CheckRequests;
use crate::clients::blob::Blobs;
use crate::clients::graph::Graph;
use crate::clients::media::MediaClient;
use crate::clock::{Clock, IdMaker};
use crate::config::Config;
use crate::decoded::Decoded;
use crate::directory::Directory;
use crate::flow_versions::FlowVersions;
use crate::hub::Hub;
use crate::roster::Roster;
use crate::secrets::Cipher;
use crate::signature_failures::SignatureFailures;
use crate::snapshot::Snapshot;
use crate::urls::Urls;

/// The running contact centre.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

/// The parts of the engine. They do not change after the start; mutable state in memory (the hub, open browsers,
/// counts) belongs to the named component, and is only changed through its methods.
pub struct Parts {
    pub config: Config,
    /// The supported channels.
    pub channels: Channels,
    /// Addresses that others reach us by.
    pub urls: Urls,
    pub clock: Clock,
    pub store: Store,
    /// The key of this installation.
    pub cipher: Cipher,
    /// Ids of this process.
    pub ids: IdMaker,
    /// Identifies this process among all that ever ran: the owner of leases and of requests being sent.
    pub node: String,
    /// Meta's Graph API.
    pub graph: Graph,
    /// The client for files on other servers.
    pub media: MediaClient,
    /// Our own files.
    pub blobs: Blobs,
    /// The open event streams.
    pub hub: Hub,
    /// Open browsers of each user.
    pub presence: Browsers,
    /// Deliveries with a wrong signature that are not stored yet.
    pub signature_failures: SignatureFailures,
    /// Outgoing webhooks.
    pub hooks: crate::clients::hook::HookClient,
    /// The key pair for push notifications.
    pub vapid: crate::clients::web_push::vapid::Vapid,
    /// Whether any browser gets push notifications: without one, no event is read for them.
    pub pushes: std::sync::atomic::AtomicBool,
    /// Accounts to be checked soon.
    pub check_requests: CheckRequests,
    /// Events that have just arrived.
    pub decoded: Decoded,
    /// The current load of webhooks.
    pub pressure: crate::pressure::Pressure,
    /// A proxy that should be in the list of trusted ones.
    pub untrusted_proxy: crate::proxies::UntrustedProxy,
    /// The status of the workers.
    pub workers: crate::board::Board,
    /// Configuration.
    directory: Snapshot<Directory>,
    /// Agents and their status.
    roster: Snapshot<Roster>,
    /// When accounts last received and gateways last sent something.
    activity: Snapshot<Activity>,
    flow_versions: FlowVersions,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("node", &self.0.node).finish_non_exhaustive()
    }
}

impl std::ops::Deref for Engine {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The server could not be started; the sentence gives the reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Key(#[from] crate::secrets::BadKey),
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The first rows of a new store.
    #[error("the new store could not be filled: {0}")]
    Seed(#[from] store::CommitError),
    /// A client for external services could not be built.
    #[error("no client for the outside could be built: {0}")]
    Client(#[from] reqwest::Error),
    /// A folder could not be created.
    #[error("the folder for media could not be made: {0}")]
    Folder(std::io::Error),
}

impl Engine {
    /// Opens the store, fills a new one, and builds everything that use cases and workers share.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Self::open_with(config, Channels::default()).await
    }

    /// The same with other channels than those of this program.
    pub async fn open_with(config: Config, channels: Channels) -> Result<Self, StartError> {
        let store = Store::open(&config.database_url).await?;
        store::private::set_folder(&config.data_dir);
        store::private::set(&config.data_dir.join("media"), store::private::FOLDER);
        store::private::set(&config.data_dir.join("secret.key"), store::private::FILE);
        let cipher = Cipher::load(&config)?;
        let clock = Clock::default();
        let (number, ids) = id_maker(&store, clock.clone()).await?;
        crate::seed::first_rows(&store, &ids, clock.now(), config.language).await?;
        let vapid = crate::clients::web_push::vapid::Vapid::load(&store, &cipher).await?;
        let pushes = std::sync::atomic::AtomicBool::new(push_subscription::any(&store).await?);
        let directory = Directory::read(&store, &cipher).await?;
        let roster = Roster::read(&store).await?;
        let activity = activity::all(&store).await?;
        let graph = Graph::new(&config, store.clone(), clock.clone())?;
        let media = MediaClient::new(&config)?;
        let hooks = crate::clients::hook::HookClient::new(&config)?;
        let blobs = Blobs::open(config.data_dir.join("media")).map_err(StartError::Folder)?;
        Ok(Self(Arc::new(Parts {
            signature_failures: SignatureFailures::new(store.clone(), clock.clone()),
            urls: Urls::new(&config.public_url),
            node: format!("{number}-{}", crate::secrets::letters(6)),
            channels,
            config,
            store,
            cipher,
            ids,
            graph,
            media,
            blobs,
            hub: Hub::default(),
            presence: Browsers::new(clock.clone()),
            clock,
            hooks,
            vapid,
            pushes,
            check_requests: CheckRequests::default(),
            decoded: Decoded::default(),
            pressure: crate::pressure::Pressure::default(),
            untrusted_proxy: crate::proxies::UntrustedProxy::default(),
            workers: crate::board::Board::default(),
            directory: Snapshot::new(directory),
            roster: Snapshot::new(roster),
            activity: Snapshot::new(activity),
            flow_versions: FlowVersions::default(),
        })))
    }

    /// The day that it is now in the installation's time zone.
    pub fn today(&self) -> Day {
        self.directory().day(self.clock.now())
    }

    /// The current configuration.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.get()
    }

    /// The agents as they are now.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.get()
    }

    /// When accounts last received and gateways last sent something, to about a minute.
    pub fn activity(&self) -> Arc<Activity> {
        self.activity.get()
    }

    /// Reads these times again.
    pub async fn reload_activity(&self) -> Result<(), store::Error> {
        self.activity.refresh(activity::all(&self.store)).await
    }

    /// Reads configuration and agents again: at once after a change by this process, within a second after a change by
    /// another.
    pub async fn reload(&self) -> Result<(), store::Error> {
        self.directory.refresh(Directory::read(&self.store, &self.cipher)).await?;
        self.reload_agents().await
    }

    /// Reads only the agents again, because they change often.
    pub async fn reload_agents(&self) -> Result<(), store::Error> {
        self.roster.refresh(Roster::read(&self.store)).await
    }

    /// A source of ids in the form that the domain expects.
    pub fn id_source(&self) -> impl Ids + '_ {
        self.ids.source()
    }

    /// A published version of a flow.
    pub async fn flow_version(&self, reference: FlowRef) -> Result<Option<Arc<FlowBody>>, store::Error> {
        self.flow_versions.get(&self.store, reference).await
    }

    /// Notifies the subscribers of `signal`.
    pub fn notify(&self, signal: Signal) {
        self.store.signals().notify(signal);
    }
}

/// A number for this process, and a maker of its ids. Each start takes the next number, so that ids of two processes
/// never collide, and continues after the greatest stored id, so that the order holds even if the clock was set back.
pub async fn id_maker(store: &Store, clock: Clock) -> Result<(i64, IdMaker), StartError> {
    let number = setting::next_number(store, "node").await?;
    Ok((number, IdMaker::new(clock, number).after(newest::greatest(store).await?)))
}
