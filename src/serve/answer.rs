//! Pure. How answers are written: JSON, and problems (RFC 9457) with one sentence that says what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A request that could not be served, as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What is wrong and what to do, in the sender's words.
    pub detail: String,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem that sending the same again will not solve.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            detail: detail.into(),
            retry_after_s: None,
        }
    }

    /// The same, but sending it again after `seconds` may succeed.
    #[must_use]
    pub(super) fn retry_after(mut self, seconds: u64) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct View<'a> {
            status: u16,
            title: &'a str,
            detail: &'a str,
        }
        let view = View {
            status: self.status.as_u16(),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            detail: &self.detail,
        };
        let mut response = json(self.status, &view);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Says in the answer with a list whether older items are not among it.
const IS_CUT: &str = "gemba-is-cut";

/// A list as a JSON answer, and whether older items are not among it.
pub(super) fn list(items: &impl Serialize, is_cut: bool) -> Response {
    let mut response = json(StatusCode::OK, items);
    let is_cut = if is_cut { "true" } else { "false" };
    response.headers_mut().insert(IS_CUT, HeaderValue::from_static(is_cut));
    response
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, view: &impl Serialize) -> Response {
    match serde_json::to_vec(view) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the answer cannot be written as JSON: {error}"),
        )
            .into_response(),
    }
}
