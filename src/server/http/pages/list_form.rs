//! The forms of a list page: what they do, and the responses to them.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::Pages;
use super::fields;
use super::form::Form;
use super::list::PathFilter;
use super::query::{PageQuery, StepKind};
use crate::app::list_text;
use crate::browser::{DocumentState, Notice, NoticeAction};
use crate::domain::{
    At, ClientId, Command, CommandId, Filter, Item, ItemId, List, Stamps, Title, TitleError,
};
use crate::server::http::body::Recipient;
use crate::server::http::error::status_of_store_error;
use crate::server::limits::{ClientBudget, Refusal, cost};
use crate::server::net::Client;
use crate::server::store::{StoreError, new_item};

/// Runs a form, and redirects to the page that it comes from. On an error, responds with that page and a message.
pub(super) async fn submit(
    State(pages): State<Arc<Pages>>,
    recipient: Recipient,
    PathFilter(filter): PathFilter,
    query: PageQuery,
    budget: ClientBudget,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = match pages.read_form(&headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let form = ListForm {
        form,
        query,
        filter,
    };
    let (mut form, action) = match pages.decide_action(recipient.client, &budget, form).await {
        Ok(decided) => decided,
        Err(refusal) => return pages.refused(refusal),
    };
    let result = match action {
        Ok(action) => {
            if let Err(refusal) = pages.spend_commands(&budget, &action.commands) {
                return pages.refused(refusal);
            }
            pages.run_action(action, &mut form.query).await
        }
        Err(FormError::Malformed) => return pages.malformed_form(),
        Err(error) => Err(SubmitError::Form(error)),
    };
    match result {
        Ok(()) => Redirect::to(&form.query.list_address(filter)).into_response(),
        Err(error) => pages.show_error(recipient, form, error).await,
    }
}

impl Pages {
    /// Finds out what a form does. Some buttons need the whole list for that, which a worker thread reads if it is
    /// long.
    async fn decide_action(
        &self,
        client: Option<Client>,
        budget: &ClientBudget,
        mut form: ListForm,
    ) -> Result<(ListForm, Result<FormAction, FormError>), Refusal> {
        let items = match form.reads_whole_list() {
            true => self.store.list().len(),
            false => 0,
        };
        if form.reads_whole_list() {
            budget.spend_more_changes(cost::of_items(items))?;
        }
        let store = self.store.clone();
        let decide = move || {
            let action = form.decide(&store.list());
            (form, action)
        };
        self.pool.run(client, items, decide).await
    }

    fn spend_commands(&self, budget: &ClientBudget, commands: &[Command]) -> Result<(), Refusal> {
        let list = self.store.list();
        let units = commands
            .iter()
            .map(|command| cost::of_command(&list, command));
        // The request itself has paid the first unit.
        budget.spend_more_changes(units.sum::<u32>().saturating_sub(1))
    }

    /// Runs the commands, up to the first error, and records them in the query.
    async fn run_action(
        &self,
        FormAction { commands, kind }: FormAction,
        query: &mut PageQuery,
    ) -> Result<(), SubmitError> {
        for command in commands {
            match self.store.run(None, command.clone()).await {
                // A page does not offer to undo an addition, so that adding does not change its address.
                Ok(_) if matches!(command, Command::Add { .. }) => query.undone.0.clear(),
                Ok(Some(change)) => query.record(&change, kind),
                Ok(None) => {}
                Err(error) => return Err(SubmitError::Command(error, command)),
            }
        }
        Ok(())
    }

    /// The page of the form, with a message and with the text that the person has typed.
    async fn show_error(
        self: &Arc<Self>,
        recipient: Recipient,
        form: ListForm,
        error: SubmitError,
    ) -> Response {
        let status = error.status();
        let state = move |pages: &Self, list: &List| {
            let mut state = pages.document_state(list, form.filter, &form.query);
            error.show(list, form.title(), &mut state);
            state
        };
        let mut page = self.show_uncached(recipient, state).await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = status;
        }
        page
    }
}

/// A form of a list page.
struct ListForm {
    form: Form,
    /// The query of the page.
    query: PageQuery,
    /// The view of the page.
    filter: Filter,
}

/// What a form does to the list. It has no commands if it changes nothing.
struct FormAction {
    commands: Vec<Command>,
    kind: StepKind,
}

/// Why a form cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum FormError {
    /// A field is missing or malformed.
    #[error("The form does not belong to this page.")]
    Malformed,
    /// A new item cannot have this title.
    #[error("{0}")]
    NewTitle(TitleError),
    /// The item cannot have this title.
    #[error("{1}")]
    EditedTitle(ItemId, TitleError),
    /// The page has no command to undo, or to redo.
    #[error("There is nothing to undo.")]
    NothingToRevert,
}

