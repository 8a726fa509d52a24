//! Sends one part of a message. Its files are uploaded first, where only Meta sees them, and the part refers to them
//! by id. So the message to the customer is one small request, and only that one can end uncertain. A file that Meta
//! already has is not uploaded again.

use aws_lc_rs::digest;
use bytes::Bytes;
use channels::Protocol;
use channels::meta::error::{Class, GraphError};
use channels::meta::graph::Body;
use channels::recipient::Recipient;
use domain::failure::Failure;
use domain::id::MediumId;
use domain::outbound::Part;
use domain::time::DAY;
use store::table::outbox::Queued;
use store::table::{medium, reusable_file};
use store::{Batch, Error};
use tokio::io::AsyncReadExt as _;

use super::commit;
use crate::clients::graph::{AccountToken, File, Refused};
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// The result of sending a part.
pub(super) enum Outcome {
    /// Meta accepted it; its answer.
    Taken(Bytes),
    /// Meta refused it, or did not answer.
    Refused(Refused),
    /// It cannot be sent at all.
    Impossible(Failure),
}

/// Meta's ids of the files that a part shows.
type UploadedFiles = Vec<(MediumId, String)>;

/// One attempt to send a request.
pub(super) struct SendAttempt<'a> {
    pub(super) app: &'a Engine,
    pub(super) channel: &'static dyn Protocol,
    pub(super) gateway: &'a GatewayEntry,
    pub(super) token: &'a AccountToken,
    pub(super) request: &'a Queued,
}

impl SendAttempt<'_> {
    /// Sends `part`. An error of the store means that the customer has not been sent anything.
    pub(super) async fn deliver(&self, part: &Part, to: &Recipient<'_>) -> Result<Outcome, Error> {
        let mut uploaded = match self.all_uploaded(part).await? {
            Ok(uploaded) => uploaded,
            Err(outcome) => return Ok(outcome),
        };
        let (mut again, mut to) = (true, *to);
        loop {
            let call = match self.channel.encode(part, &Recipient { uploaded: &uploaded, ..to }) {
                Ok(call) => call,
                Err(refused) => return Ok(Outcome::Impossible(refused.into())),
            };
            let file = match &call.body {
                Body::Multipart { medium, .. } => match self.read(*medium).await? {
                    Ok((_, file)) => Some(file),
                    Err(failure) => return Ok(Outcome::Impossible(failure)),
                },
                _ => None,
            };
            match crate::account_tokens::send(self.app, self.gateway, self.token, call, file).await {
                Ok(answer) => return Ok(Outcome::Taken(answer)),
                // Meta refused definitely, so nothing was sent: the files are uploaded again, once.
                Err(refused) if again && !uploaded.is_empty() && refused.error.file_is_forgotten() => {
                    again = false;
                    self.forget(&uploaded).await?;
                    uploaded = match self.all_uploaded(part).await? {
                        Ok(uploaded) => uploaded,
                        Err(outcome) => return Ok(outcome),
                    };
                }
                // The same for a persona that Meta no longer knows: the message is sent as the Page.
                Err(refused) if refused.error.code == 100 && to.persona.is_some() => {
                    self.forget_persona(to.persona.unwrap_or_default()).await?;
                    to.persona = None;
                }
                Err(refused) => return Ok(Outcome::Refused(refused)),
            }
        }
    }

    async fn all_uploaded(&self, part: &Part) -> Result<Result<UploadedFiles, Outcome>, Error> {
        let mut all = UploadedFiles::new();
        for id in part.media() {
            match self.uploaded(*id).await? {
                Ok(Some(known)) => all.push((*id, known)),
                Ok(None) => {}
                // A single file can be sent with the message itself, without being stored at Meta.
                Err(Outcome::Refused(refused))
                    if matches!(part, Part::File { .. }) && refused.error.is_unknown_path() => {}
                Err(outcome) => return Ok(Err(outcome)),
            }
        }
        Ok(Ok(all))
    }

    /// The channel's id of one file, uploading it if the channel does not have it. None if files are sent with their
    /// message.
    async fn uploaded(&self, id: MediumId) -> Result<Result<Option<String>, Outcome>, Error> {
        let (app, request) = (self.app, self.request);
        let (known, file) = match self.read(id).await? {
            Ok(found) => found,
            Err(failure) => return Ok(Err(Outcome::Impossible(failure))),
        };
        let Ok(digest) = content(&known, &file).await else {
            return Ok(Err(Outcome::Impossible(Failure::FileLost {})));
        };
        if let Some(uploaded) =
            reusable_file::of(&app.store, request.gateway, &request.account.id, &digest, self.app.clock.now())
                .await?
        {
            return Ok(Ok(Some(uploaded)));
        }
        let Some(call) = self.channel.upload(&self.token.node, id, known.kind, &known.mime) else {
            return Ok(Ok(None));
        };
        let answer = crate::account_tokens::send(app, self.gateway, self.token, call, Some(file)).await;
        let uploaded = answer.and_then(|answer| {
            let uploaded = self.channel.read_uploaded(&answer)?;
            uploaded.ok_or_else(|| GraphError::no_answer().into())
        });
        match uploaded {
            Ok(uploaded) => {
                let (mut batch, at) = (Batch::new(), self.app.clock.now());
                reusable_file::store(
                    &mut batch,
                    request.gateway,
                    &request.account.id,
                    &digest,
                    &uploaded,
                    at,
                    at.plus((self.channel.upload_days() - 1) * DAY),
                );
                commit(app, batch).await?;
                Ok(Ok(Some(uploaded)))
            }
            Err(mut refused) => {
                // Nothing is visible to the customer yet, so a file may safely be uploaded twice.
                if refused.error.class() == Class::Uncertain {
                    refused.error = GraphError { is_transient: true, ..GraphError::no_answer() };
                }
                Ok(Err(Outcome::Refused(refused)))
            }
        }
    }

    async fn forget(&self, uploaded: &UploadedFiles) -> Result<(), Error> {
        let mut batch = Batch::new();
        for (_, id) in uploaded {
            reusable_file::forget(&mut batch, self.request.gateway, &self.request.account.id, id);
        }
        commit(self.app, batch).await
    }

    async fn read(&self, id: MediumId) -> Result<Result<(medium::Medium, File), Failure>, Error> {
        let known = medium::by_id(&self.app.store, id).await?;
        let path = self.app.blobs.path(id);
        let (Some(known), Ok(lies)) = (known, tokio::fs::metadata(&path).await) else {
            return Ok(Err(Failure::FileLost {}));
        };
        if let Err(refused) = self.channel.capabilities().file(known.kind, &known.mime, lies.len()) {
            return Ok(Err(refused.into()));
        }
        let file = File { name: known.name.clone(), mime: known.mime.clone(), path, size: lies.len() };
        Ok(Ok((known, file)))
    }
}

/// Identifies a file at Meta: by its type, its content and, where the customer sees it, its name.
async fn content(known: &medium::Medium, file: &File) -> std::io::Result<String> {
    let mut hash = digest::Context::new(&digest::SHA256);
    for part in [known.kind.word(), &known.mime, &known.name] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let mut opened = tokio::fs::File::open(&file.path).await?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        match opened.read(&mut piece).await? {
            0 => break,
            count => hash.update(&piece[..count]),
        }
    }
    Ok(hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
