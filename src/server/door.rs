//! The one door in front of everything: the steps that every request goes through, in their order, and the
//! answers that most come for, which are given right behind it. All else goes on to the routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::access::{Access, Ticket};
use super::gate;
use super::limits::{ClientAddress, Connection, Late, RateLimiter};
use super::observe::{Draining, Metrics, Visit};
use super::pages::Pages;
use super::reads::{Cost, Reader};
use super::rest::Items;
use super::security::{Refusal, Security, is_for_page};
use super::shutdown::Closing;
use super::v1::Home;
use crate::browser::{view_of_path, view_path};
use crate::domain::Filter;

/// What paths that are no routes are called where requests are counted: anybody can make up more of them.
const NO_ROUTE: &str = "other";

/// The path of the items, which is its own pattern.
const ITEMS: &str = "/api/items";

/// The path of the one list, and the pattern of its route.
const HOME_LIST: &str = "/api/v1/lists/home";
const LIST: &str = "/api/v1/lists/{list}";

/// Everything that the server answers, behind its door; a clone is two counted references. It is to be
/// served by [`run`](super::run).
#[derive(Clone)]
pub struct Door {
    inner: Arc<Inner>,
    draining: Option<Draining>,
}

struct Inner {
    steps: Steps,
    routes: TowerToHyperService<Router>,
    /// What is answered without a search for its route.
    hot: Option<Hot>,
}

/// What most requests come for.
pub(super) struct Hot {
    pub(super) pages: Pages,
    pub(super) items: Items,
    pub(super) home: Home,
}

/// How a request has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// What it has come by; without one it has not come by the network.
    pub(super) connection: Option<Connection>,
    /// Where its body says that it is late, if it has one.
    pub(super) late: Option<Late>,
}

/// What a route asks of its requests, besides what is asked of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether a client may ask for it only so often.
    pub(super) limits_rate: bool,
    /// Whether it is for those only who may use the list.
    pub(super) needs_pass: bool,
}

impl Rules {
    /// Nothing but what is asked of all.
    pub(super) const NONE: Self = Self {
        limits_rate: false,
        needs_pass: false,
    };

    /// Those of all that belongs to the list, but for its streams.
    pub(super) const OF_THE_LIST: Self = Self {
        limits_rate: true,
        needs_pass: true,
    };
}

/// The steps through the door; a clone is one counted reference.
#[derive(Clone)]
pub(super) struct Steps(Arc<Who>);

/// Who has a say in whether a request is let in, and in its answer.
pub(super) struct Who {
    pub(super) security: Security,
    pub(super) rate_limiter: RateLimiter,
    pub(super) access: Access,
    pub(super) pages: Pages,
    /// Where requests are counted, if they are.
    pub(super) metrics: Option<Arc<Metrics>>,
}

/// What was found out about a request that is let in.
struct Admitted {
    client: Option<ClientAddress>,
    ticket: Option<Ticket>,
}

/// Why a request is not let in.
enum Refused {
    By(Refusal),
    /// Somebody has to sign in first.
    SignedOut,
}

impl Steps {
    /// The steps, with those who have a say in them.
    #[must_use]
    pub(super) fn new(who: Who) -> Self {
        Self(Arc::new(who))
    }

    /// Puts the door before all routes of a router, and before what it answers elsewhere.
    pub(super) fn before(&self, routes: Router, rules: Rules) -> Router {
        let door = from_fn_with_state((self.clone(), rules), enter);
        // Only one router may say what is answered elsewhere; it has nothing else.
        match routes.has_routes() {
            true => routes.route_layer(door),
            false => routes.layer(door),
        }
    }

    /// Lets a request through to `answer`, or says why not. Either way it is counted and named, and its answer
    /// gets the headers that all have. This is the one place for the order of the steps.
    async fn go(
        &self,
        (rules, route): (Rules, &str),
        arrival: &Arrival,
        request: Request,
        answer: impl AsyncFnOnce(Request, Admitted) -> Response,
    ) -> Response {
        let who = &*self.0;
        let visit = who.metrics.as_ref().map(|_| Visit::begin(&request));
        let for_page = is_for_page(request.headers());
        // Whoever has read the body only knows that it could not be read.
        let path = arrival
            .late
            .as_ref()
            .map(|_| request.uri().path().to_owned());
        let admitted = self.admit(rules, arrival, &request);
        let client = admitted.as_ref().ok().and_then(|admitted| admitted.client);
        let mut response = match admitted {
            Ok(admitted) => answer(request, admitted).await,
            Err(Refused::By(refusal)) => refusal.answer(request.uri().path(), &who.pages),
            Err(Refused::SignedOut) => {
                Box::pin(gate::refuse(&who.access, &who.pages, request)).await
            }
        };
        if let (Some(late), Some(path)) = (&arrival.late, path)
            && late.is_late()
        {
            response = Refusal::SlowBody.answer(&path, &who.pages);
        }
        if let (Some(client), Some(Cost(units))) = (client, response.extensions().get()) {
            who.rate_limiter.of(client).charge_reads(*units);
        }
        who.security.set_headers(for_page, &mut response);
        if let (Some(metrics), Some(visit)) = (&who.metrics, visit) {
            visit.end(metrics, route, &mut response);
        }
        response
    }

