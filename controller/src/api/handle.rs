//! From a request to its answer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use controller_core::admit::ApiError;
use controller_core::authorize::Attributes;
use controller_core::kinds::{self, Kind, Served, Subresource};
use http::header::{self, ACCEPT, HeaderValue};
use http::{Method, Request, StatusCode, request::Parts};
use hyper::body::Incoming;
use serde_json::Value;

use super::accept::{self, Discovery};
use super::answer::{self, Answer};
use super::audit::Record;
use super::call::Call;
use super::query::Query;
use super::review::{self, Review};
use super::route::{Place, Route, route};
use super::{Api, access, body, discovery, observed, openapi, read, stream, watch, write};
use crate::pki::User;

/// Answers a request; whatever goes wrong becomes an answer, too.
pub(super) async fn handle(
    api: Arc<Api>,
    user: Option<User>,
    from: IpAddr,
    request: Request<Incoming>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let asked = access::asked(&parts, &query);
    let record = Record::of(&parts, &query, from, asked.clone());
    let mut told = Told { api: Arc::clone(&api), record, code: CLIENT_GONE };
    let answered = match answer(Arc::clone(&api), user, query, &asked, &mut told, (parts, body))
        .await
    {
        Ok(answer) => answer,
        Err(error) => {
            if error.code >= 500 && error.code != 504 {
                tracing::warn!(%method, path, code = error.code, error = %error.message, "request failed");
            }
            answer::refusal(&error)
        }
    };
    api.counts.add(&method, answered.status());
    told.code = answered.status().as_u16();
    answered
}

/// What the audit log says of a request whose client did not wait for the answer. What it asked for may be done.
const CLIENT_GONE: u16 = 499;

/// Tells the audit log of a request at its end, however it ends.
struct Told {
    api: Arc<Api>,
    record: Option<Record>,
    code: u16,
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(record) = &self.record {
            self.api.audit.tell(record.line(self.code));
        }
    }
}

async fn answer(
    api: Arc<Api>,
    user: Option<User>,
    query: Query,
    asked: &Attributes,
    told: &mut Told,
    (mut parts, body): (Parts, Incoming),
) -> Result<Answer, ApiError> {
    let route = route(parts.uri.path(), &api.store.customs());
    if matches!(route, Route::Health) {
        return Ok(answer::text(StatusCode::OK, "ok"));
    }
    let caller = access::caller(&api, user, &parts)?;
    let allowed = access::admit(&caller, asked);
    if let Some(record) = &mut told.record {
        record.caller = Some(caller.clone());
        record.allowed = allowed.is_ok();
    }
    allowed?;
    let _own = api.room.request(&caller.user.name)?;
    // A watch lets go of its places when its answer begins.
    let Ok(_place) = Arc::clone(&api.requests).try_acquire_owned() else {
        let message = "Too many requests are being answered, please try again";
        return Err(ApiError::too_many_requests(message, 1));
    };
    let body = body::read(body, api.config.limits.body_bytes_max).await?;
    let upgrade = Mutex::new(parts.extensions.remove());
    let call = Call { api, caller, query, headers: parts.headers, body, upgrade };
    dispatch(&call, &parts.method, route).await
}

async fn dispatch(call: &Call, method: &Method, route: Route) -> Result<Answer, ApiError> {
    match route {
        Route::Collection(kind, namespace) => {
            let answered = of_collection(call, method, &kind, namespace.as_deref()).await;
            deprecated(&kind, answered)
        }
        Route::Object(place) => {
            let answered = of_object(call, method, &place).await;
            deprecated(&place.kind, answered)
        }
        Route::Review(review, namespace) => of_review(call, method, review, namespace.as_deref()),
        Route::NotYet(what) => Err(ApiError::not_implemented(&what)),
        Route::NoResource => Err(ApiError::no_such_resource()),
        Route::NoPage => Ok(answer::text(StatusCode::NOT_FOUND, "404 page not found\n")),
        other if method == Method::GET => about(call, other).await,
        _ => Err(ApiError::method_not_allowed()),
    }
}

/// Whoever uses a version that is on its way out is told, whatever the answer.
fn deprecated(kind: &Served, answered: Result<Answer, ApiError>) -> Result<Answer, ApiError> {
    let Some(told) = kind.kind().deprecation() else { return answered };
    let mut answer = answered.unwrap_or_else(|error| answer::refusal(&error));
    answer::warn(&mut answer, &[told]);
    Ok(answer)
}

