//! How the server provides the bodies of the server functions: as handlers in the context of the call.

use std::pin::Pin;
use std::sync::Arc;

use super::{CallError, ExchangeResponse};
use crate::domain::{Command, CommandId, Cursor, ListId};

type Handling = Pin<Box<dyn Future<Output = Result<ExchangeResponse, CallError>> + Send>>;

/// Handles a call of [`exchange`](super::exchange). The server puts it into the context of each call.
#[derive(Clone)]
pub struct ExchangeHandler(
    Arc<dyn Fn(ListId, Cursor, CommandId, Vec<Command>) -> Handling + Send + Sync>,
);

impl ExchangeHandler {
    /// A handler that calls this function.
    pub fn new<H, F>(handle: H) -> Self
    where
        H: Fn(ListId, Cursor, CommandId, Vec<Command>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<ExchangeResponse, CallError>> + Send + 'static,
    {
        Self(Arc::new(move |list, since, first, commands| {
            Box::pin(handle(list, since, first, commands))
        }))
    }

    /// Handles one call.
    ///
    /// # Errors
    ///
    /// The [`CallError`] of the handler.
    pub async fn handle(
        &self,
        list: ListId,
        since: Cursor,
        first: CommandId,
        commands: Vec<Command>,
    ) -> Result<ExchangeResponse, CallError> {
        (self.0)(list, since, first, commands).await
    }
}
