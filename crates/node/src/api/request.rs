//! How requests are read: bounded, within a time, strictly.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Api;
use super::limits::{BODY_PATIENCE, DRAFTS_BYTES_MAX, REQUEST_BYTES_MAX};
use super::problem::Problem;

/// A JSON object of a small request.
pub struct Asked<T>(pub T);

/// A JSON object of a large request. Few are taken in at once; the place is given back when this is dropped.
pub struct AskedAtLength<T> {
    asked: T,
    _place: tokio::sync::OwnedSemaphorePermit,
}

/// What stands behind the question mark.
pub struct Parameters<T>(pub T);

/// Drafts as lines of JSON, not yet read. Few are taken in at once; the place is given back when this is dropped.
pub struct DraftLines {
    bytes: Bytes,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl DraftLines {
    /// The lines that are not empty.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Api) -> Result<Self, Problem> {
        let bytes = read(request.into_body(), REQUEST_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|fault| unreadable(&fault))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for AskedAtLength<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let place = api.draft_place().await?;
        let bytes = read(request.into_body(), DRAFTS_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(|asked| Self { asked, _place: place }).map_err(|fault| unreadable(&fault))
    }
}

impl<T> std::ops::Deref for AskedAtLength<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.asked
    }
}

impl<T: DeserializeOwned> FromRequestParts<Api> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(parameters)| Self(parameters))
            .map_err(|fault| Problem::usage("the parameters of the request cannot be read").because(fault.body_text()))
    }
}

impl FromRequest<Api> for DraftLines {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let place = api.draft_place().await?;
        Ok(Self { bytes: read(request.into_body(), DRAFTS_BYTES_MAX).await?, _place: place })
    }
}

/// INVARIANT (everything is bounded): a body beyond its limit, or one that never ends, is refused.
async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_PATIENCE, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::usage(format!("the request broke off, or is longer than {limit} bytes"))),
        Err(_) => Err(Problem::usage(format!("the request was not complete within {} s", BODY_PATIENCE.as_secs()))),
    }
}

/// What the reader of the format says may repeat what it found; only the place is told.
fn unreadable(fault: &serde_json::Error) -> Problem {
    let what = if fault.is_data() { "does not have the fields it must have" } else { "is not JSON" };
    Problem::usage(format!("the request {what}, at line {} column {}", fault.line(), fault.column()))
        .next("`chancery openapi` describes every request")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[expect(dead_code, reason = "only its presence counts")]
        name: String,
    }

    #[test]
    fn a_fault_repeats_nothing_of_the_request() {
        for text in ["{\"name\": \"x\", \"secretx\": 1}", "{\"name\": 7}", "{\"secretx\""] {
            let fault = serde_json::from_str::<Small>(text).unwrap_err();
            let problem = unreadable(&fault);
            assert!(!problem.what.contains("secretx"), "{problem:?}");
            assert!(problem.what.contains("line 1"), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn a_body_beyond_its_limit_is_refused() {
        assert!(read(Body::from(vec![b'x'; 10]), 10).await.is_ok());
        let problem = read(Body::from(vec![b'x'; 11]), 10).await.unwrap_err();
        assert!(problem.what.contains("longer than 10 bytes"));
    }
}