/// What the API says about itself.
async fn about(call: &Call, route: Route) -> Result<Answer, ApiError> {
    let json = |value: &Value| Ok(answer::json(StatusCode::OK, value));
    let customs: Vec<Served> = call.api.store.customs().served().collect();
    let all = kinds::all_served(&customs);
    match route {
        Route::Version => json(&discovery::version()),
        Route::Root => json(&discovery::paths(&all)),
        Route::CoreVersions => of_discovery(call, &all, true),
        Route::Groups => of_discovery(call, &all, false),
        Route::Group(name) => json(&discovery::group(&all, &name)),
        Route::Resources(version) => json(&discovery::resource_list(&all, &version)),
        Route::Metrics => {
            let text = (call.api.config.metrics)()
                + &call.api.counts.text()
                + &call.api.audit.text()
                + &call.api.room.text();
            let body = answer::whole(text);
            Ok(answer::typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", body))
        }
        Route::OpenApiV2 => {
            let accept = call.header(ACCEPT).to_owned();
            of_openapi(call, move |all| Some(all.v2(&accept))).await
        }
        Route::OpenApiV3Index => of_openapi(call, |all| Some(all.v3_index())).await,
        Route::OpenApiV3(version) => of_openapi(call, move |all| all.v3(&version)).await,
        _ => Err(ApiError::no_such_resource()),
    }
}

fn of_discovery(call: &Call, all: &[Kind<'_>], core: bool) -> Result<Answer, ApiError> {
    let mut answer = match accept::discovery(Some(call.header(ACCEPT)))? {
        Discovery::Plain if core => {
            let server = call.api.address.to_string();
            answer::json(StatusCode::OK, &discovery::core_versions(&server))
        }
        Discovery::Plain => answer::json(StatusCode::OK, &discovery::group_list(all)),
        Discovery::Aggregated(version) => {
            let media = if version == "v2" {
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            } else {
                "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
            };
            let body = discovery::aggregated(all, version, core).to_string();
            answer::typed(StatusCode::OK, media, answer::whole(body))
        }
    };
    answer::set(&mut answer, header::VARY, HeaderValue::from_static("Accept"));
    Ok(answer)
}

async fn of_openapi(
    call: &Call,
    find: impl FnOnce(&openapi::Documents) -> Option<openapi::Document> + Send + 'static,
) -> Result<Answer, ApiError> {
    // Made when first asked for, which takes a while.
    let api = Arc::clone(&call.api);
    let found =
        read::on_the_side(move || Ok(find(&api.openapi.current(&api.store.customs())))).await?;
    let document = found.ok_or_else(ApiError::no_such_resource)?;
    let known = call.header(header::IF_NONE_MATCH).split(',').any(|t| t.trim() == &*document.tag);
    let (code, body) = if known {
        (StatusCode::NOT_MODIFIED, answer::whole(""))
    } else {
        (StatusCode::OK, answer::whole(document.body))
    };
    let mut answer = answer::typed(code, document.media, body);
    if let Ok(tag) = HeaderValue::from_str(&document.tag) {
        answer::set(&mut answer, header::ETAG, tag);
    }
    answer::set(&mut answer, header::VARY, HeaderValue::from_static("Accept"));
    Ok(answer)
}

async fn of_collection(
    call: &Call,
    method: &Method,
    served: &Served,
    namespace: Option<&str>,
) -> Result<Answer, ApiError> {
    let kind = served.kind();
    // What cannot be answered is not done either.
    call.teller(served)?;
    match *method {
        Method::GET if kind.is_virtual => observed::list(call, served, namespace).await,
        Method::GET => {
            let options = call.query.list_options(&kind)?;
            if options.watch {
                return watch::watch(call, served, namespace, options).await;
            }
            read::list(call, served, namespace, options).await
        }
        Method::POST if !kind.is_virtual => write::create(call, served, namespace).await,
        Method::DELETE if !kind.is_virtual => write::delete_all(call, served, namespace).await,
        _ => Err(ApiError::method_not_allowed()),
    }
}

async fn of_object(call: &Call, method: &Method, place: &Place) -> Result<Answer, ApiError> {
    call.teller(&place.kind)?;
    if place.kind.kind().is_virtual {
        return match *method {
            Method::GET => observed::get(call, &place.kind, &place.namespace, &place.name).await,
            _ => Err(ApiError::method_not_allowed()),
        };
    }
    match (method, place.part) {
        (&Method::POST, Some(Subresource::Eviction)) => write::evict(call, place).await,
        (&Method::POST, Some(Subresource::Binding)) => write::bind(call, place).await,
        (&Method::POST, Some(Subresource::Token)) => access::token_request(call, place).await,
        (&Method::GET, Some(Subresource::Log)) => stream::log(call, place).await,
        (method, Some(Subresource::Exec)) => stream::exec(call, method, place).await,
        (method, Some(Subresource::Attach)) => stream::attach(call, method, place).await,
        (method, Some(Subresource::PortForward)) => stream::port_forward(call, method, place).await,
        (
            _,
            Some(
                Subresource::Eviction
                | Subresource::Binding
                | Subresource::Log
                | Subresource::Token,
            ),
        ) => Err(ApiError::method_not_allowed()),
        (&Method::GET, _) => read::get(call, place),
        (&Method::PUT, _) => write::replace(call, place).await,
        (&Method::PATCH, _) => write::update(call, place).await,
        (&Method::DELETE, None) => write::delete(call, place).await,
        _ => Err(ApiError::method_not_allowed()),
    }
}

fn of_review(
    call: &Call,
    method: &Method,
    review: &Review,
    namespace: Option<&str>,
) -> Result<Answer, ApiError> {
    if method != Method::POST {
        return Err(ApiError::method_not_allowed());
    }
    let question = body::decode(call.content_type(), &call.body, review.kind)?.value;
    Ok(answer::json(StatusCode::CREATED, &review::answer(review, namespace, call, &question)?))
}