/// Why a form failed.
enum SubmitError {
    Form(FormError),
    Command(StoreError, Command),
}

/// A button of a row or of its editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowButton {
    Complete,
    Reopen,
    Edit,
    Save,
    Cancel,
    Remove,
    MoveToTop,
    MoveUp,
    MoveDown,
    MoveToBottom,
}

impl FromStr for RowButton {
    type Err = FormError;

    fn from_str(value: &str) -> Result<Self, FormError> {
        Ok(match value {
            "complete" => Self::Complete,
            "open" => Self::Reopen,
            "edit" => Self::Edit,
            "save" => Self::Save,
            "cancel" => Self::Cancel,
            "remove" => Self::Remove,
            "top" => Self::MoveToTop,
            "up" => Self::MoveUp,
            "down" => Self::MoveDown,
            "bottom" => Self::MoveToBottom,
            _ => return Err(FormError::Malformed),
        })
    }
}

impl FormAction {
    fn run(commands: Vec<Command>) -> Self {
        let kind = StepKind::Do;
        Self { commands, kind }
    }

    fn nothing() -> Self {
        Self::run(Vec::new())
    }
}

impl ListForm {
    /// The text that the person has typed; empty if there is none.
    fn title(&self) -> &str {
        self.form.field(fields::TITLE).unwrap_or_default()
    }

    fn item(&self) -> Result<ItemId, FormError> {
        let id = self.form.field(fields::ITEM).and_then(|id| id.parse().ok());
        id.ok_or(FormError::Malformed)
    }

    /// The button of a row that was pressed, if one was.
    fn row_button(&self) -> Option<Result<RowButton, FormError>> {
        self.form.field(fields::ROW_BUTTON).map(str::parse)
    }

    /// Whether [`decide`](Self::decide) goes through all items.
    fn reads_whole_list(&self) -> bool {
        let is_step = matches!(
            self.row_button(),
            Some(Ok(RowButton::MoveUp | RowButton::MoveDown))
        );
        is_step || self.form.has(fields::COMPLETE_ALL) || self.form.has(fields::CLEAR_COMPLETED)
    }

    /// Decides by the button that was pressed. A form without a button adds an item.
    fn decide(&mut self, list: &List) -> Result<FormAction, FormError> {
        if self.form.has(fields::UNDO) || self.form.has(fields::REDO) {
            return self.revert();
        }
        if let Some(button) = self.row_button() {
            return self.decide_row(button?, list);
        }
        if let Some(value) = self.form.field(fields::COMPLETE_ALL) {
            let completed = value == "true";
            let ids = self.seen_items(list, |_, _, _| true)?;
            let command = Command::CompleteAll { ids, completed };
            return Ok(FormAction::run(vec![command]));
        }
        if self.form.has(fields::CLEAR_COMPLETED) {
            let ids = self.seen_items(list, |item, stamps, seen| {
                item.completed_at.is_some() && stamps.completed <= seen
            })?;
            return Ok(FormAction::run(vec![Command::ClearCompleted { ids }]));
        }
        self.add()
    }

    fn add(&self) -> Result<FormAction, FormError> {
        let text = self.form.field(fields::TITLE).ok_or(FormError::Malformed)?;
        match Title::parse(text) {
            Ok(title) => {
                let (item, at) = (new_item(title), At::End);
                Ok(FormAction::run(vec![Command::Add { item, at }]))
            }
            Err(TitleError::Blank) => Ok(FormAction::nothing()),
            Err(error) => Err(FormError::NewTitle(error)),
        }
    }

    /// Takes the latest number that can be undone or redone out of the query, and reverts that command.
    fn revert(&mut self) -> Result<FormAction, FormError> {
        let PageQuery { done, undone, .. } = &mut self.query;
        let (numbers, kind) = match self.form.has(fields::REDO) {
            true => (undone, StepKind::Redo),
            false => (done, StepKind::Undo),
        };
        let seq = numbers.0.pop().ok_or(FormError::NothingToRevert)?;
        let client = ClientId::SERVER;
        let of = CommandId { client, seq };
        Ok(FormAction {
            commands: vec![Command::Revert { of }],
            kind,
        })
    }

