//! I/O. Organisations, buckets and tokens of an InfluxDB 2, through the `influxdb2` crate. Data never goes through it.

use super::direct::TIMEOUTS;
use crate::forward::influx::{self, Config};
use influxdb2::api::authorizations::CreateAuthorizationRequest;
use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::organization::ListOrganizationRequest;
use influxdb2::models::authorization::Status;
use influxdb2::models::permission::{Action, Permission};
use influxdb2::models::resource::{Resource, Type};
use influxdb2::models::retention_rule::{RetentionRule, Type as RetentionType};
use influxdb2::models::{Bucket, PostBucketRequest, bucket};
use influxdb2::{Client, ClientBuilder, RequestError};
use secrecy::{ExposeSecret, SecretString};

/// Buckets looked at: one beside its own is enough to know that a token reaches further.
const BUCKETS: u8 = 100;

/// A bucket as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Seconds points are kept; `None` for ever.
    pub seconds: Option<u64>,
}

/// The management calls with one token.
pub struct Manager {
    client: Client,
}

impl Manager {
    /// For this sink, whose address must have no path; without a token, only what everybody may ask.
    ///
    /// # Errors
    /// A sentence: no connection can be set up.
    pub fn new(sink: &Config, token: Option<&SecretString>) -> Result<Manager, String> {
        // The crate panics on an address that is none: this one was checked by the configuration, and here once more.
        sink.write_url()?;
        let http = influxdb2_reqwest::Client::builder()
            .redirect(influxdb2_reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(TIMEOUTS.connect)
            .timeout(TIMEOUTS.request);
        let token = token.map_or("", |token| token.expose_secret());
        let built = ClientBuilder::with_builder(http, sink.url.as_str(), sink.org.as_str(), token).build();
        let client = built.map_err(|error| format!("no connection can be set up: {error}"))?;
        Ok(Manager { client })
    }

    /// The version in `/health`; `None` when there is none as InfluxDB writes it.
    pub async fn version(&self) -> Option<String> {
        self.client.health().await.ok()?.version
    }

    /// True when nobody has set the store up yet.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn is_fresh(&self) -> Result<bool, String> {
        self.client.is_onboarding_allowed().await.map_err(|error| said(&error))
    }

    /// The id of an organisation; `None` when there is none of that name that this token may see.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn org(&self, name: &str) -> Result<Option<String>, String> {
        let request = ListOrganizationRequest {
            org: Some(name.to_owned()),
            ..ListOrganizationRequest::default()
        };
        let found = absent(self.client.list_organizations(request).await)?;
        let orgs = found.map(|found| found.orgs).unwrap_or_default();
        Ok(orgs.into_iter().find(|org| org.name == name).and_then(|org| org.id))
    }

    /// A bucket of an organisation; `None` when there is none of that name that this token may see.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn bucket(&self, org: &str, name: &str) -> Result<Option<Kept>, String> {
        let request = ListBucketsRequest {
            name: Some(name.to_owned()),
            org: Some(org.to_owned()),
            ..ListBucketsRequest::default()
        };
        let found = absent(self.client.list_buckets(Some(request)).await)?;
        let buckets = found.map(|found| found.buckets).unwrap_or_default();
        Ok(buckets.into_iter().find(|bucket| bucket.name == name).and_then(kept))
    }

    /// Buckets this token may see; none when it may see none. System buckets are not among them.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn buckets(&self) -> Result<Vec<Kept>, String> {
        let request = ListBucketsRequest {
            limit: Some(BUCKETS),
            ..ListBucketsRequest::default()
        };
        let found = match self.client.list_buckets(Some(request)).await {
            Err(RequestError::Http { status, .. }) if matches!(status.as_u16(), 401 | 403 | 404) => {
                return Ok(Vec::new());
            }
            found => found.map_err(|error| said(&error))?,
        };
        let of_users = found
            .buckets
            .into_iter()
            .filter(|bucket| bucket.r#type != Some(bucket::Type::System));
        Ok(of_users.filter_map(kept).collect())
    }

    /// Makes a bucket that keeps points for `seconds`, 0 for ever.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn make_bucket(&self, org_id: &str, name: &str, seconds: i32) -> Result<(), String> {
        let mut request = PostBucketRequest::new(org_id.to_owned(), name.to_owned());
        request.retention_rules = vec![RetentionRule::new(RetentionType::Expire, seconds)];
        self.client
            .create_bucket(Some(request))
            .await
            .map_err(|error| said(&error))
    }

    /// Makes a token that may write one bucket and nothing else.
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn make_token(&self, org_id: &str, bucket_id: &str, description: &str) -> Result<SecretString, String> {
        let mut resource = Resource::new(Type::Buckets);
        resource.id = Some(bucket_id.to_owned());
        resource.org_id = Some(org_id.to_owned());
        let request = CreateAuthorizationRequest {
            description: Some(description.to_owned()),
            org_id: org_id.to_owned(),
            permissions: vec![Permission::new(Action::Write, resource)],
            status: Some(Status::Active),
            user_id: None,
        };
        let made = self.client.create_authorization(request).await;
        let made = made.map_err(|error| said(&error))?;
        let token = made.token.filter(|token| !token.is_empty());
        token
            .map(SecretString::from)
            .ok_or_else(|| "it made a token and did not tell it".to_owned())
    }
}

fn kept(bucket: Bucket) -> Option<Kept> {
    let expires = bucket.retention_rules.iter().map(|rule| rule.every_seconds);
    Some(Kept {
        id: bucket.id?,
        name: bucket.name,
        seconds: expires
            .filter_map(|seconds| u64::try_from(seconds).ok())
            .find(|seconds| *seconds > 0),
    })
}

/// 404 is how InfluxDB says that there is none of that name.
fn absent<T>(answer: Result<T, RequestError>) -> Result<Option<T>, String> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(RequestError::Http { status, .. }) if status.as_u16() == 404 => Ok(None),
        Err(error) => Err(said(&error)),
    }
}

/// What the store said, in one line, or why it said nothing.
fn said(error: &RequestError) -> String {
    match error {
        RequestError::Http { status, text } => match influx::said(text.as_bytes()) {
            said if said.is_empty() => format!("status {}", status.as_u16()),
            said => format!("status {}: {said}", status.as_u16()),
        },
        RequestError::ReqwestProcessing { source } => influx::root(source),
        RequestError::Serializing { .. } | RequestError::Deserializing { .. } => error.to_string(),
    }
}
