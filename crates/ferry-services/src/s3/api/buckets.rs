//! Operations on buckets.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput, GetBucketLocationInput,
    GetBucketLocationOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::lists::{name_of_token, token_of_name};
use super::{Api, arrival, invalid_argument, timestamp};
use crate::s3::error::{StoreError, s3_error};
use crate::s3::limits::LIST_BUCKETS_MAX;
use crate::s3::store::bucket::BucketInfo;

/// The region whose constraint is none.
const US_EAST_1: &str = "us-east-1";

impl Api {
    /// Makes a bucket unless it is there; says whether it made it.
    pub(crate) fn ensure_bucket(&self, name: &str, region: Option<&str>) -> S3Result<bool> {
        let region = region.unwrap_or(&self.0.region);
        if !s3s::path::check_bucket_name(name) {
            return Err(s3_error(S3ErrorCode::InvalidBucketName, "The specified bucket is not valid."));
        }
        let location = (region != US_EAST_1).then(|| region.to_owned());
        match self.0.store.create_bucket(self.new_bucket(name, region, location)) {
            Err(StoreError::BucketAlreadyOwned) => Ok(false),
            created => Ok(created.map(|()| true)?),
        }
    }

    fn new_bucket(&self, name: &str, region: &str, location: Option<String>) -> BucketInfo {
        BucketInfo { name: name.to_owned(), region: region.to_owned(), location, created: self.now() }
    }

    pub(super) async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
        let endpoint = arrival(&request).region.unwrap_or_else(|| US_EAST_1.to_owned());
        let input = request.input;
        if is_reserved(&input.bucket) {
            return Err(s3_error(S3ErrorCode::InvalidBucketName, "The specified bucket is not valid."));
        }
        let constraint = input.create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
        let constraint = constraint.map(|constraint| constraint.as_str().to_owned()).filter(|constraint| !constraint.is_empty());
        let region = region(&endpoint, constraint.as_deref())?;
        let output = CreateBucketOutput { location: Some(format!("/{}", input.bucket)) };
        match self.0.store.create_bucket(self.new_bucket(&input.bucket, &region, constraint)) {
            // In the oldest region, and nowhere else, making one's own bucket again succeeds.
            Err(StoreError::BucketAlreadyOwned) if endpoint == US_EAST_1 && self.bucket(&input.bucket)?.info.region == US_EAST_1 => {
                Ok(output)
            }
            created => Ok(created.map(|()| output)?),
        }
    }

    pub(super) async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
        let bucket = self.bucket(&request.input.bucket)?;
        Ok(HeadBucketOutput { bucket_region: Some(bucket.info.region.clone()), ..HeadBucketOutput::default() })
    }

    pub(super) async fn get_bucket_location(&self, request: S3Request<GetBucketLocationInput>) -> S3Result<GetBucketLocationOutput> {
        let location = self.bucket(&request.input.bucket)?.info.location.clone();
        Ok(GetBucketLocationOutput { location_constraint: location.map(BucketLocationConstraint::from) })
    }

    pub(super) async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> S3Result<DeleteBucketOutput> {
        self.0.store.delete_bucket(&request.input.bucket)?;
        Ok(DeleteBucketOutput::default())
    }

    pub(super) async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<ListBucketsOutput> {
        let input = request.input;
        let max = match input.max_buckets {
            None => LIST_BUCKETS_MAX,
            Some(max) => usize::try_from(max)
                .ok()
                .filter(|max| (1..=LIST_BUCKETS_MAX).contains(max))
                .ok_or_else(|| invalid_argument("Argument max-buckets must be an integer between 1 and 10000"))?,
        };
        let after = input.continuation_token.as_deref().map(name_of_token).transpose()?;
        // S3 names the regions only to clients that ask for something in particular: those know the paged form.
        let with_region = input.max_buckets.is_some() || after.is_some() || input.prefix.is_some() || input.bucket_region.is_some();
        let mut found = self.0.store.buckets().into_iter().filter(|bucket| {
            let info = &bucket.info;
            input.prefix.as_ref().is_none_or(|prefix| info.name.starts_with(prefix))
                && input.bucket_region.as_ref().is_none_or(|region| info.region == *region)
                && after.as_ref().is_none_or(|after| info.name > *after)
        });
        let buckets: Vec<Bucket> = found
            .by_ref()
            .take(max)
            .map(|bucket| Bucket {
                name: Some(bucket.info.name.clone()),
                creation_date: Some(timestamp(bucket.info.created)),
                bucket_region: with_region.then(|| bucket.info.region.clone()),
            })
            .collect();
        let more = found.next().is_some();
        let last = buckets.last().and_then(|bucket| bucket.name.as_deref());
        Ok(ListBucketsOutput {
            continuation_token: last.filter(|_| more).map(token_of_name),
            buckets: Some(buckets),
            owner: Some(self.owner()),
            prefix: input.prefix,
        })
    }
}

/// Names that S3 keeps for itself.
fn is_reserved(name: &str) -> bool {
    let starts = ["xn--", "sthree-", "amzn-s3-demo-"];
    let ends = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    starts.iter().any(|start| name.starts_with(start)) || ends.iter().any(|end| name.ends_with(end))
}

/// The region of a new bucket: the endpoint's, unless the constraint names one. Only us-east-1 makes buckets elsewhere.
fn region(endpoint: &str, constraint: Option<&str>) -> S3Result<String> {
    let region = match constraint {
        None => US_EAST_1,
        Some(US_EAST_1) => {
            return Err(s3_error(S3ErrorCode::InvalidLocationConstraint, "The specified location-constraint is not valid"));
        }
        Some("EU") => "eu-west-1",
        Some(constraint) => constraint,
    };
    if endpoint == US_EAST_1 || endpoint == region {
        return Ok(region.to_owned());
    }
    let name = constraint.unwrap_or("unspecified");
    let message = format!("The {name} location constraint is incompatible for the region specific endpoint this request was sent to.");
    Err(s3_error(S3ErrorCode::IllegalLocationConstraintException, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_new_buckets() {
        let code = |endpoint: &str, constraint| match region(endpoint, constraint) {
            Ok(region) => region,
            Err(error) => error.code().as_str().to_owned(),
        };
        assert_eq!(code("us-east-1", None), "us-east-1");
        assert_eq!(code("us-east-1", Some("eu-west-1")), "eu-west-1");
        assert_eq!(code("us-east-1", Some("EU")), "eu-west-1");
        assert_eq!(code("us-east-1", Some("us-east-1")), "InvalidLocationConstraint");
        assert_eq!(code("eu-west-1", Some("eu-west-1")), "eu-west-1");
        assert_eq!(code("eu-west-1", Some("EU")), "eu-west-1");
        assert_eq!(code("eu-west-1", None), "IllegalLocationConstraintException");
        assert_eq!(code("eu-west-1", Some("us-west-2")), "IllegalLocationConstraintException");
    }
}