    /// Who is let in: first whether the request is meant for this server and comes from nobody else's page,
    /// then whether there is enough left of its client's budget, then whether somebody has signed in.
    fn admit(
        &self,
        rules: Rules,
        arrival: &Arrival,
        request: &Request,
    ) -> Result<Admitted, Refused> {
        let who = &*self.0;
        let connection = arrival.connection;
        if let Err(refusal) = who.security.admit(connection, request) {
            tracing::debug!(%refusal, "not let in");
            return Err(Refused::By(refusal));
        }
        let client = match connection {
            Some(connection) if rules.limits_rate => {
                let client = who.rate_limiter.admit(connection, request);
                Some(client.map_err(Refused::By)?)
            }
            _ => None,
        };
        let ticket = match rules.needs_pass {
            true => Some(gate::admit(&who.access, request).ok_or(Refused::SignedOut)?),
            false => None,
        };
        Ok(Admitted { client, ticket })
    }
}

/// The door before a route that was searched for.
async fn enter(
    State((steps, rules)): State<(Steps, Rules)>,
    request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let arrival = Arrival {
        connection: extensions.get().copied(),
        late: extensions.get().cloned(),
    };
    let route = extensions.get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let answer = async |mut request: Request, admitted: Admitted| {
        let extensions = request.extensions_mut();
        if let Some(client) = admitted.client {
            extensions.insert(client);
            extensions.insert(steps.0.rate_limiter.of(client));
        }
        if let Some(ticket) = admitted.ticket {
            extensions.insert(steps.0.access.pass(ticket));
        }
        next.run(request).await
    };
    steps.go((rules, route), &arrival, request, answer).await
}

impl Door {
    /// A door before routes that have it before them already, and before what is `hot`.
    #[must_use]
    pub(super) fn new(steps: Steps, routes: Router, hot: Option<Hot>) -> Self {
        let routes = TowerToHyperService::new(routes);
        let inner = Inner { steps, routes, hot };
        Self {
            inner: Arc::new(inner),
            draining: None,
        }
    }

    /// The same, which knows when the program is about to stop.
    #[must_use]
    pub fn draining(self, draining: Draining) -> Self {
        Self {
            draining: Some(draining),
            ..self
        }
    }

    /// The answer to a request that has come by no connection; streams end when `closing` begins.
    pub async fn answer(&self, request: Request, closing: &Closing) -> Response {
        self.answer_to(request, Arrival::default(), closing).await
    }

    /// The answer to a request that has come by a connection. The room for it is there as long as the connection, so
    /// what takes much of it has a box of its own, for as long as that takes.
    pub(super) async fn answer_to(
        &self,
        request: Request,
        arrival: Arrival,
        closing: &Closing,
    ) -> Response {
        let Inner { steps, routes, hot } = &*self.inner;
        if let Some(hot) = hot
            && let Some(wish) = Wish::of(&request)
        {
            return hot.answer(wish, steps, &arrival, request).await;
        }
        let mut request = request;
        let extensions = request.extensions_mut();
        extensions.insert(closing.clone());
        if let Some(connection) = arrival.connection {
            extensions.insert(connection);
        }
        if let Some(late) = arrival.late {
            extensions.insert(late);
        }
        if let Some(draining) = &self.draining {
            extensions.insert(draining.clone());
        }
        match Box::pin(routes.call(request)).await {
            Ok(response) => response,
            Err(impossible) => match impossible {},
        }
    }
}

impl Hot {
    /// The answer to a wish, behind the same door as any other.
    async fn answer(
        &self,
        wish: Wish,
        steps: &Steps,
        arrival: &Arrival,
        request: Request,
    ) -> Response {
        let way = (Rules::OF_THE_LIST, wish.pattern());
        let answer = async |request: Request, admitted: Admitted| {
            let client = admitted.client.map(|ClientAddress(address)| address.into());
            let headers = request.headers();
            let reader = Reader { client, headers };
            match wish {
                Wish::ShowPage(filter) => self.pages.show_plain(filter, reader).await,
                Wish::ListItems => self.items.list(reader).await,
                Wish::CreateItem => Box::pin(self.items.create(request)).await,
                Wish::ShowList => self.home.show(reader).await,
            }
        };
        steps.go(way, arrival, request, answer).await
    }
}

/// What is hot about a request.
#[derive(Clone, Copy)]
enum Wish {
    ShowPage(Filter),
    ListItems,
    CreateItem,
    ShowList,
}

impl Wish {
    /// What is asked for, if it is hot. Whatever has a query is a matter for the routes.
    fn of(request: &Request) -> Option<Self> {
        let (method, uri) = (request.method(), request.uri());
        let path = uri.path();
        match (method, path) {
            _ if uri.query().is_some() => None,
            (&Method::GET, ITEMS) => Some(Self::ListItems),
            (&Method::POST, ITEMS) => Some(Self::CreateItem),
            (&Method::GET, HOME_LIST) => Some(Self::ShowList),
            (&Method::GET, path) => view_of_path(path).map(Self::ShowPage),
            _ => None,
        }
    }

    /// The pattern of the route that the wish is about.
    fn pattern(self) -> &'static str {
        match self {
            Self::ShowPage(filter) => view_path(filter),
            Self::ListItems | Self::CreateItem => ITEMS,
            Self::ShowList => LIST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::assets::Assets;
    use crate::server::config::Config;
    use crate::server::router;
    use crate::server::store::Store;

    /// A stream, and a connection that rests, keeps the room for an answer as long as it lasts.
    #[tokio::test]
    async fn a_connection_keeps_little_room_for_an_answer() {
        let (store, config) = (Store::in_memory().expect("a store"), Config::default());
        let access = Access::open(None, &config).expect("access");
        let door = router(&store, &access, Assets::with_hashes(&config, ""), &config);
        let (_close, closing) = Closing::channel();
        let answer = door.answer_to(Request::default(), Arrival::default(), &closing);
        let bytes = size_of_val(&answer);
        assert!(bytes <= 2_600, "{bytes}");
    }
}
