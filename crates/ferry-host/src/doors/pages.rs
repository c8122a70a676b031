//! The stacks' own pages: `GET /pages/<stack>/…`, the static files of the folder that `Metadata.Ferry.Page` names.
//!
//! A page finds its APIs by `ferry.json` beside it, which is made here and stands for no file. Files are read at every
//! request, so that a page that is built again is served at once; an entity tag of the contents spares what is unchanged.

mod content_type;
mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ferry_template::Template;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::body::Body;
use super::{ApiAddress, ApiKind, DoorsError};
use file::{File, FileError};

/// What every address of a page begins with.
const PREFIX: &str = "/pages/";
/// The one name of a page that is answered from memory.
const CONFIGURATION: &str = "ferry.json";
/// A stack's name as a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where a stack's page is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageAddress {
    pub stack_name: String,
    /// Such as `http://127.0.0.1:9000/pages/shop/`.
    pub url: String,
    /// What is served there; it may come into being later.
    pub folder: PathBuf,
}

/// `ferry.json`: addresses to which a path of the API is appended.
#[derive(Debug, Serialize)]
struct Configuration<'a> {
    stack: &'a str,
    /// By logical id, with the stage and without a last slash: `http://127.0.0.1:9001`.
    apis: BTreeMap<&'a str, &'a str>,
    /// By the logical id of the function.
    function_urls: BTreeMap<&'a str, &'a str>,
    /// To connect to, by logical id: `ws://127.0.0.1:9002/live`.
    web_sockets: BTreeMap<&'a str, &'a str>,
}

/// All pages, by the path segment of their stack.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pages: BTreeMap<String, Page>,
}

#[derive(Debug)]
struct Page {
    stack_name: String,
    folder: PathBuf,
    configuration: File,
}

impl Pages {
    /// Adds the template's page, if it has one; `apis` are the template's own.
    pub(super) fn add(&mut self, template: &Template, apis: &[ApiAddress]) -> Result<(), DoorsError> {
        let Some(folder) = &template.page else { return Ok(()) };
        let of_kind = |kind: ApiKind| {
            let apis = apis.iter().filter(move |api| api.kind == kind);
            apis.map(|api| (api.logical_id.as_str(), api.url.trim_end_matches('/'))).collect()
        };
        let stack = template.stack_name.as_str();
        let configuration = Configuration {
            stack,
            apis: of_kind(ApiKind::HttpApi),
            function_urls: of_kind(ApiKind::FunctionUrl),
            web_sockets: of_kind(ApiKind::WebSocketApi),
        };
        // A map of texts is always JSON.
        let json = serde_json::to_vec(&configuration).unwrap_or_default();
        let page = Page { stack_name: stack.to_owned(), folder: folder.clone(), configuration: File::of(json.into(), content_type::JSON) };
        let segment = utf8_percent_encode(stack, SEGMENT).to_string();
        match self.pages.insert(segment, page) {
            Some(other) => Err(DoorsError::TwoPages { stack: stack.to_owned(), folder: folder.clone(), other: other.folder }),
            None => Ok(()),
        }
    }

    /// The pages' addresses on the listener with this endpoint.
    pub(super) fn addresses(&self, endpoint: &str) -> Vec<PageAddress> {
        let address = |(segment, page): (&String, &Page)| PageAddress {
            stack_name: page.stack_name.clone(),
            url: format!("{endpoint}{PREFIX}{segment}/"),
            folder: page.folder.clone(),
        };
        self.pages.iter().map(address).collect()
    }

    /// True where [`Pages::answer`] knows an answer.
    pub(super) fn owns(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    pub(super) async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            let mut response = told(StatusCode::METHOD_NOT_ALLOWED, &format!("{method} is not for pages: GET or HEAD"));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let response = self.found(path).await.map_or_else(|refused| refused, |file| sent(file, headers));
        if method == Method::HEAD { without_body(response) } else { response }
    }

    async fn found(&self, path: &str) -> Result<File, Response<Body>> {
        let (segment, rest) = match path.strip_prefix(PREFIX).unwrap_or_default().split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path.strip_prefix(PREFIX).unwrap_or_default(), None),
        };
        let Some(page) = self.pages.get(segment) else {
            let all: Vec<&str> = self.pages.keys().map(String::as_str).collect();
            let known = if all.is_empty() { "no template has one".to_owned() } else { format!("there are: {}", all.join(", ")) };
            return Err(told(StatusCode::NOT_FOUND, &format!("No stack of this name has a page; {known}")));
        };
        let Some(rest) = rest else { return Err(moved(&format!("{PREFIX}{segment}/"))) };
        if rest == CONFIGURATION {
            return Ok(page.configuration.clone());
        }
        file::read(&page.folder, rest).await.map_err(|error| match error {
            FileError::IsFolder => moved(&format!("{path}/")),
            FileError::Absent | FileError::Outside | FileError::NoPage { .. } => told(StatusCode::NOT_FOUND, &error.to_string()),
            FileError::TooLarge | FileError::Unreadable(_) => told(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        })
    }
}

/// 200 with the file, or 304 where the browser has it already.
fn sent(file: File, headers: &HeaderMap) -> Response<Body> {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged =
        known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == file.tag || tag.trim() == "*");
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(file.bytes) });
    *response.status_mut() = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let answered = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&file.tag) {
        answered.insert(ETAG, tag);
    }
    answered.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    answered.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answered.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// A sentence for whoever reads the address bar.
fn told(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{sentence}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type::TEXT));
    response
}

/// A folder without its slash would make the page's relative addresses wrong. The target begins with [`PREFIX`], so it stays on this host.
fn moved(to: &str) -> Response<Body> {
    let mut response = told(StatusCode::PERMANENT_REDIRECT, to);
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

/// The answer to `HEAD`: every header, the length of the body too, and no body.
fn without_body(response: Response<Body>) -> Response<Body> {
    let length = http_body::Body::size_hint(response.body()).exact();
    let mut response = response.map(|_| Body::empty());
    if let Some(length) = length.filter(|length| *length > 0) {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