    fn decide_row(&mut self, button: RowButton, list: &List) -> Result<FormAction, FormError> {
        let id = self.item()?;
        self.query.item = (button == RowButton::Edit).then_some(id);
        let commands = match button {
            RowButton::Edit | RowButton::Cancel => Vec::new(),
            RowButton::Save => self.save(id)?,
            RowButton::Remove => vec![Command::Remove { id }],
            RowButton::Complete | RowButton::Reopen => {
                let completed = button == RowButton::Complete;
                vec![Command::complete(id, completed)]
            }
            RowButton::MoveToTop => self.move_to(id, Some(At::Start))?,
            RowButton::MoveToBottom => self.move_to(id, Some(At::End))?,
            RowButton::MoveUp => self.move_to(id, self.neighbors(list, id).0.map(At::Before))?,
            RowButton::MoveDown => self.move_to(id, self.neighbors(list, id).1.map(At::After))?,
        };
        Ok(FormAction::run(commands))
    }

    /// The items before and after an item in the view of the page.
    fn neighbors(&self, list: &List, id: ItemId) -> (Option<ItemId>, Option<ItemId>) {
        let shown: Vec<ItemId> = list
            .items()
            .filter(|item| self.filter.shows(item))
            .map(|item| item.id)
            .collect();
        let Some(index) = shown.iter().position(|shown| *shown == id) else {
            return (None, None);
        };
        let before = index.checked_sub(1).map(|before| shown[before]);
        (before, shown.get(index + 1).copied())
    }

    /// Moves an item, unless there is no place to move it to. The buttons are in the editor: the text there is saved
    /// too.
    fn move_to(&self, id: ItemId, at: Option<At>) -> Result<Vec<Command>, FormError> {
        let mut commands = match self.form.has(fields::TITLE) {
            true => self.save(id)?,
            false => Vec::new(),
        };
        if !matches!(commands[..], [Command::Remove { .. }]) {
            commands.extend(at.map(|at| Command::Move { id, at }));
        }
        Ok(commands)
    }

    /// Saves the text in the editor of an item. Saving an empty text removes the item.
    fn save(&self, id: ItemId) -> Result<Vec<Command>, FormError> {
        let text = self.form.field(fields::TITLE).ok_or(FormError::Malformed)?;
        match Title::parse(text) {
            // A person who has not changed the text does not overwrite a change by another person.
            Ok(title) if self.form.field(fields::OLD_TITLE) == Some(title.as_str()) => {
                Ok(Vec::new())
            }
            Ok(title) => Ok(vec![Command::rename(id, title)]),
            Err(TitleError::Blank) => Ok(vec![Command::Remove { id }]),
            Err(error) => Err(FormError::EditedTitle(id, error)),
        }
    }

    /// The items that were on the page when the person pressed a button, as far as `is_meant` still holds for them. It
    /// gets the item, its stamps and the revision of the page.
    fn seen_items(
        &self,
        list: &List,
        is_meant: impl Fn(&Item, Stamps, u64) -> bool,
    ) -> Result<Vec<ItemId>, FormError> {
        let seen = self.form.revision().ok_or(FormError::Malformed)?;
        let was_seen = |item: &&Item| {
            let stamps = list.stamps(item.id);
            stamps.is_some_and(|stamps| stamps.removed <= seen && is_meant(item, stamps, seen))
        };
        Ok(list.items().filter(was_seen).map(|item| item.id).collect())
    }
}

impl FormError {
    fn status(self) -> StatusCode {
        match self {
            Self::NothingToRevert => StatusCode::CONFLICT,
            Self::Malformed | Self::NewTitle(_) | Self::EditedTitle(..) => StatusCode::BAD_REQUEST,
        }
    }
}

impl SubmitError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Form(error) => error.status(),
            Self::Command(error, _) => status_of_store_error(*error),
        }
    }

    /// Puts the message into the state of the page, and `text` into the field where the person has typed it. If the
    /// item of an editor is gone, the text becomes the draft of a new item.
    fn show(&self, list: &List, text: &str, state: &mut DocumentState) {
        let message = match self {
            Self::Form(error) => error.to_string(),
            Self::Command(StoreError::Rejected(rejection), _) => {
                list_text::rejected(list, *rejection)
            }
            Self::Command(error, _) => error.to_string(),
        };
        match self {
            Self::Form(FormError::NewTitle(_)) | Self::Command(_, Command::Add { .. }) => {
                state.draft = text.to_owned();
                state.refusal = Some(message);
                return;
            }
            Self::Form(FormError::EditedTitle(id, _)) => {
                match list.get(*id).filter(|item| item.removed_at.is_none()) {
                    Some(_) => state.editing = Some((*id, text.to_owned())),
                    None => state.draft = text.to_owned(),
                }
            }
            Self::Command(_, Command::Edit { .. }) => state.draft = text.to_owned(),
            Self::Form(_) | Self::Command(..) => (),
        }
        state.notice = Some(Notice {
            text: message,
            action: NoticeAction::None,
        });
    }
}
